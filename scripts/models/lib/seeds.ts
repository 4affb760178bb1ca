/** Searches runs that are each determined by a seed, and writes the trace of one. */
export type Log = (line: string) => void;

/** Runs what the seed determines. @returns the invariant that the run violates, if any */
export type Run<Invariant extends string, Rules> = (seed: number, rules: Rules, log?: Log) => Invariant | undefined;

export interface Found<Invariant extends string> {
  seed: number;
  invariant: Invariant;
}

/** How the runs of a model are searched and traced. @param standard The rules of the protocol */
export const searchable = <Invariant extends string, Rules>(
  run: Run<Invariant, Rules>,
  invariants: Readonly<Record<Invariant, string>>,
  standard: Rules,
) => ({
  /** The first of `count` seeds whose run violates an invariant, or this invariant. */
  search(first: number, count: number, rules: Rules = standard, invariant?: Invariant): Found<Invariant> | undefined {
    for (let seed = first; seed < first + count; seed++) {
      const violated = run(seed, rules);
      if (violated && (invariant ?? violated) === violated) return { seed, invariant: violated };
    }
    return undefined;
  },

  /** The seed, what happened line by line, and the invariant that was violated. */
  trace(seed: number, rules: Rules = standard): string {
    const lines = [`Seed ${seed}`];
    const violated = run(seed, rules, (line) => lines.push(line));
    return [...lines, violated ? `Violated: ${invariants[violated]}` : "Every invariant holds"].join("\n");
  },
});

/** From this many runs on, about a fifth of a second, a search should start at a known seed. */
const RARE = 2_000;

/** Prints the seed for `known_seeds.ts` when the search took many runs. */
export function noteIfRare(first: number, { seed }: { seed: number }): void {
  if (seed - first >= RARE) console.log(`Found after ${seed - first} runs; for known_seeds.ts: ${seed}`);
}
