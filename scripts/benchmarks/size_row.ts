import { median } from "./median.ts";
import { addBudget, type Rounds, type Row, rowOf } from "./report.ts";

/** Two measurements of the same work differ by up to this factor. */
const NOISE = 1.2;

/** A row that compares the same call on a large and a small data set: the total CPU must not grow. */
export function sizeRow(section: string, name: string, rounds: Rounds): Row {
  const [large = [], small = []] = Object.values(rounds);
  const ratios = large.map(({ total_cpu_us = NaN }, round) => total_cpu_us / (small[round]?.total_cpu_us ?? NaN));
  const measured = Number.isNaN(ratios[0]) ? undefined : median(ratios);
  return addBudget(rowOf(section, name, rounds), `total CPU, equal within a factor of ${NOISE}`, measured, NOISE);
}
