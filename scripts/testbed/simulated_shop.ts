/** A shop whose days are simulated: the times in its database are moved back, and what is then due is called. */
import type postgres from "postgres";

export interface SimulatedShop {
  readonly sql: postgres.Sql;
  /** One run of stripe-reconcile. @returns Whether another one is due at once */
  reconcile(): Promise<boolean>;
  /** A request for a page of the catalog. */
  visitCatalog(): Promise<void>;
}

const DAY = 24 * 60;
/** The most minutes between two runs. A poll is due as often, and no walk needs more reads than a run may make. */
export const STEP = 15;
/** Minutes between two visits of the catalog. */
const VISIT = 60;
/** Customers that are created at once. */
const AT_ONCE = 8;
/** Milliseconds that a fill of the catalog may take. */
const FILL_TIMEOUT = 30_000;

/** Simulates days in which nothing changes at Stripe. @returns The reads of these days by purpose */
export async function simulateDays(shop: SimulatedShop, days: number): Promise<Record<string, number>> {
  const { sql } = shop;
  const passInBilling = await moveTimes(sql, "billing", [
    "update billing.reconcile set polled_to = polled_to - $seconds, gap_to = gap_to - $seconds, " +
    "backfilled_from = backfilled_from - $seconds",
  ]);
  const passInMirror = await moveTimes(sql, "public");

  await sql`delete from billing.stripe_reads`;
  for (let minute = 0, visited = -VISIT, moved = 0; minute < days * DAY;) {
    const isDueAgain = await shop.reconcile();
    if (minute - visited >= VISIT) {
      await visitCatalog(shop);
      visited = minute;
    }
    // Once a day, because each of these rows is written.
    if (minute - moved >= DAY) {
      await passInMirror(minute - moved);
      moved = minute;
    }
    const step = isDueAgain ? 1 : await minutesToNext(sql);
    await passInBilling(step);
    minute += step;
  }
  const reads = await sql<{ purpose: string; reads: number }[]>`
    select purpose, sum(reads)::int as reads from billing.stripe_reads group by purpose order by purpose`;
  return Object.fromEntries(reads.map(({ purpose, reads }) => [purpose, reads]));
}

/** Prepares a statement that moves every time in the tables of a schema. */
async function moveTimes(sql: postgres.Sql, schema: string, others: readonly string[] = []) {
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
async function minutesToNext(sql: postgres.Sql): Promise<number> {
  const [next] = await sql`
    select ceil(extract(epoch from min(due.at) - now()) / 60)::float as minutes
    from (select poll_due_at from billing.reconcile union all select due_at from billing.catalog_fill) as due (at)`;
  return Math.min(STEP, Math.max(1, next?.minutes ?? 1));
}

/** Visits the catalog, and waits for the fill that this begins when one is due. */
async function visitCatalog({ sql, visitCatalog }: SimulatedShop): Promise<void> {
  const [fill] = await sql`select due_at <= now() as due from billing.catalog_fill`;
  if (fill !== undefined && !fill.due) return await visitCatalog();
  for (const end = performance.now() + FILL_TIMEOUT; performance.now() < end;) {
    await visitCatalog();
    const [filled] = await sql`select due_at > now() as fresh from billing.catalog_fill`;
    if (filled?.fresh === true) return;
    await new Promise((resume) => setTimeout(resume, 20));
  }
  throw new Error(`The catalog was not filled within ${FILL_TIMEOUT / 1_000} seconds`);
}

/**
 * Creates customers with a live subscription each, whose first invoice is paid, at the Stripe emulator. Its clock is a day
 * ahead afterwards: no poll lists these events, as long after they happened.
 */
export async function createSubscribers(
  { stripe_url, stripe_secret_key }: { stripe_url: string; stripe_secret_key: string },
  count: number,
): Promise<void> {
  await post("_local/clock", JSON.stringify({ advance_seconds: DAY * 60 }));
  const { default_price: price } = await create("products", {
    name: "Plan",
    "default_price_data[currency]": "usd",
    "default_price_data[unit_amount]": "900",
    "default_price_data[recurring][interval]": "month",
  });
  const names = Array.from({ length: count }, (_, number) => `Customer ${number}`);
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const card = { payment_method: "pm_card_visa", "invoice_settings[default_payment_method]": "pm_card_visa" };
      const { id: customer } = await create("customers", { name, ...card });
      await create("subscriptions", { customer, "items[0][price]": price });
    }
  }));

  function create(resource: string, params: Record<string, string>) {
    return post(`v1/${resource}`, new URLSearchParams(params));
  }

  async function post(path: string, body: string | URLSearchParams): Promise<{ id: string; default_price: string }> {
    const headers = {
      authorization: `Bearer ${stripe_secret_key}`,
      ...typeof body === "string" && { "content-type": "application/json" },
    };
    const response = await fetch(`${stripe_url}/${path}`, { method: "POST", headers, body });
    if (!response.ok) throw new Error(`The Stripe emulator rejected a call: ${await response.text()}`);
    return await response.json();
  }
}
