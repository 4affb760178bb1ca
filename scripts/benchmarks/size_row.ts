import { median } from "./median.ts";
import { addBudget, type Figures, type Rounds, type Row, rowOf } from "./report.ts";

/** Two that should cost the same differ by so much in one run. */
const NOISE = 1.2;

/** A row of the same call on much and on little; all CPU together must not grow. */
export function sizeRow(section: string, name: string, rounds: Rounds): Row {
  const [large = [], small = []] = Object.values(rounds);
  const ratios = large.map((figures, round) => allCpu(figures) / allCpu(small[round]!));
  const measured = Number.isNaN(ratios[0]) ? undefined : median(ratios);
  return addBudget(rowOf(section, name, rounds), `CPU of all together, the same (within ${NOISE})`, measured, NOISE);
}

const allCpu = ({ cpu_us = NaN, stack_cpu_us = NaN, database_cpu_us = NaN }: Figures) =>
  cpu_us + stack_cpu_us + database_cpu_us;
