/**
 * `npm run stripe:switch [-- --project-ref REF] [--env-file FILE] [--live] [--yes] [--port N]`: switches a database to
 * the Stripe account and mode of STRIPE_SECRET_KEY, and deletes everything that came from the previous one.
 */
import { readDeployment } from "./lib/deployment.ts";
import { countLosses, switchDeployment } from "./deploy/stripe/switch_deployment.ts";
import { localDatabase } from "./deploy/target/database.ts";
import { requireStripeKey, resolveProject, resolveStack, TARGET_OPTIONS } from "./deploy/target/resolve_target.ts";
import { webhookUrl } from "./deploy/webhook/endpoint.ts";
import { readArguments, runCommand } from "./lib/command.ts";
import { requireConfirmation } from "./lib/confirm.ts";
import { readEnvironment } from "./lib/environment.ts";
import { Failure } from "./lib/failure.ts";
import { untilStopped } from "./lib/stop_requests.ts";
import { type Account, describe, readAccount } from "./lib/stripe_account.ts";

await runCommand(async () => {
  const { values } = readArguments({ ...TARGET_OPTIONS, yes: { type: "boolean", default: false } });
  const { stripeUrl, secretKey, database, owner, nextStep } = hosted() ?? local();

  return await untilStopped(async (resources) => {
    resources.defer(() => database.close());
    const account = await readAccount(stripeUrl, secretKey);
    const deployment = await readDeployment(database);
    if (deployment === undefined) {
      console.log(`The database of ${owner} belongs to no account yet. Nothing to switch`);
      return 0;
    }
    if (deployment.id === account.id && deployment.livemode === account.livemode) {
      console.log(`The database of ${owner} already belongs to ${describe(account)}. Nothing to switch`);
      return 0;
    }

    const losses = await countLosses(database);
    const lines = losses.map(({ table, rows }) => `  ${rows} ${rows === 1 ? "row" : "rows"} of ${table}`);
    console.log(
      `The database of ${owner} belongs to ${describe(deployment)}. Switching it to ${describe(account)} deletes:`,
    );
    console.log(lines.length === 0 ? "  nothing" : lines.join("\n"));
    if (!values.yes) {
      requireConfirmation(account.id, "Stripe keeps all objects, but the rows here cannot be restored.");
    }
    await switchDeployment(database, account);
    console.log(`Switched: the database belongs to ${describe(account)}. ${nextStep(deployment)}`);
    return 0;
  }) ?? 130;

  function hosted() {
    const target = resolveProject(values);
    if (target === undefined) return undefined;
    const { project, urls } = target;
    return {
      stripeUrl: urls.stripe,
      secretKey: requireStripeKey(target),
      database: project.database,
      owner: `project ${project.ref}`,
      nextStep: (previous: Account) =>
        `Run "npm run deploy" now: until it has sent the new key and created the new account's webhook endpoint, the ` +
        `functions answer 503.\nThe webhook endpoint of ${describe(previous)} still exists, and its events are ` +
        `rejected. Delete ${webhookUrl(project.url)} in that account at https://dashboard.stripe.com/webhooks`,
    };
  }

  function local() {
    const stack = resolveStack(values);
    const { variables, localStripe } = readEnvironment(values["env-file"]);
    if (localStripe && stack.stripe_secret_key !== variables.STRIPE_SECRET_KEY) {
      throw new Failure(
        `The running stack uses a real Stripe account. To return to the Stripe emulator, run "npm run reset"`,
      );
    }
    return {
      stripeUrl: localStripe ? stack.stripe_url : "https://api.stripe.com",
      secretKey: variables.STRIPE_SECRET_KEY ?? "",
      database: localDatabase(stack.database_url),
      owner: "the local stack",
      nextStep: () => `Stop "npm start" with Ctrl-C and start it again, so that the functions use the new key`,
    };
  }
});
