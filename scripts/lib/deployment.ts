/** The Stripe account and mode that a database belongs to: `billing.deployment`. */
import { stripeKeyOf } from "../../supabase/functions/_shared/contract/stripe_key.ts";
import type { Database } from "./database.ts";
import { Failure } from "./failure.ts";
import { type Account, describe } from "./stripe_account.ts";

/** @returns undefined before the first use and before the migrations */
export async function readDeployment(database: Database): Promise<Account | undefined> {
  const [table] = await database.query<{ exists: boolean }>(
    "select to_regclass('billing.deployment') is not null as exists",
  );
  if (!table?.exists) return undefined;
  const [row] = await database.query<Account>("select stripe_account as id, livemode from billing.deployment");
  return row;
}

/** Whether a key of this account may be used with the database. */
export const isSameAccount = (deployment: Account | undefined, account: Account): boolean =>
  deployment === undefined || deployment.livemode === account.livemode && deployment.id === account.id;

export const SWITCH_HINT = `use that account's key, or switch the database with "npm run stripe:switch"`;

/** @throws Failure when the database belongs to another account or mode */
export async function requireSameAccount(database: Database, account: Account): Promise<void> {
  const deployment = await readDeployment(database);
  if (deployment === undefined || isSameAccount(deployment, account)) return;
  throw new Failure(
    `The database belongs to ${describe(deployment)} and STRIPE_SECRET_KEY to ${describe(account)}: ${SWITCH_HINT}`,
  );
}

/**
 * Confirms the key to be the database's account's. A database that has no account belongs to this one from then on.
 *
 * @throws Failure when the database belongs to another account
 */
export async function confirmKey(database: Database, { id }: Account, secretKey: string): Promise<void> {
  await database.query("select public.confirm_account($1, $2)", [id, await stripeKeyOf(secretKey)]);
}
