/** The result of the benchmark, in the shape that `--json` writes. */
import { median } from "./median.ts";

/** Medians over the rounds, without figures that were not measured. */
export interface Figures {
  requests_per_second?: number;
  /** Recorded in the mirror. */
  objects_per_second?: number;
  /** Of all servers together. */
  data_api_calls_per_second?: number;
  /** That Stripe received. */
  stripe_requests?: number;
  /** In 30 days. */
  stripe_reads?: number;
  /** Of the server's process, in microseconds per request. */
  cpu_us?: number;
  /** Of the stack (Data API and emulators) in the same time, in microseconds per request. */
  stack_cpu_us?: number;
  /** Of PostgreSQL's processes in the same time, in microseconds per request. */
  database_cpu_us?: number;
  /** Of the server, the stack and PostgreSQL, as far as the subject uses them, in microseconds per request. */
  total_cpu_us?: number;
  /** Of the server that stands for Stripe, in microseconds per request; not part of the total. */
  stripe_cpu_us?: number;
  /** Percentiles of the response time, in milliseconds. */
  p50_ms?: number;
  p95_ms?: number;
  /** From Stripe's answer to a change until the catalog returns it, in milliseconds. */
  served_ms?: number;
  /** From the start of the process until its modules are loaded and it listens, in milliseconds. */
  loaded_ms?: number;
  /** From then to its first answer, in milliseconds. */
  answered_ms?: number;
  /** From the start of the process to its first answer, in milliseconds. */
  cold_start_ms?: number;
  /** CPU time of the server's process until then, in milliseconds. */
  cold_start_cpu_ms?: number;
  /** Resident memory of the server's process, in megabytes. */
  memory_begin_mb?: number;
  memory_peak_mb?: number;
  memory_end_mb?: number;
  /** The size of a function as it is deployed, and compressed with gzip, in kilobytes of 1,000 bytes. */
  bundle_kb?: number;
  gzip_kb?: number;
}
export type Figure = keyof Figures;

export interface Budget {
  /** What has to hold. */
  rule: string;
  measured: number;
  at_most: number;
  met: boolean;
}

export interface Row {
  section: string;
  name: string;
  /** Subject → figures; the first subject is the one that the row is about. */
  figures: Record<string, Figures>;
  /** The first subject's figures divided by each other subject's: the median of the rounds' ratios. */
  ratios: Record<string, Figures>;
  budgets: Budget[];
}

export interface Report {
  /** The version of this shape. */
  version: 1;
  machine: { cpus: number; os: string; arch: string };
  rows: Row[];
}

/** Subject → figures, round by round. */
export type Rounds = Record<string, Figures[]>;

/** Creates a row from rounds in which the subjects were measured alternately. */
export function rowOf(section: string, name: string, rounds: Rounds): Row {
  const [[, base] = ["", []], ...others] = Object.entries(rounds);
  const figures = mapValues(rounds, (all) => combine(all, (one, figure) => one[figure]));
  const ratios = mapValues(Object.fromEntries(others), (all) => {
    return combine(all, (one, figure, round) => divide(base[round]?.[figure], one[figure]));
  });
  return { section, name, figures, ratios, budgets: [] };
}

/** Adds an upper bound for one of the row's numbers, unless it was not measured. */
export function addBudget(row: Row, rule: string, measured: number | undefined, at_most: number): Row {
  if (measured !== undefined) row.budgets.push({ rule, measured, at_most, met: measured <= at_most });
  return row;
}

/** The median over the rounds of each figure that every round has. */
function combine(
  all: Figures[],
  value: (one: Figures, figure: Figure, round: number) => number | undefined,
): Figures {
  const combined: Figures = {};
  for (const figure of Object.keys(all[0] ?? {}) as Figure[]) {
    const values = all.map((one, round) => value(one, figure, round)).filter((number) => number !== undefined);
    if (values.length === all.length) combined[figure] = median(values);
  }
  return combined;
}

const divide = (dividend: number | undefined, divisor: number | undefined) =>
  dividend === undefined || divisor === undefined ? undefined : dividend / divisor;

function mapValues<Value, Result>(record: Record<string, Value>, change: (value: Value) => Result) {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
