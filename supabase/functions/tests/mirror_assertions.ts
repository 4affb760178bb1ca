/** Compares the mirror and the ledger with Stripe. */
import { assertEquals } from "@std/assert";
import type Stripe from "stripe";
import { kindLabels, MIRRORED_KINDS, type MirroredKind } from "../_shared/contract/mirrored_kinds.ts";
import type { ObjectRef } from "../_shared/contract/stripe_events.ts";
import { reconcileAll } from "./reconcile_run.ts";
import type { Stack } from "./stack.ts";

/** Objects that are compared concurrently. */
const AT_ONCE = 20;

/** SQLSTATE of a transaction that was ended so that another can go on. */
const DEADLOCK = "40P01";
const MAX_ATTEMPTS = 5;

export const entitlements = "entitlements.active_entitlement_summary";

/** The tables of the mirror. */
export const MIRRORS = Object.values(MIRRORED_KINDS).map(({ table }) => table);

const READERS: Partial<Record<MirroredKind, (stripe: Stripe, id: string) => Promise<object>>> = {
  customer: (stripe, id) => stripe.customers.retrieve(id),
  product: (stripe, id) => stripe.products.retrieve(id),
  price: async (stripe, id) => {
    const expand = ["tiers", "currency_options"];
    const price = await stripe.prices.retrieve(id, { expand });
    if (price.billing_scheme !== "tiered") return price;
    const currencies = Object.keys(price.currency_options ?? {});
    const tiers = currencies.map((currency) => `currency_options.${currency}.tiers`);
    return await stripe.prices.retrieve(id, { expand: [...expand, ...tiers] });
  },
  invoice: async (stripe, id) => {
    const invoice = await stripe.invoices.retrieve(id);
    if (!invoice.lines.has_more) return invoice;
    const data = await stripe.invoices.listLineItems(id, { limit: 7 }).autoPagingToArray({ limit: 1_000 });
    return { ...invoice, lines: { ...invoice.lines, data, has_more: false } };
  },
  subscription: async (stripe, id) => {
    const subscription = await stripe.subscriptions.retrieve(id);
    const items = await stripe.subscriptionItems.list({ subscription: id, limit: 5 }).autoPagingToArray({ limit: 100 });
    // A mirrored subscription keeps only the fields of a price that never change; the mirror has prices separately.
    const data = items.map(({ plan: _, price: { id, object, product }, ...item }) => ({
      ...item,
      price: { id, object, product },
    }));
    return { ...subscription, items: { ...subscription.items, data, has_more: false } };
  },
  payment_intent: async (stripe, id) => {
    const intent = await stripe.paymentIntents.retrieve(id, { expand: ["latest_charge"] });
    const charge = intent.latest_charge as Stripe.Charge | null;
    const disputes = await stripe.disputes.list({ payment_intent: id }).autoPagingToArray({ limit: 100 });
    return {
      ...pick(
        intent,
        "id object amount amount_received canceled_at created currency customer livemode metadata status",
      ),
      latest_charge: charge && pick(charge, "id object amount_captured amount_refunded disputed refunded"),
      disputes: {
        object: "list",
        data: disputes.map((dispute) => pick(dispute, "id object amount created reason status")),
        has_more: false,
      },
    };
  },
  "checkout.session": async (stripe, id) => {
    const session = await stripe.checkout.sessions.retrieve(id);
    const lines = await stripe.checkout.sessions.listLineItems(id, { limit: 7 }).autoPagingToArray({ limit: 100 });
    return {
      ...pick(session, "id object amount_subtotal amount_total created currency customer invoice livemode metadata"),
      ...pick(session, "mode payment_intent payment_status status"),
      lines: {
        object: "list",
        data: lines.map((line) => ({
          ...pick(line, "id object amount_subtotal amount_total currency quantity"),
          price: pick(line.price!, "id object product"),
        })),
        has_more: false,
      },
    };
  },
  product_features: async (stripe, id) => ({
    id,
    object: "product_features",
    features: {
      object: "list",
      data: await stripe.products.listFeatures(id, { limit: 7 }).autoPagingToArray({ limit: 100 }),
      has_more: false,
      url: `/v1/products/${id}/features`,
    },
  }),
  [entitlements]: async (stripe, customer) => ({
    id: customer,
    object: entitlements,
    customer,
    entitlements: {
      object: "list",
      data: await stripe.entitlements.activeEntitlements.list({ customer, limit: 30 }).autoPagingToArray({
        limit: 1_000,
      }),
      has_more: false,
      url: "/v1/customer_entitlements",
    },
  }),
};

