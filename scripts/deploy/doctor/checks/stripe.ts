import { isSameAccount, readDeployment, SWITCH_HINT } from "../../../lib/deployment.ts";
import { describe, readAccount } from "../../../lib/stripe_account.ts";
import {
  describePermission,
  FOR_WEBHOOK,
  HOW_TO_GRANT,
  isRestricted,
  missingPermissions,
} from "../../stripe/permissions.ts";
import { type Finding, note, ok, wrong } from "../finding.ts";
import type { DoctorTarget } from "../target.ts";

/** The key works, its account is the one that the database belongs to, and it may do what is needed. */
export async function checkStripe(target: DoctorTarget): Promise<Finding[]> {
  return [...await checkAccount(target), ...await checkPermissions(target)];
}

/** A restricted key may do everything that the calls in the code need. */
async function checkPermissions({ stripeUrl, variables }: DoctorTarget): Promise<Finding[]> {
  const { STRIPE_SECRET_KEY: key = "", STRIPE_WEBHOOK_SECRET } = variables;
  if (!isRestricted(key)) return [];
  const missing = await missingPermissions(stripeUrl, key);
  if (missing.length === 0) return [ok(`Stripe: the restricted key has every permission`)];
  return missing.map((permission) => {
    const what = `Stripe: the restricted key lacks ${describePermission(permission)}`;
    const byHand = permission.name === FOR_WEBHOOK && STRIPE_WEBHOOK_SECRET !== undefined;
    return byHand ? note(what, "nothing to do while the webhook endpoint is made by hand") : wrong(what, HOW_TO_GRANT);
  });
}

async function checkAccount({ database, stripeUrl, variables }: DoctorTarget): Promise<Finding[]> {
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
