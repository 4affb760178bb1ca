/** The report as a text table. */
import type { Budget, Figure, Report, Row } from "./report.ts";

interface Column {
  readonly figure: Figure;
  readonly title: string;
  readonly digits: number;
}

const COLUMNS: readonly Column[] = [
  { figure: "requests_per_second", title: "requests/s", digits: 0 },
  { figure: "objects_per_second", title: "objects/s", digits: 0 },
  { figure: "data_api_calls_per_second", title: "Data API calls/s", digits: 0 },
  { figure: "stripe_requests", title: "requests at Stripe", digits: 0 },
  { figure: "stripe_reads", title: "reads at Stripe", digits: 0 },
  { figure: "cpu_us", title: "CPU µs", digits: 0 },
  { figure: "stack_cpu_us", title: "stack µs", digits: 0 },
  { figure: "database_cpu_us", title: "Postgres µs", digits: 0 },
  { figure: "total_cpu_us", title: "total µs", digits: 0 },
  { figure: "stripe_cpu_us", title: "Stripe µs", digits: 0 },
  { figure: "p50_ms", title: "p50 ms", digits: 1 },
  { figure: "p95_ms", title: "p95 ms", digits: 1 },
  { figure: "served_ms", title: "served after ms", digits: 0 },
  { figure: "loaded_ms", title: "loaded ms", digits: 0 },
  { figure: "answered_ms", title: "then answers ms", digits: 0 },
  { figure: "cold_start_ms", title: "first answer ms", digits: 0 },
  { figure: "cold_start_cpu_ms", title: "CPU ms", digits: 0 },
  { figure: "memory_begin_mb", title: "MB at start", digits: 0 },
  { figure: "memory_peak_mb", title: "MB at peak", digits: 0 },
  { figure: "memory_end_mb", title: "MB at end", digits: 0 },
  { figure: "bundle_kb", title: "kB", digits: 0 },
  { figure: "gzip_kb", title: "kB with gzip", digits: 0 },
];

const NAME_WIDTH = 28;

/** All rows by section, then the budgets. Beside each figure is the row's first line divided by it. */
export function tableOf({ machine, rows }: Report): string {
  const sections = Map.groupBy(rows, ({ section }) => section);
  const budgets = rows.flatMap((row) => row.budgets.map((budget) => describe(row, budget)));
  return [
    `Medians on ${machine.cpus} cores (${machine.os} ${machine.arch}). ÷ is the first line divided by this line.`,
    "CPU µs: of the server, per request. Stack µs: of the Data API and the emulators, per request. Total µs: without Stripe's.",
    ...[...sections].map(([section, ofSection]) => sectionOf(section, ofSection)),
    ...budgets.length > 0 ? [`\nBudgets\n${budgets.join("\n")}`] : [],
  ].join("\n");
}

function sectionOf(section: string, rows: Row[]): string {
  const columns = COLUMNS.filter(({ figure }) => {
    return rows.some(({ figures }) => Object.values(figures).some((ones) => ones[figure] !== undefined));
  });
  const compared = rows.some(({ ratios }) => Object.keys(ratios).length > 0);
  const title = section[0]?.toUpperCase() + section.slice(1);
  const heading = columns.map(({ title }) =>
    title.padStart(widthOf(title)) + (compared ? "÷".padStart(RATIO_WIDTH) : "")
  );
  return [
    `\n${title.padEnd(NAME_WIDTH)}${heading.join("")}`,
    ...rows.flatMap((row) => [`${row.name}`, ...linesOf(row, columns, compared)]),
  ].join("\n");
}

const RATIO_WIDTH = 7;
const widthOf = (title: string) => Math.max(title.length, 7) + 2;

function linesOf({ figures, ratios }: Row, columns: Column[], compared: boolean): string[] {
  return Object.entries(figures).map(([subject, measured]) => {
    const cells = columns.map(({ figure, title, digits }) => {
      const value = measured[figure];
      const ratio = ratios[subject]?.[figure];
      return (value === undefined ? "" : inDigits(value, digits)).padStart(widthOf(title)) +
        (compared ? (ratio === undefined ? "" : ratioOf(ratio)).padStart(RATIO_WIDTH) : "");
    });
    return `  ${subject}`.padEnd(NAME_WIDTH) + cells.join("").trimEnd();
  });
}

const describe = ({ section, name }: Row, { rule, measured, at_most, met }: Budget) =>
  `  ${met ? "met    " : "NOT MET"}  ${section}, ${name}: ${rule}: ${ratioOf(measured)} (at most ${ratioOf(at_most)})`;

const inDigits = (value: number, digits: number) =>
  value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** Three significant digits. */
const ratioOf = (ratio: number) =>
  ratio >= 100 ? inDigits(ratio, 0) : ratio >= 10 ? inDigits(ratio, 1) : inDigits(ratio, ratio < 0.1 ? 3 : 2);