/** What the mirror keeps of an object with personal details. */
const pick = (object: object, fields: string) =>
  Object.fromEntries(fields.split(" ").map((field) => [field, object[field as keyof typeof object]]));

/** For a kind without lists inside, whose path at Stripe is its label. */
const readPlainly = (object: ObjectRef["object"]) => (stripe: Stripe, id: string) =>
  stripe.rawRequest("GET", `/v1/${kindLabels()[object]}/${id}`);

/** The object at Stripe now, or its tombstone. */
export async function atStripe({ stripe }: Stack, { object, object_id: id }: ObjectRef): Promise<unknown> {
  const read = READERS[object] ?? readPlainly(object);
  const seen = await read(stripe, id).catch((error) => {
    if (error.code === "resource_missing") return { id, object, deleted: true };
    throw error;
  });
  return comparable(JSON.parse(JSON.stringify(seen)));
}

/** The mirrored objects; undefined where there is no row. */
export async function mirrored({ sql }: Stack, refs: ObjectRef[]): Promise<unknown[]> {
  const rows = await sql<{ object: string; id: string; data: Record<string, unknown> }[]>`
    select object, id, data from billing.mirror where id = any (${refs.map(({ object_id }) => object_id)})
  `;
  const found = new Map(rows.map(({ object, id, data }) => [JSON.stringify([object, id]), comparable(data)]));
  return refs.map(({ object, object_id }) => found.get(JSON.stringify([object, object_id])));
}

/** Items and entitlements are sets: their order at Stripe has no meaning. */
function comparable(object: Record<string, unknown>): unknown {
  const field = SETS[object.object as string];
  if (field === undefined || object.deleted) return object;
  const { data, ...list } = object[field] as { data: { id: string }[] };
  return { ...object, [field]: { ...list, data: data.toSorted((a, b) => a.id < b.id ? -1 : 1) } };
}

const SETS: Record<string, string> = { subscription: "items", [entitlements]: "entitlements" };

/** Every object is mirrored as it is at Stripe now. */
export async function assertMirrored(stack: Stack, refs: ObjectRef[]): Promise<void> {
  for (let first = 0; first < refs.length; first += AT_ONCE) {
    const some = refs.slice(first, first + AT_ONCE);
    const [held, real] = await Promise.all([
      mirrored(stack, some),
      Promise.all(some.map((ref) => atStripe(stack, ref))),
    ]);
    for (const [index, { object, object_id }] of some.entries()) {
      assertEquals(held[index], real[index], `${object} "${object_id}" in the mirror, and at Stripe`);
    }
  }
}

/** The ledger has each of these events, and none is pending or dead-lettered. */
export async function assertSettled({ sql }: Stack, events: string[]): Promise<void> {
  const open = await sql`
    select id, type, object_id, attempts, last_error, outcome from billing.webhook_events
    where processed_at is null or outcome = 'dead'
  `;
  assertEquals([...open], [], "No event is pending or dead-lettered");
  const known = await sql<{ id: string }[]>`select id from billing.webhook_events where id = any (${events})`;
  const ids = new Set(known.map(({ id }) => id));
  assertEquals(events.filter((id) => !ids.has(id)), [], "The ledger has every event");
}

/** Makes every pending event due and ends every lease. */
export async function letTimePass({ sql }: Stack): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      await sql`
        update billing.webhook_events set lease_until = '-infinity', due_at = '-infinity' where processed_at is null`;
      return;
    } catch (error) {
      // Calls in progress lock events in another order than this statement, which may be the one that has to give way.
      if ((error as { code?: string }).code !== DEADLOCK || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

/** Clears all faults, then reconciles until nothing is left. */
export async function reconcileAfterFaults(stack: Stack) {
  await stack.clearFaults();
  await letTimePass(stack);
  return await reconcileAll(stack);
}
