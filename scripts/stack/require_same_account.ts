/** One database belongs to one Stripe account: https://docs.stripe.com/api/accounts/retrieve */
import { Failure } from "../lib/failure.ts";
import { connect } from "./postgres.ts";
import type { StackFile } from "../lib/stack_file.ts";
import { readAccount } from "../lib/stripe_account.ts";

/** @throws Failure when the database belongs to another account than the key, or Stripe doesn't answer */
export async function requireSameAccount(
  { stripe_url, stripe_secret_key, database_url }: Pick<StackFile, "stripe_url" | "stripe_secret_key" | "database_url">,
): Promise<void> {
  const [ours, { id: theirs }] = await Promise.all([
    recordedAccount(database_url),
    readAccount(stripe_url, stripe_secret_key),
  ]);
  if (ours === undefined || ours === theirs) return;
  throw new Failure(
    `The local database belongs to Stripe account "${ours}" and STRIPE_SECRET_KEY to "${theirs}": ` +
      `run "npm run reset" to begin anew with this key, or start on another port`,
  );
}

async function recordedAccount(databaseUrl: string): Promise<string | undefined> {
  const sql = connect(databaseUrl);
  try {
    const [row] = await sql`select stripe_account from billing.deployment`;
    return row?.stripe_account ?? undefined;
  } finally {
    await sql.end();
  }
}
