/** Test files in a `deno test` process of their own. */
import { pathToFileURL } from "node:url";
import { ROOT } from "../lib/paths.ts";
import type { Processes } from "../lib/processes.ts";
import { edgeDeno } from "../lib/programs.ts";
import type { Transport } from "./client.ts";
import { type Counts, readCounts } from "./counts.ts";
import type { Job } from "./test_jobs.ts";

export interface DenoTestsOptions {
  readonly processes: Processes;
  readonly testbedUrl: string;
  /** How the functions of the stacks reach the database. */
  readonly transport: Transport;
  /** Variables of the tests, in addition to TESTBED_URL, DATABASE_TRANSPORT and CHROME_PATH. */
  readonly env: Readonly<Record<string, string>>;
  onLine(line: string): void;
}

/** Milliseconds for one process: the longest proof takes 15 minutes in its full size, and half as long again beside another. */
const TIME_LIMIT = 60 * 60_000;

/** The functions' tests run on the version of Deno that the functions run on. */
const RUNTIMES = {
  functions: () => [edgeDeno(), "--config=supabase/functions/deno.json", "--node-modules-dir=manual"],
  scripts: () => [Deno.execPath(), "--unstable-no-legacy-abort"],
};

/** Runs the files of a job in one process, or in one each when that process crashes, so that no file hides another. */
export async function runDenoTests(
  { runtime, files, oneModule = false }: Pick<Job, "files" | "oneModule"> & { readonly runtime: keyof typeof RUNTIMES },
  options: DenoTestsOptions,
): Promise<Counts[]> {
  const [deno = "", ...flags] = RUNTIMES[runtime]();
  if (oneModule) {
    const module = await Deno.makeTempFile({ suffix: "_test.ts" });
    Deno.writeTextFileSync(module, files.map((file) => `import ${JSON.stringify(urlOf(file))};\n`).join(""));
    options.onLine(`In one module: ${files.join(", ")}`);
    const { counts } = await runProcess(deno, [...flags, module], options);
    await Deno.remove(module);
    // An import that fails ends the module before any test: the files on their own then show which one it is.
    if (counts !== undefined && counts.passed + counts.ignored > 0) return [counts];
  }
  const { counts, code } = await runProcess(deno, [...flags, ...files], options);
  if (counts !== undefined) return [counts];
  options.onLine(`deno test exited with ${code} and no result`);
  if (files.length === 1) return [{ passed: 0, failed: 1, ignored: 0 }];
  const each: Counts[] = [];
  for (const file of files) each.push(...await runDenoTests({ runtime, files: [file] }, options));
  return [...each, { passed: 0, failed: 1, ignored: 0 }];
}

const urlOf = (file: string) => new URL(file, pathToFileURL(`${ROOT}/`)).href;

async function runProcess(
  deno: string,
  args: readonly string[],
  { processes, testbedUrl, transport, env, onLine }: DenoTestsOptions,
): Promise<{ counts: Counts | undefined; code: number }> {
  let counts: Counts | undefined;
  const { exited } = processes.start(deno, {
    args: ["test", "--allow-all", "--no-check", "--cached-only", ...args],
    env: {
      ...env,
      HOME: Deno.env.get("HOME") ?? "",
      CHROME_PATH: Deno.env.get("CHROME_PATH") ?? "",
      TESTBED_URL: testbedUrl,
      DATABASE_TRANSPORT: transport,
      DENO_NO_UPDATE_CHECK: "1",
      DO_NOT_TRACK: "1",
      NO_COLOR: "1",
    },
    timeLimit: TIME_LIMIT,
    onLine(line) {
      onLine(line);
      counts = readCounts(line) ?? counts;
    },
  });
  const { success, code } = await exited;
  // An import or a leak may have failed, besides the tests.
  if (counts && !success) counts = { ...counts, failed: Math.max(counts.failed, 1) };
  return { counts, code };
}
