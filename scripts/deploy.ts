/**
 * `npm run deploy [-- --project-ref REF] [--env-file FILE] [--live] [--dry-run]`: deploys everything to a Supabase
 * project, new or existing.
 */
import { deploy } from "./deploy/deploy.ts";
import { dryRun } from "./deploy/dry_run.ts";
import { findProject, PROJECT_OPTIONS, readVariablesFile, requireProject } from "./deploy/target/resolve_target.ts";
import { readArguments, runCommand } from "./lib/command.ts";
import { createProcesses } from "./lib/processes.ts";
import { createSteps } from "./lib/steps.ts";
import { untilStopped } from "./lib/stop_requests.ts";

await runCommand(async () => {
  const { values } = readArguments({ ...PROJECT_OPTIONS, "dry-run": { type: "boolean", default: false } });
  const file = readVariablesFile(values);

  return await untilStopped(async (resources) => {
    const processes = createProcesses();
    resources.defer(() => processes.stop());
    const steps = createSteps();
    if (values["dry-run"]) {
      const named = findProject(values);
      const project = named && { ref: named.ref, url: named.urls.projectUrl(named.ref) };
      console.log(await dryRun({ project, file, live: values.live, processes, steps }));
      return 0;
    }
    return await deploy({ ...requireProject(values), processes, steps }) ? 0 : 1;
  }) ?? 130;
});
