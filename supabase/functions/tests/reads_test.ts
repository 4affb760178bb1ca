/** Reads at Stripe in 30 days, by the requests that the local Stripe received while the database's clock is moved. */
import { assert, assertEquals } from "@std/assert";
import { Backfilled, Run } from "../_shared/contract/reconcile.ts";
import { readAnswer } from "./answers.ts";
import { callReconcile } from "./reconcile_run.ts";
import { type Stack, startStack } from "./stack.ts";
import { createTestCatalog } from "./test_catalog.ts";
import { until } from "./until.ts";

/** Days that are played, of which 30 are reckoned: each is like the other. */
const DAYS = Number(Deno.env.get("PROOF_DAYS") ?? 30);
/** Live subscriptions of the larger shop; 0 leaves it out. */
const SUBSCRIPTIONS = Number(Deno.env.get("PROOF_SUBSCRIPTIONS") ?? 0);
const DAY = 24 * 60;
/** The most minutes between two runs, when no poll and no fill is due before. */
const STEP = 15;
/** Minutes between two visits of the catalog. */
const VISIT = 60;

/** Moves every time that the tables of a schema have, those of large tables only when `all` is set. */
async function passMinutes({ sql }: Stack, minutes: number, all: boolean): Promise<void> {
  await sql.unsafe(`
    do $$
    declare
      stored record;
    begin
      for stored in
        select format('%I.%I', table_schema, table_name) as name,
          string_agg(format('%1$I = %1$I - interval ''${minutes} minutes''', column_name), ', ') as moved
        from information_schema.columns join information_schema.tables using (table_schema, table_name)
        where data_type = 'timestamp with time zone' and table_type = 'BASE TABLE'
          and table_schema in ('billing', 'public') and (table_schema = 'billing') <> ${all}
        group by table_schema, table_name
      loop
        execute 'update ' || stored.name || ' set ' || stored.moved;
      end loop;
      if not ${all} then
        update billing.reconcile set polled_to = polled_to - ${minutes} * 60, gap_to = gap_to - ${minutes} * 60,
          backfilled_from = backfilled_from - ${minutes} * 60;
      end if;
    end
    $$`);
}

/** Minutes until a poll or a fill is due. */
async function minutesToNext({ sql }: Stack): Promise<number> {
  const [next] = await sql`
    select ceil(extract(epoch from min(due.at) - now()) / 60)::float as minutes
    from (select poll_due_at from billing.reconcile union all select due_at from billing.catalog_fill) as due (at)`;
  return Math.min(STEP, Math.max(1, next?.minutes ?? 1));
}

/** Visits the catalog, and waits for the fill that this begins when one is due. */
async function visitCatalog(stack: Stack): Promise<void> {
  const [fill] = await stack.sql`select due_at <= now() as due from billing.catalog_fill`;
  const visit = async () => await (await stack.call("stripe-products")).body?.cancel();
  if (fill !== undefined && !fill.due) return await visit();
  await until(async () => {
    await visit();
    const [filled] = await stack.sql`select due_at > now() as fresh from billing.catalog_fill`;
    return filled?.fresh === true;
  });
}

/** Plays the schedule. @returns The reads of each path */
async function play(stack: Stack): Promise<Record<string, number>> {
  const reads: Record<string, number> = {};
  const collect = async () => {
    for (const { method, path } of await stack.stripeLog()) {
      if (method === "GET") reads[path] = (reads[path] ?? 0) + 1;
    }
    await stack.forgetStripeRequests();
  };
  await stack.forgetStripeRequests();
  let minute = 0, visited = -VISIT;
  while (minute < DAYS * DAY) {
    const { state } = await readAnswer(await callReconcile(stack), 200, Run);
    if (minute - visited >= VISIT) {
      await visitCatalog(stack);
      await passMinutes(stack, minute - Math.max(0, visited), true);
      visited = minute;
      await collect();
    }
    const step = state === "more" ? 1 : await minutesToNext(stack);
    await passMinutes(stack, step, false);
    minute += step;
  }
  await collect();
  return reads;
}

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((all, count) => all + count, 0);

/** The reads of 30 days, which the ledger of reads has too. */
async function readsOf30Days(stack: Stack): Promise<number> {
  await stack.sql`delete from billing.stripe_reads`;
  const reads = await play(stack);
  const [ledger] = await stack.sql`select sum(reads)::int as reads from billing.stripe_reads`;
  assertEquals(ledger?.reads, sum(reads), "The ledger has every read");
  console.log(`${DAYS} days: ${JSON.stringify(reads)}`);
  return Math.ceil(sum(reads) * 30 / DAYS);
}

Deno.test("An idle shop, whose catalog is visited every hour, costs fewer than 4,000 reads in 30 days", async () => {
  await using stack = await startStack({ CATALOG_ACCESS: "public" });
  await createTestCatalog(stack);
  const reads = await readsOf30Days(stack);
  assert(reads < 4_000, `${reads} reads`);
  assert(reads > 30 * DAY / STEP, `${reads} reads: events are polled every 15 minutes`);
});

Deno.test({
  name: `A shop of ${SUBSCRIPTIONS} live subscriptions costs fewer than 10,000 reads in 30 days`,
  ignore: SUBSCRIPTIONS === 0,
  async fn() {
    await using stack = await startStack({ CATALOG_ACCESS: "public" });
    const { prices } = await createTestCatalog(stack);
    for (let n = 0; n < SUBSCRIPTIONS; n++) {
      const { id: customer } = await stack.stripe.customers.create({ name: `Customer ${n}` });
      const items = [{ price: prices[0]! }];
      await stack.stripe.subscriptions.create({
        customer,
        items,
        collection_method: "send_invoice",
        days_until_due: 7,
      });
    }
    for (let state = "more"; state === "more";) {
      ({ state } = await readAnswer(await callReconcile(stack, { backfill: true }), 200, Backfilled));
    }
    // What was bought just now was delivered long ago.
    await stack.advanceClock(2 * 60 * 60);
    await stack.sql`
      insert into billing.reconcile (polled_to) values (extract(epoch from now())::bigint)
      on conflict (singleton) do update set polled_to = excluded.polled_to`;
    const reads = await readsOf30Days(stack);
    assert(reads < 10_000, `${reads} reads`);
  },
});
