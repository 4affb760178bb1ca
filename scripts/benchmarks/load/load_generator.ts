import type { Processes } from "../../lib/processes.ts";
import type { LoadJob, LoadResult } from "./load_job.ts";

/** Runs a job in the load generator's process. @throws Error when an answer has an unexpected status */
export type LoadGenerator = (job: LoadJob) => Promise<LoadResult>;

export async function startLoadGenerator(processes: Processes): Promise<LoadGenerator> {
  const { promise: listening, resolve, reject } = Promise.withResolvers<string>();
  const errors: string[] = [];
  const { exited } = processes.start(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--cached-only", "--allow-net", "scripts/benchmarks/load/load_process.ts"],
    env: { HOME: Deno.env.get("HOME") ?? "", DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
    onLine: (line, from) => from === "stdout" ? resolve(line) : void errors.push(line),
  });
  void exited.then(() => reject(new Error(`The load generator exited: ${errors.join("\n")}`)));
  const url = await listening;

  return async (job) => {
    const response = await fetch(url, { method: "POST", body: JSON.stringify(job) });
    if (!response.ok) throw new Error(await response.text());
    return await response.json();
  };
}
