/** One database belongs to one Stripe account. */
import { localDatabase } from "../lib/database.ts";
import { confirmKey, isSameAccount, readDeployment } from "../lib/deployment.ts";
import { Failure } from "../lib/failure.ts";
import type { StackFile } from "../lib/stack_file.ts";
import { describe, readAccount } from "../lib/stripe_account.ts";

/**
 * Confirms the key to be the database's account's, as `deploy` does. Otherwise the first call would be refused for an
 * unknown key, which the function handles and the Data API logs.
 *
 * @throws Failure when the database belongs to another account than the key, or Stripe does not answer
 */
export async function confirmAccount(
  { stripe_url, stripe_secret_key, database_url }: Pick<StackFile, "stripe_url" | "stripe_secret_key" | "database_url">,
): Promise<void> {
  const database = localDatabase(database_url);
  try {
    const [deployment, account] = await Promise.all([
      readDeployment(database),
      readAccount(stripe_url, stripe_secret_key),
    ]);
    if (isSameAccount(deployment, account)) return await confirmKey(database, account, stripe_secret_key);
    throw new Failure(
      `The local database belongs to ${describe(deployment!)} and STRIPE_SECRET_KEY to ${describe(account)}: ` +
        `run "npm run reset" to start over with this key, or start on another port`,
    );
  } finally {
    await database.close();
  }
}
