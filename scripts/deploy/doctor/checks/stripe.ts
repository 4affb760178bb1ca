import { isSameAccount, readDeployment, SWITCH_HINT } from "../../../lib/deployment.ts";
import { describe, readAccount } from "../../../lib/stripe_account.ts";
import { type Finding, note, ok, wrong } from "../finding.ts";
import type { DoctorTarget } from "../target.ts";

/** The key works, and its account is the one that the database belongs to. */
export async function checkStripe({ database, stripeUrl, variables }: DoctorTarget): Promise<Finding[]> {
  const account = await readAccount(stripeUrl, variables.STRIPE_SECRET_KEY ?? "");
  const deployment = await readDeployment(database);
  if (deployment === undefined) {
    return [
      ok(`Stripe: STRIPE_SECRET_KEY belongs to ${describe(account)}`),
      note("Stripe: the database belongs to no account yet", "nothing to do: the first call records the account"),
    ];
  }
  if (isSameAccount(deployment, account)) return [ok(`Stripe: key and database belong to ${describe(account)}`)];
  return [wrong(
    `Stripe: the database belongs to ${describe(deployment)} and STRIPE_SECRET_KEY to ${describe(account)}`,
    SWITCH_HINT,
  )];
}
