/** `npm run stripe:seed [-- --port N] [--env-file FILE]`: loads the seed catalog into the configured Stripe account. */
import { readArguments, runCommand } from "./lib/command.ts";
import { readEnvironment } from "./lib/environment.ts";
import { Failure } from "./lib/failure.ts";
import { parsePort } from "./lib/ports.ts";
import { createProcesses } from "./lib/processes.ts";
import { findStack } from "./lib/stack_file.ts";
import { untilStopped } from "./lib/stop_requests.ts";
import { seedCatalog } from "./stack/stripe_cli.ts";

await runCommand(async () => {
  const { values } = readArguments({ port: { type: "string" }, "env-file": { type: "string" } });
  const { localStripe, variables } = readEnvironment(values["env-file"]);
  const stack = findStack(values.port === undefined ? undefined : parsePort(values.port));
  if (localStripe && stack === undefined) {
    throw new Failure(
      `The Stripe emulator is not running. Start it with "npm start", or set STRIPE_SECRET_KEY in ".env"`,
    );
  }
  const url = localStripe && stack ? stack.stripe_url : "https://api.stripe.com";
  const seeded = await untilStopped(async (resources) => {
    const processes = createProcesses();
    resources.defer(() => processes.stop());
    await seedCatalog({ url, secretKey: variables.STRIPE_SECRET_KEY ?? "", processes });
    return true;
  });
  if (!seeded) return 130;
  console.log(`Loaded the seed catalog into Stripe at ${url}`);
});
