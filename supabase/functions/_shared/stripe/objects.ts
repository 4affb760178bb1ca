import type Stripe from "stripe";
import type { MirroredKind, ObjectRef } from "../contract/stripe_events.ts";
import { stripe } from "./client.ts";
import { isMissing } from "./errors.ts";
import { wholeSubscription } from "./whole_subscription.ts";

/** An object as the mirror keeps it: Stripe's own, or `{ id, object, deleted: true }`. */
type Seen = { id: string; object: string };

const PRICE_FIELDS = ["tiers", "currency_options"];

const READERS: Record<MirroredKind, (sdk: Stripe, id: string) => Promise<Seen>> = {
  customer: (sdk, id) => sdk.customers.retrieve(id),
  invoice: (sdk, id) => sdk.invoices.retrieve(id),
  price: readPrice,
  product: (sdk, id) => sdk.products.retrieve(id),
  subscription: async (sdk, id) => await wholeSubscription(sdk, await sdk.subscriptions.retrieve(id)),
  "entitlements.active_entitlement_summary": readEntitlements,
};

/** The object as it is now; null when this account knows no such id. Lists inside are read to their end. */
export async function readObject({ object, object_id }: ObjectRef): Promise<Seen | null> {
  try {
    return await stripe((sdk) => READERS[object](sdk, object_id));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** https://docs.stripe.com/api/prices/retrieve; a currency's own tiers are given to who asks for that currency by name. */
async function readPrice(sdk: Stripe, id: string): Promise<Stripe.Price> {
  const price = await sdk.prices.retrieve(id, { expand: PRICE_FIELDS });
  if (price.billing_scheme !== "tiered") return price;
  const tiers = Object.keys(price.currency_options ?? {}).map((currency) => `currency_options.${currency}.tiers`);
  return await sdk.prices.retrieve(id, { expand: [...PRICE_FIELDS, ...tiers] });
}

/** All that a customer may use now, in the shape of Stripe's summary, which cannot be retrieved itself. */
async function readEntitlements(sdk: Stripe, customer: string): Promise<Seen> {
  const data: Stripe.Entitlements.ActiveEntitlement[] = [];
  for await (const entitlement of sdk.entitlements.activeEntitlements.list({ customer, limit: 100 })) {
    data.push(entitlement);
  }
  return {
    id: customer,
    object: "entitlements.active_entitlement_summary",
    customer,
    entitlements: { object: "list", data, has_more: false, url: "/v1/customer_entitlements" },
  } as Seen;
}
