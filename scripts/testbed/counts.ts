export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

export const sum = (counts: readonly Counts[]): Counts => ({
  passed: counts.reduce((total, { passed }) => total + passed, 0),
  failed: counts.reduce((total, { failed }) => total + failed, 0),
});

/** Reads the last line of `deno test`: `ok | 12 passed (3 steps) | 0 failed | 1 ignored (2s)`. */
export function readCounts(line: string): Counts | undefined {
  const [, passed, failed] = line.match(/^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed/) ?? [];
  return passed === undefined ? undefined : { passed: Number(passed), failed: Number(failed) };
}
