import type { Processes } from "../lib/processes.ts";
import { edgeDeno } from "../lib/programs.ts";
import { type Counts, readCounts } from "./counts.ts";

export interface DenoTestsOptions {
  readonly processes: Processes;
  readonly benchUrl: string;
}

/** The functions' tests, on the version of Deno that they will run on. */
export function runFunctionTests(files: readonly string[], options: DenoTestsOptions): Promise<Counts> {
  console.log("\nFunctions, on Deno 2.1.4");
  const flags = ["--config=supabase/functions/deno.json", "--node-modules-dir=manual"];
  return runDenoTests(edgeDeno(), [...flags, ...files], options);
}

/** The scripts' tests, on this version of Deno. */
export function runScriptTests(files: readonly string[], options: DenoTestsOptions): Promise<Counts> {
  console.log(`\nScripts, on Deno ${Deno.version.deno}`);
  return runDenoTests(Deno.execPath(), ["--unstable-no-legacy-abort", ...files], options);
}

async function runDenoTests(deno: string, args: string[], { processes, benchUrl }: DenoTestsOptions): Promise<Counts> {
  let counts: Counts | undefined;
  const { exited } = processes.start(deno, {
    args: ["test", "--allow-all", "--no-check", "--cached-only", ...args],
    env: {
      HOME: Deno.env.get("HOME") ?? "",
      TESTBED_URL: benchUrl,
      DENO_NO_UPDATE_CHECK: "1",
      DO_NOT_TRACK: "1",
      NO_COLOR: "1",
    },
    onLine(line) {
      console.log(line);
      counts = readCounts(line) ?? counts;
    },
  });
  const { success, code } = await exited;
  if (counts === undefined) {
    console.log(`deno test ended with ${code} before it had run anything`);
    return { passed: 0, failed: 1 };
  }
  // Something beside the tests may have failed, an import or a leak.
  return success ? counts : { ...counts, failed: Math.max(counts.failed, 1) };
}
