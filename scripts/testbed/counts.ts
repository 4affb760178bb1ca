export interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** Tests that this machine cannot run, such as those in a browser. */
  readonly ignored: number;
}

export const sum = (counts: readonly Counts[]): Counts => ({
  passed: counts.reduce((total, { passed }) => total + passed, 0),
  failed: counts.reduce((total, { failed }) => total + failed, 0),
  ignored: counts.reduce((total, { ignored }) => total + ignored, 0),
});

/** `12 passed, 0 failed`, and what was skipped. */
export const describe = ({ passed, failed, ignored }: Counts): string =>
  `${passed} passed, ${failed} failed${ignored === 0 ? "" : `, ${ignored} skipped`}`;

/** Whether a test failed, or none was found. */
export const isBad = ({ passed, failed, ignored }: Counts): boolean => failed > 0 || passed + ignored === 0;

/** Reads the last line of `deno test`: `ok | 12 passed (3 steps) | 0 failed | 1 ignored (2s)`. */
export function readCounts(line: string): Counts | undefined {
  const [, passed, failed, ignored = "0"] =
    line.match(/^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed(?:.*? \| (\d+) ignored)?/) ?? [];
  if (passed === undefined) return undefined;
  return { passed: Number(passed), failed: Number(failed), ignored: Number(ignored) };
}
