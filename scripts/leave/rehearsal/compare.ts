/** What Stripe has beside what a database has, after the traffic has ended. */
import type Stripe from "stripe";
import { STRIPE_EVENTS } from "../../../supabase/functions/_shared/contract/stripe_events.ts";
import type { Database } from "../../lib/database.ts";
import type { Traffic } from "./traffic.ts";

export interface Comparison {
  readonly users: number;
  readonly customers: number;
  readonly subscriptions: number;
  readonly events: number;
  /** Users without their customer or purchase, and events that the ledger does not have. */
  readonly lost: readonly string[];
  /** Second customers and second subscriptions. */
  readonly doubled: readonly string[];
  /** Mirrored objects that differ from Stripe's, and events that are not finished. */
  readonly stale: readonly string[];
}

async function all<Item>(list: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of list) items.push(item);
  return items;
}

/** @param after Unix seconds; earlier events are from before the product was used, and left to a backfill */
export async function compare(
  stripe: Stripe,
  database: Database,
  traffic: Traffic,
  after: number,
): Promise<Comparison> {
  const lost: string[] = [];
  const doubled: string[] = [];
  const stale: string[] = [];
  const [customers, subscriptions, products, events] = [
    await all(stripe.customers.list({ limit: 100 })),
    await all(stripe.subscriptions.list({ limit: 100, status: "all" })),
    await all(stripe.products.list({ limit: 100 })),
    // Of every type that the product handles.
    (await all(stripe.events.list({ limit: 100, created: { gt: after } }))).filter(({ type }) => type in STRIPE_EVENTS),
  ];

  const mapping = await database.query<{ clerk_user_id: string; stripe_customer_id: string }>(
    "select clerk_user_id, stripe_customer_id from public.stripe_customer_mapping",
  );
  const mapped = new Map(mapping.map((row) => [row.clerk_user_id, row.stripe_customer_id]));
  const ofUser = Map.groupBy(customers, ({ metadata }) => metadata.clerk_user_id ?? "");
  const ofCustomer = Map.groupBy(subscriptions, ({ customer }) => String(customer));
  for (const [user, answered] of traffic.customers) {
    const created = (ofUser.get(user) ?? []).map(({ id }) => id);
    const id = mapped.get(user);
    if (id === undefined || created.length === 0) lost.push(`the customer of ${user}`);
    if (new Set([...created, ...answered]).size > 1) doubled.push(`${user}: ${[...created, ...answered].join(", ")}`);
    else if (id !== created[0]) stale.push(`the mapping of ${user}`);
    const bought = ofCustomer.get(created[0] ?? "") ?? [];
    if (traffic.buyers.has(user) && bought.length === 0) lost.push(`the subscription of ${user}`);
    if (bought.length > 1) doubled.push(`the subscriptions of ${user}: ${bought.map(({ id }) => id).join(", ")}`);
  }

  const ledger = await database.query<{ id: string; processed_at: Date | null; outcome: string | null }>(
    "select id, processed_at, outcome from billing.webhook_events",
  );
  const known = new Set(ledger.map(({ id }) => id));
  lost.push(...events.filter(({ id }) => !known.has(id)).map(({ id, type }) => `${id} (${type})`));
  for (const { id, processed_at, outcome } of ledger) {
    if (processed_at === null || outcome === "dead") stale.push(`${id} is ${outcome ?? "pending"}`);
  }

  const mirrored = await database.query<{ id: string; name: string | null; status: string | null }>(
    `select id, data ->> 'name' as name, null as status from public.stripe_products
    union all select id, null, data ->> 'status' from public.stripe_subscriptions`,
  );
  const mirror = new Map(mirrored.map((row) => [row.id, row.name ?? row.status]));
  for (const { id, name } of products) if (mirror.get(id) !== name) stale.push(`${id}: ${mirror.get(id)}, not ${name}`);
  for (const { id, status } of subscriptions) {
    if (mirror.get(id) !== status) stale.push(`${id}: ${mirror.get(id)}, not ${status}`);
  }
  const [tickets] = await database.query<{ sound: boolean }>(
    `select last_value >= coalesce(greatest(
      (select max(ticket) from billing.mirror), (select max(ticket) from billing.webhook_events)
    ), 0) as sound from billing.tickets`,
  );
  if (!tickets?.sound) stale.push("billing.tickets is behind a row");

  const { size: users } = traffic.customers;
  return {
    users,
    customers: customers.length,
    subscriptions: subscriptions.length,
    events: events.length,
    lost,
    doubled,
    stale,
  };
}
