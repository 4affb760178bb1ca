/**
 * `npm run doctor [-- --port N] [--token TOKEN]` looks at the stack that runs here;
 * `npm run doctor -- --project-ref REF [--env-file FILE] [--live] [--token TOKEN]` at a project.
 */
import { readArguments, runCommand } from "./lib/command.ts";
import { readEnvironment } from "./lib/environment.ts";
import { createProcesses } from "./lib/processes.ts";
import { OPTIONS, resolveProject, resolveStack } from "./deploy/target/resolve_target.ts";
import { examine, isHealthy, report } from "./deploy/doctor/doctor.ts";
import { hostedTarget, localTarget } from "./deploy/doctor/targets.ts";
import { untilStopped } from "./lib/stop_requests.ts";

await runCommand(async () => {
  const { values } = readArguments({ ...OPTIONS, token: { type: "string" } });
  const { token } = values;
  const hosted = resolveProject(values);

  return await untilStopped(async (resources) => {
    const processes = createProcesses();
    resources.defer(() => processes.stop());
    const target = hosted === undefined
      ? localTarget(resolveStack(values), readEnvironment(values["env-file"]), token)
      : await hostedTarget({ ...hosted, token, processes });
    resources.defer(() => target.database.close());

    const findings = await examine(target);
    console.log(report(findings));
    return isHealthy(findings) ? 0 : 1;
  }) ?? 130;
});
