/** Rows of every table that moves, with values that are easy to lose. */
import type { connect } from "../../lib/database.ts";

/** Contains what COPY has to escape, and what JSON has to. */
const AWKWARD = "Zoë \\N \\. \t tab \n line \u2028 'quoted' \"double\" 🐘 {}";

/** @param rows How many of the tables that grow */
export async function fill(sql: ReturnType<typeof connect>, rows = 20): Promise<void> {
  await sql`select confirm_account('acct_1LocalStripe00000', 'test_1')`;
  const ids = Array.from({ length: rows }, (_, index) => index);
  const objects = (object: string, prefix: string, more: (index: number) => object = () => ({})) =>
    ids.map((index) => ({ id: `${prefix}_${index}`, object, created: 1_700_000_000 + index, ...more(index) }));
  const owner = (index: number) => ({ metadata: { clerk_user_id: `user_${index}` }, name: AWKWARD });
  for (
    const batch of [
      objects("product", "prod", () => ({ active: true, name: AWKWARD, default_price: null, metadata: {} })),
      objects("customer", "cus", owner),
      objects("subscription", "sub", (index) => ({ customer: `cus_${index}`, status: "active", items: { data: [] } })),
      [{ id: "prod_gone", object: "product", deleted: true }],
    ]
  ) {
    await sql`select record_objects(draw_ticket('test_1'), ${sql.json(batch)}, 'test_1')`;
  }
  await sql`
    insert into stripe_customer_mapping (clerk_user_id, stripe_customer_id, claimed_at)
    select 'user_' || n, 'cus_' || n, now() from generate_series(0, ${rows - 1}) as n`;
  const events = ids.map((index) => (
    { id: `evt_${index}`, type: "product.updated", created: index, object: "product", object_id: `prod_${index}` }
  ));
  await sql`select claim_events(${sql.json(events)}, 'test_1')`;
  await sql`update billing.webhook_events set last_error = ${AWKWARD} where id = 'evt_1'`;
  await sql`
    insert into billing.drift (object, object_id, fields, found_at)
    values ('product', 'prod_1', ${["name", "a,b", '"', "NULL"]}, '0001-01-01 BC'), ('product', 'prod_2', '{}', now())`;
  await sql`
    insert into billing.checkouts (owner_id, sessions, trial_used_at)
    values ('user_1', ${sql.json({ main: AWKWARD })}, 'infinity')`;
  await sql`
    insert into billing.drift_reads (credit, reads_per_hour) values ('NaN', 0.1000)
    on conflict (singleton) do update set credit = excluded.credit, reads_per_hour = excluded.reads_per_hour`;
  await sql`insert into billing.backfill_ranges (kind) values ('product'), ('price')`;
  await sql`delete from billing.backfill_ranges where kind = 'price'`;
}
