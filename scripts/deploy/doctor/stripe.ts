import { isSame, readDeployment } from "../../lib/deployment.ts";
import { describe, readAccount } from "../../lib/stripe_account.ts";
import { type Finding, note, ok, wrong } from "./finding.ts";
import type { Target } from "./target.ts";

/** The key opens an account, and it is the one that the database belongs to. */
export async function checkStripe({ database, stripeUrl, variables }: Target): Promise<Finding[]> {
  const account = await readAccount(stripeUrl, variables.STRIPE_SECRET_KEY ?? "");
  const deployment = await readDeployment(database);
  if (deployment === undefined) {
    return [
      ok(`Stripe: STRIPE_SECRET_KEY opens ${describe(account)}`),
      note("Stripe: the database belongs to no account yet", "nothing to do: the first call decides"),
    ];
  }
  if (isSame(deployment, account)) return [ok(`Stripe: key and database belong to ${describe(account)}`)];
  return [wrong(
    `Stripe: the database belongs to ${describe(deployment)} and STRIPE_SECRET_KEY to ${describe(account)}`,
    `put the right key into the file, or move the database with "npm run stripe:switch"`,
  )];
}
