/** What the benchmark finds, as `--json` writes it. */
import { median } from "./median.ts";

/** Each is a median over the rounds; a figure that was not or could not be measured is left out. */
export interface Figures {
  requests_per_second?: number;
  /** Of the server's process, in microseconds a request. */
  cpu_us?: number;
  /** Of the local stack in the same time, Data API and stand-ins, in microseconds a request. */
  stack_cpu_us?: number;
  /** Of PostgreSQL's processes in the same time, in microseconds a request. */
  database_cpu_us?: number;
  /** Milliseconds that half of the answers took at most, and 95 of 100. */
  p50_ms?: number;
  p95_ms?: number;
  /** From Stripe's answer to a change until the catalog shows it, in milliseconds. */
  served_ms?: number;
  /** From the start of the process to its first answer, in milliseconds. */
  cold_start_ms?: number;
  /** CPU of the server's process until then, in milliseconds. */
  cold_start_cpu_ms?: number;
  /** Resident memory of the server's process in megabytes: at the beginning, at most, at the end. */
  memory_begin_mb?: number;
  memory_peak_mb?: number;
  memory_end_mb?: number;
}
export type Figure = keyof Figures;

export interface Budget {
  /** What has to hold, in words. */
  says: string;
  measured: number;
  at_most: number;
  met: boolean;
}

export interface Row {
  section: string;
  name: string;
  /** By what was measured; the first one is what the row is about. */
  figures: Record<string, Figures>;
  /** The first one's figures divided by each other's: the median of the rounds' ratios. */
  ratios: Record<string, Figures>;
  budgets: Budget[];
}

export interface Report {
  /** Which shape this is. */
  version: 1;
  machine: { cpus: number; os: string; arch: string };
  rows: Row[];
}

/** A subject's figures, round after round. */
export type Rounds = Record<string, Figures[]>;

/** Makes a row of rounds in which the subjects took turns. */
export function rowOf(section: string, name: string, rounds: Rounds): Row {
  const [[, base] = ["", []], ...others] = Object.entries(rounds);
  const figures = mapValues(rounds, (all) => combine(all, (one, figure) => one[figure]));
  const ratios = mapValues(Object.fromEntries(others), (all) => {
    return combine(all, (one, figure, round) => divide(base[round]?.[figure], one[figure]));
  });
  return { section, name, figures, ratios, budgets: [] };
}

/** Adds what one of the row's numbers has to be at most; nothing when it could not be measured. */
export function addBudget(row: Row, says: string, measured: number | undefined, at_most: number): Row {
  if (measured !== undefined) row.budgets.push({ says, measured, at_most, met: measured <= at_most });
  return row;
}

/** Of each figure the median over the rounds; none of what some round doesn't have. */
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
