import type { ListedKind, MirroredKind } from "../contract/mirrored_kinds.ts";
import type { ObjectRef } from "../contract/stripe_events.ts";
import { stripe } from "./client.ts";
import { isMissing } from "./errors.ts";
import { entitlements } from "./mirrored/entitlements.ts";
import { price } from "./mirrored/price.ts";
import type { Resource, StripeObject } from "./mirrored/resource.ts";
import { subscription } from "./mirrored/subscription.ts";
import { LIST_OPTIONS, type ListPage, pageAfter } from "./page.ts";

/** How each mirrored kind is read from Stripe. */
const RESOURCES: { readonly [Kind in MirroredKind]: Resource<Kind> } = {
  customer: {
    retrieve: (sdk, id) => sdk.customers.retrieve(id),
    list: (sdk, page, options) => sdk.customers.list(page, options),
  },
  product: {
    retrieve: (sdk, id) => sdk.products.retrieve(id),
    list: (sdk, page, options) => sdk.products.list(page, options),
  },
  price,
  subscription,
  invoice: {
    retrieve: (sdk, id) => sdk.invoices.retrieve(id),
    list: (sdk, page, options) => sdk.invoices.list(page, options),
  },
  "entitlements.active_entitlement_summary": entitlements,
};

/** The object as it is now; null when this account has no such id. */
export async function retrieveObject({ object, object_id }: ObjectRef): Promise<StripeObject | null> {
  try {
    return await stripe((sdk) => RESOURCES[object].retrieve(sdk, object_id));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** A page of all objects of a kind, archived and canceled ones included. */
export const listObjects = (kind: ListedKind, starting_after?: string): Promise<ListPage<StripeObject>> =>
  stripe((sdk) => RESOURCES[kind].list(sdk, pageAfter(starting_after), LIST_OPTIONS));
