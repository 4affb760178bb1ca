/**
 * `npm run doctor [-- --port N] [--token TOKEN]` checks the local stack;
 * `npm run doctor -- --project-ref REF [--env-file FILE] [--live] [--token TOKEN]` checks a project.
 */
import { examine, isHealthy, report } from "./deploy/doctor/doctor.ts";
import { hostedDoctorTarget, localDoctorTarget } from "./deploy/doctor/targets.ts";
import { resolveProject, resolveStack, TARGET_OPTIONS } from "./deploy/target/resolve_target.ts";
import { readArguments, runCommand } from "./lib/command.ts";
import { readEnvironment } from "./lib/environment.ts";
import { createProcesses } from "./lib/processes.ts";
import { untilStopped } from "./lib/stop_requests.ts";

await runCommand(async () => {
  const { values } = readArguments({ ...TARGET_OPTIONS, token: { type: "string" } });
  const { token } = values;
  const hosted = resolveProject(values);

  return await untilStopped(async (resources) => {
    const processes = createProcesses();
    resources.defer(() => processes.stop());
    const target = hosted === undefined
      ? localDoctorTarget(resolveStack(values), readEnvironment(values["env-file"]), token)
      : await hostedDoctorTarget({ ...hosted, token, processes });
    resources.defer(() => target.database.close());

    const findings = await examine(target);
    console.log(report(findings));
    return isHealthy(findings) ? 0 : 1;
  }) ?? 130;
});
