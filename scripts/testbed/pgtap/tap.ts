/** The result of a test file, read from TAP. https://testanything.org/tap-specification.html */
export interface TapResult {
  readonly passed: number;
  /** One text per failure; empty when the file passed. */
  readonly failures: readonly string[];
}

/** Counts the tests of a file; a missing or unfulfilled plan is a failure, because tests that do not run cannot fail. */
export function readTap(output: string): TapResult {
  const failures: string[] = [];
  let passed = 0;
  let failed = 0;
  let planned: number | undefined;

  for (const line of output.split("\n")) {
    const [, plan] = line.match(/^1\.\.(\d+)/) ?? [];
    if (plan !== undefined) planned = Number(plan);
    else if (/^not ok\b/.test(line) && !/# (TODO|SKIP)\b/i.test(line)) failed = failures.push(line);
    else if (/^(not )?ok\b/.test(line)) passed++;
    else if (/^Bail out!/.test(line)) failures.push(line);
    else if (line.startsWith("#") && failed > 0) failures[failed - 1] += `\n${line}`;
  }
  const ran = passed + failures.filter((line) => line.startsWith("not ok")).length;
  if (planned === undefined) failures.push(`No plan, and ${ran} tests ran`);
  else if (planned !== ran) failures.push(`${planned} tests were planned and ${ran} ran`);
  else if (ran === 0) failures.push("No test ran");
  return { passed, failures };
}
