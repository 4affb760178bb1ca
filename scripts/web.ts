/** `npm run web [-- --port N]`: vite's development server of the example app, for the running stack on that port. */
import { readArguments, runCommand } from "./lib/command.ts";
import { Failure } from "./lib/failure.ts";
import { HOME } from "./lib/paths.ts";
import { parsePort } from "./lib/ports.ts";
import { createProcesses } from "./lib/processes.ts";
import { requireStack } from "./lib/stack_file.ts";
import { untilStopped } from "./lib/stop_requests.ts";
import { missingForWebApp, viteFile, WEB_APP, webVariables } from "./lib/web_app.ts";

/** Of the default ALLOWED_ORIGINS. */
const ADDRESS = ["--host", "localhost", "--port", "5173"];

await runCommand(async () => {
  const { values } = readArguments({ port: { type: "string" } });
  const port = values.port === undefined ? undefined : parsePort(values.port);
  const missing = missingForWebApp();
  if (missing !== undefined) throw new Failure(`The example app cannot be served: ${missing}`);
  const stack = requireStack(port);

  const ended = await untilStopped(async (resources) => {
    const processes = createProcesses();
    resources.defer(() => processes.stop());
    const { exited } = processes.start(Deno.execPath(), {
      args: ["run", "--allow-all", viteFile(), ...ADDRESS],
      env: {
        ...webVariables({ ...stack, isLocalClerk: stack.clerk_url.startsWith("http://") }),
        CLERK_PROXY_TARGET: stack.web_url ?? "",
        HOME,
      },
      cwd: WEB_APP,
      onLine: (line) => console.log(line),
    });
    return await exited;
  });
  return ended === undefined || ended.success ? 0 : 1;
});
