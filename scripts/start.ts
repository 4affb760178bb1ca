/** `npm start [-- --port N] [--env-file FILE]`: the whole stack on this machine, until Ctrl-C. */
import { STRIPE_EVENTS } from "../supabase/functions/_shared/contract/stripe_events.ts";
import { readArguments, runCommand } from "./lib/command.ts";
import { readEnvironment } from "./lib/environment.ts";
import { Failure } from "./lib/failure.ts";
import { startLocalStack } from "./stack/local_stack.ts";
import { dataFolder } from "./lib/paths.ts";
import { parsePort } from "./lib/ports.ts";
import { createSteps } from "./lib/steps.ts";
import { stopRequested } from "./lib/stop_requests.ts";
import { welcome } from "./stack/welcome.ts";

await runCommand(async () => {
  const { values } = readArguments({ port: { type: "string" }, "env-file": { type: "string" } });
  const port = parsePort(values.port);
  const environment = readEnvironment(values["env-file"]);
  const stopping = stopRequested();

  await using resources = new AsyncDisposableStack();
  const starting = startLocalStack({
    port,
    environment,
    webhookEvents: Object.keys(STRIPE_EVENTS),
    steps: createSteps(),
    resources,
  });
  // A failure after the stop request is expected.
  starting.catch(() => {});
  const stack = await Promise.race([starting, stopping.then(() => undefined)]);
  if (stack !== undefined) {
    console.log(welcome(stack.file, port));
    const stopped = await Promise.race([stopping.then(() => true), stack.databaseEnded.then(() => false)]);
    if (!stopped) {
      throw new Failure(`PostgreSQL exited unexpectedly: see "${dataFolder(port)}/postgres.log"`);
    }
  }
  console.log("Stopping");
});
