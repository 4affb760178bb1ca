/** `npm run stripe:seed`: loads the seed catalogue into whichever Stripe is configured. */
import { readArguments, runCommand } from "./local/command.ts";
import { readEnvironment } from "./local/environment.ts";
import { Failure } from "./local/failure.ts";
import { parsePort } from "./local/ports.ts";
import { createProcesses } from "./local/processes.ts";
import { findStack } from "./local/stack_file.ts";
import { untilStopped } from "./local/stop_requests.ts";
import { seedCatalogue } from "./local/stripe_cli.ts";

await runCommand(async () => {
  const { values } = readArguments({ port: { type: "string" }, "env-file": { type: "string" } });
  const { localStripe, variables } = readEnvironment(values["env-file"]);
  const stack = findStack(values.port === undefined ? undefined : parsePort(values.port));
  if (localStripe && stack === undefined) {
    throw new Failure(`The local Stripe doesn't run: start it with "npm start", or set STRIPE_SECRET_KEY in ".env"`);
  }
  const url = localStripe && stack ? stack.stripe_url : "https://api.stripe.com";
  const seeded = await untilStopped(async (resources) => {
    const processes = createProcesses();
    resources.defer(() => processes.stop());
    await seedCatalogue({ url, secretKey: variables.STRIPE_SECRET_KEY ?? "", processes });
    return true;
  });
  if (!seeded) return 130;
  console.log(`The seed catalogue is in Stripe at ${url}`);
});
