/** Searches runs that are each determined by a seed, and writes the trace of one. */
export type Log = (line: string) => void;

/** Runs what the seed determines. @returns the invariant that the run violates, if any */
export type Run<Invariant extends string> = (seed: number, log?: Log) => Invariant | undefined;

export interface Found<Invariant extends string> {
  seed: number;
  invariant: Invariant;
}

/** The first of `count` seeds whose run violates an invariant, or this invariant. */
export function searchSeeds<Invariant extends string>(
  run: Run<Invariant>,
  first: number,
  count: number,
  invariant?: Invariant,
): Found<Invariant> | undefined {
  for (let seed = first; seed < first + count; seed++) {
    const violated = run(seed);
    if (violated && (invariant ?? violated) === violated) return { seed, invariant: violated };
  }
  return undefined;
}

/** The seed, what happened line by line, and the invariant that was violated. */
export function traceSeed<Invariant extends string>(
  run: Run<Invariant>,
  seed: number,
  invariants: Readonly<Record<Invariant, string>>,
): string {
  const lines = [`Seed ${seed}`];
  const violated = run(seed, (line) => lines.push(line));
  return [...lines, violated ? `Violated: ${invariants[violated]}` : "Every invariant holds"].join("\n");
}
