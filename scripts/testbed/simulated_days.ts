/**
 * A shop whose days are simulated: the times in its database are moved back, and what is then due is called. For tests
 * of the functions and for benchmarks.
 */
import type postgres from "postgres";
import type Stripe from "stripe";
import type { StackFile } from "../lib/stack_shape.ts";
import { forEach } from "./for_each.ts";
import { whenAvailable } from "./when_available.ts";

/** A stack with a public catalog, of tests or of benchmarks. */
export interface Shop extends Pick<StackFile, "url" | "reconcile_secret"> {
  readonly sql: postgres.Sql;
  readonly stripe: Stripe;
  /** Advances Stripe's clock. */
  advanceClock(seconds: number): Promise<unknown>;
}

const DAY = 24 * 60;
/** The most minutes between two runs. A poll is due as often, and no walk needs more reads than a run may make. */
export const STEP = 15;
/** Minutes between two visits of the catalog. */
const VISIT = 60;
/** Milliseconds between two visits while the catalog is filled, and after which that fails. */
const PAUSE = 20;
const TIMEOUT = 30_000;
/** Concurrent creations. */
const CONCURRENCY = 8;

/** Simulates days in which nothing changes at Stripe. @returns The reads of these days by purpose */
export async function simulateDays(shop: Shop, days: number): Promise<Record<string, number>> {
  const { sql } = shop;
  const passInBilling = await moveTimes(shop, "billing", [
    "update billing.reconcile set polled_to = polled_to - $seconds, gap_to = gap_to - $seconds, " +
    "backfilled_from = backfilled_from - $seconds",
  ]);
  const passInMirror = await moveTimes(shop, "public");

  await sql`delete from billing.stripe_reads`;
  for (let minute = 0, visited = -VISIT, moved = 0; minute < days * DAY;) {
    const { state } = await callReconcile(shop, { wait: true });
    if (minute - visited >= VISIT) {
      await visitCatalog(shop);
      visited = minute;
    }
    // Once a day, because each of these rows is written.
    if (minute - moved >= DAY) {
      await passInMirror(minute - moved);
      moved = minute;
    }
    const step = state === "more" ? 1 : await minutesToNext(shop);
    await passInBilling(step);
    minute += step;
  }
  const reads = await sql<{ purpose: string; reads: number }[]>`
    select purpose, sum(reads)::int as reads from billing.stripe_reads group by purpose order by purpose`;
  return Object.fromEntries(reads.map(({ purpose, reads }) => [purpose, reads]));
}

/** Prepares a statement that moves every time in the tables of a schema. */
async function moveTimes({ sql }: Shop, schema: string, others: readonly string[] = []) {
  const tables = await sql<{ statement: string }[]>`
    select format('update %I.%I set ', table_schema, table_name)
      || string_agg(format('%1$I = %1$I - interval ''$seconds seconds''', column_name), ', ') as statement
    from information_schema.columns join information_schema.tables using (table_schema, table_name)
    where data_type = 'timestamp with time zone' and table_type = 'BASE TABLE' and table_schema = ${schema}
    group by table_schema, table_name`;
  const statement = [...tables.map(({ statement }) => statement), ...others].join(";\n");
  return (minutes: number) => sql.unsafe(statement.replaceAll("$seconds", String(minutes * 60)));
}

/** Minutes until a poll or a fill is due. */
async function minutesToNext({ sql }: Shop): Promise<number> {
  const [next] = await sql`
    select ceil(extract(epoch from min(due.at) - now()) / 60)::float as minutes
    from (select poll_due_at from billing.reconcile union all select due_at from billing.catalog_fill) as due (at)`;
  return Math.min(STEP, Math.max(1, next?.minutes ?? 1));
}

/** Visits the catalog, and waits for the fill that this begins when one is due. */
async function visitCatalog({ sql, url }: Shop): Promise<void> {
  const [fill] = await sql`select due_at <= now() as due from billing.catalog_fill`;
  const visit = async () => await (await fetch(`${url}/functions/v1/stripe-products`)).body?.cancel();
  if (fill !== undefined && !fill.due) return await visit();
  for (const end = Date.now() + TIMEOUT; Date.now() < end;) {
    await visit();
    const [filled] = await sql`select due_at > now() as fresh from billing.catalog_fill`;
    if (filled?.fresh) return;
    await new Promise((resume) => setTimeout(resume, PAUSE));
  }
  throw new Error(`The catalog was not filled within ${TIMEOUT / 1_000} seconds`);
}

/**
 * Creates customers with a live subscription each, whose first invoice is paid, and mirrors them. Stripe's clock is a day
 * ahead afterwards: no poll lists these events, as long after they happened.
 */
export async function createSubscribers(shop: Shop, count: number): Promise<void> {
  const { stripe } = shop;
  await shop.advanceClock(DAY * 60);
  const { default_price } = await stripe.products.create({
    name: "Plan",
    default_price_data: { currency: "usd", unit_amount: 900, recurring: { interval: "month" } },
  });
  await forEach(Array(count).keys(), CONCURRENCY, async (n) => {
    const { id: customer } = await stripe.customers.create({
      name: `Customer ${n}`,
      payment_method: "pm_card_visa",
      invoice_settings: { default_payment_method: "pm_card_visa" },
    });
    await stripe.subscriptions.create({ customer, items: [{ price: default_price as string }] });
  });
  for (let state = "more"; state === "more";) ({ state } = await callReconcile(shop, { backfill: true }));
}

/** @throws Error when the run fails */
async function callReconcile({ url, reconcile_secret }: Shop, body: unknown): Promise<{ state: string }> {
  const response = await whenAvailable(() =>
    fetch(`${url}/functions/v1/stripe-reconcile`, {
      method: "POST",
      headers: { authorization: `Bearer ${reconcile_secret}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    })
  );
  if (!response.ok) throw new Error(`stripe-reconcile answered ${response.status}: ${await response.text()}`);
  return await response.json();
}
