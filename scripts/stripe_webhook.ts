/**
 * `npm run stripe:webhook [-- --project-ref REF] [--env-file FILE] [--live] [--rotate]`: sets up a project's webhook
 * endpoint at Stripe and stores its secret; with --rotate it replaces the endpoint and the secret.
 */
import { requireSameAccount } from "./lib/deployment.ts";
import { openStripe } from "./deploy/stripe/sdk.ts";
import { PROJECT_OPTIONS, requireProject, requireStripeKey } from "./deploy/target/resolve_target.ts";
import { webhookUrl } from "./deploy/webhook/endpoint.ts";
import { ensureEndpoint } from "./deploy/webhook/ensure_endpoint.ts";
import { readArguments, runCommand } from "./lib/command.ts";
import { readAccount } from "./lib/stripe_account.ts";

await runCommand(async () => {
  const { values } = readArguments({ ...PROJECT_OPTIONS, rotate: { type: "boolean", default: false } });
  const target = requireProject(values, ". The local stack receives events without an endpoint");
  const { project, file, urls } = target;
  const key = requireStripeKey(target);
  await requireSameAccount(project.database, await readAccount(urls.stripe, key));
  const actions = await ensureEndpoint({ project, file, stripe: openStripe(urls.stripe, key), rotate: values.rotate });
  console.log(`Webhook endpoint at ${webhookUrl(project.url)}:\n  ${actions.join("\n  ")}`);
});
