/** Lines of an error that are repeated, and characters of each. */
const LINES = 6;
const WIDTH = 300;
/** A stack, or what follows a test's or a file's errors. */
const END = /^( {4}at | FAILURES |(ok|FAILED) {2})/;

/**
 * The tests of a job that failed, each with the first lines of its error. A run repeats them at its end, where a log
 * that was cut still has them.
 *
 * @param output Of `deno test` or of the SQL tests
 */
export function failuresIn(output: readonly string[]): string[] {
  const titles = output.keys().filter((at) => isTitle(output[at]!, output[at + 1]));
  return [...titles].flatMap((at) => {
    const end = output.findIndex((line, n) => n > at && END.test(line));
    const lines = output.slice(at, end === -1 ? undefined : end).filter((line) => line.trim() !== "");
    return lines.slice(0, 1 + LINES).map((line) => line.slice(0, WIDTH));
  });
}

/** `A test ... a step => ./file.ts:1:2` above its error, not in the list at the end; or a file of SQL tests. */
const isTitle = (line: string, next = "") =>
  / => \S+:\d+:\d+$/.test(line) && next.startsWith("error: ") || line.startsWith("FAILED  supabase/tests/");
