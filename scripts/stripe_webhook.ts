/**
 * `npm run stripe:webhook [-- --project-ref REF] [--env-file FILE] [--live] [--rotate]`: Stripe's webhook endpoint of a
 * project as it should be, and its secret with the project's; with --rotate a new one in the place of the old.
 */
import { readArguments, runCommand } from "./lib/command.ts";
import { Failure } from "./lib/failure.ts";
import { chooseProject, OPTIONS, requireStripeKey } from "./deploy/choose.ts";
import { requireSameAccount } from "./lib/deployment.ts";
import { ensureEndpoint } from "./deploy/ensure_endpoint.ts";
import { readAccount } from "./lib/stripe_account.ts";
import { openStripe } from "./deploy/stripe_sdk.ts";
import { webhookUrl } from "./deploy/webhook_endpoint.ts";

await runCommand(async () => {
  const { values } = readArguments({ ...OPTIONS, rotate: { type: "boolean", default: false } });
  const choice = chooseProject(values);
  if (choice === undefined) {
    throw new Failure(
      `No project is named: give --project-ref. The stack of "npm start" gets Stripe's events without an endpoint`,
    );
  }
  const { project, file, endpoints } = choice;
  const key = requireStripeKey(choice);
  await requireSameAccount(project.database, await readAccount(endpoints.stripe, key));
  const stripe = openStripe(endpoints.stripe, key);
  const said = await ensureEndpoint({ project, file, stripe, rotate: values.rotate });
  console.log(`Webhook endpoint at ${webhookUrl(project.url)}:\n  ${said.join("\n  ")}`);
});
