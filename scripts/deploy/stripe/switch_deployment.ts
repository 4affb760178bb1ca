/** Switches a database to another Stripe account or mode, and deletes everything that came from the previous one. */
import type { Database } from "../target/database.ts";
import type { Account } from "../../lib/stripe_account.ts";

/** A table and the number of rows that a switch deletes. */
export interface Loss {
  readonly table: string;
  readonly rows: number;
}

/** What a switch deletes, largest table first, without empty tables. */
export async function countLosses(database: Database): Promise<Loss[]> {
  const tables = await database.query<{ name: string }>(
    "select emptied::text as name from billing.deployment_tables() as emptied where emptied <> 'billing.deployment'::regclass",
  );
  // regclass returns quoted names.
  const counts = tables.map(({ name }) =>
    `select '${name.replaceAll("'", "''")}' as table, count(*)::int as rows from ${name}`
  );
  const losses = await database.query<Loss>(counts.join(" union all "));
  return losses.filter(({ rows }) => rows > 0).sort((a, b) => b.rows - a.rows);
}

/** Switches in one transaction. */
export async function switchDeployment(database: Database, { id, livemode }: Account): Promise<void> {
  await database.query("select billing.switch_deployment($1, $2)", [id, livemode]);
}
