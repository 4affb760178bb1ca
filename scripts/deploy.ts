/**
 * `npm run deploy [-- --project-ref REF] [--env-file FILE] [--live] [--dry-run]`: everything to a Supabase project, from
 * nothing or over what is there.
 */
import { readArguments, runCommand } from "./lib/command.ts";
import { createProcesses } from "./lib/processes.ts";
import { createSteps } from "./lib/steps.ts";
import { deploy } from "./deploy/deploy.ts";
import { dryRun } from "./deploy/dry_run.ts";
import { readServiceUrls } from "./deploy/target/service_urls.ts";
import { openProject, readProjectRef, settingsOf } from "./deploy/target/project.ts";
import { untilStopped } from "./lib/stop_requests.ts";
import { readVariables } from "./deploy/variables/variables_file.ts";

await runCommand(async () => {
  const { values } = readArguments({
    "project-ref": { type: "string" },
    "env-file": { type: "string", default: ".env" },
    live: { type: "boolean", default: false },
    "dry-run": { type: "boolean", default: false },
  });
  const { live } = values;
  const file = readVariables(values["env-file"]);
  const settings = settingsOf(file.all);
  const ref = readProjectRef(values["project-ref"], settings);
  const endpoints = readServiceUrls({ live });

  return await untilStopped(async (resources) => {
    const processes = createProcesses();
    resources.defer(() => processes.stop());
    const common = { file, live, processes, steps: createSteps() };
    if (values["dry-run"]) {
      const project = ref === undefined ? undefined : { ref, url: endpoints.projectUrl(ref) };
      console.log(await dryRun({ ...common, project }));
      return 0;
    }
    return await deploy({ ...common, endpoints, project: openProject(ref, settings, endpoints) }) ? 0 : 1;
  }) ?? 130;
});
