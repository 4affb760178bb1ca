/** Moves a database to another Stripe account or mode, which empties all that came from the old one. */
import type { Database } from "../target/database.ts";
import type { Account } from "../../lib/stripe_account.ts";

/** A table and how many rows it would lose. */
export interface Loss {
  readonly table: string;
  readonly rows: number;
}

/** What a switch deletes, largest first; tables that are empty are left out. */
export async function countLosses(database: Database): Promise<Loss[]> {
  const tables = await database.query<{ name: string }>(
    "select emptied::text as name from billing.deployment_tables() as emptied where emptied <> 'billing.deployment'::regclass",
  );
  // Names come quoted out of regclass.
  const counts = tables.map(({ name }) =>
    `select '${name.replaceAll("'", "''")}' as table, count(*)::int as rows from ${name}`
  );
  const losses = await database.query<Loss>(counts.join(" union all "));
  return losses.filter(({ rows }) => rows > 0).sort((a, b) => b.rows - a.rows);
}

/** Does it, in one transaction. */
export async function switchDeployment(database: Database, { id, livemode }: Account): Promise<void> {
  await database.query("select billing.switch_deployment($1, $2)", [id, livemode]);
}
