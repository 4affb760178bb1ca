/**
 * `npm run stripe:switch [-- --project-ref REF] [--env-file FILE] [--live] [--yes] [--port N]`: makes a database that of
 * the Stripe account and mode which STRIPE_SECRET_KEY in the file opens. It empties what came from the one before.
 */
import { readArguments, runCommand } from "./lib/command.ts";
import { readEnvironment } from "./lib/environment.ts";
import { Failure } from "./lib/failure.ts";
import { askFor } from "./deploy/ask.ts";
import { chooseProject, chooseStack, OPTIONS, requireStripeKey } from "./deploy/choose.ts";
import { localDatabase } from "./deploy/database.ts";
import { readDeployment } from "./lib/deployment.ts";
import { type Account, describe, readAccount } from "./lib/stripe_account.ts";
import { countLosses, switchDeployment } from "./deploy/switch_deployment.ts";
import { webhookUrl } from "./deploy/webhook_endpoint.ts";
import { untilStopped } from "./lib/stop_requests.ts";

await runCommand(async () => {
  const { values } = readArguments({ ...OPTIONS, yes: { type: "boolean", default: false } });
  const { stripeUrl, secretKey, database, where, next } = hosted() ?? local();

  return await untilStopped(async (resources) => {
    resources.defer(() => database.close());
    const account = await readAccount(stripeUrl, secretKey);
    const deployment = await readDeployment(database);
    if (deployment === undefined) {
      console.log(`The database of ${where} belongs to nobody yet: there is nothing to switch`);
      return 0;
    }
    if (deployment.id === account.id && deployment.livemode === account.livemode) {
      console.log(`The database of ${where} belongs to ${describe(account)} already`);
      return 0;
    }

    const losses = await countLosses(database);
    console.log(
      `The database of ${where} belongs to ${describe(deployment)}. Switching it to ${describe(account)} deletes:`,
    );
    console.log(
      losses.length === 0
        ? "  nothing"
        : losses.map(({ table, rows }) => `  ${rows} ${rows === 1 ? "row" : "rows"} of ${table}`).join("\n"),
    );
    if (!values.yes) askFor(account.id, "Stripe keeps all of it, and it cannot be brought back here.");
    await switchDeployment(database, account);
    console.log(`The database belongs to ${describe(account)} now. ${next(deployment)}`);
    return 0;
  }) ?? 130;

  function hosted() {
    const choice = chooseProject(values);
    if (choice === undefined) return undefined;
    const { project, endpoints } = choice;
    return {
      stripeUrl: endpoints.stripe,
      secretKey: requireStripeKey(choice),
      database: project.database,
      where: `project ${project.ref}`,
      next: (before: Account) =>
        `Until "npm run deploy" has sent the new key and made the new account's webhook endpoint, the functions ` +
        `answer 503: run it now.\nThe endpoint of ${describe(before)} stays, and what it sends is refused: remove ` +
        `${webhookUrl(project.url)} from that account at https://dashboard.stripe.com/webhooks`,
    };
  }

  function local() {
    const stack = chooseStack(values);
    const { variables, localStripe } = readEnvironment(values["env-file"]);
    if (localStripe && stack.stripe_secret_key !== variables.STRIPE_SECRET_KEY) {
      throw new Failure(`The local Stripe doesn't run beside a real one: run "npm run reset" to go back to it`);
    }
    return {
      stripeUrl: localStripe ? stack.stripe_url : "https://api.stripe.com",
      secretKey: variables.STRIPE_SECRET_KEY ?? "",
      database: localDatabase(stack.database_url),
      where: "the local stack",
      next: () => `End "npm start" with Ctrl-C and start it again, so that the functions use the new key`,
    };
  }
});
