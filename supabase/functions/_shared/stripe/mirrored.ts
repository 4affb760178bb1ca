import { type ListedKind, type MirroredKind, parentOf } from "../contract/mirrored_kinds.ts";
import type { ObjectRef } from "../contract/stripe_events.ts";
import { isMissing } from "./errors.ts";
import { checkoutSession } from "./mirrored/checkout_session.ts";
import { entitlements } from "./mirrored/entitlements.ts";
import { invoice } from "./mirrored/invoice.ts";
import { paymentIntent } from "./mirrored/payment_intent.ts";
import { price } from "./mirrored/price.ts";
import { productFeatures } from "./mirrored/product_features.ts";
import type { Resource, StripeObject } from "./mirrored/resource.ts";
import { subscription } from "./mirrored/subscription.ts";
import { type Created, LIST_OPTIONS, type ListPage, pageAfter } from "./page.ts";
import { reading } from "./read.ts";

/** How each mirrored kind is read from Stripe. */
const RESOURCES: { readonly [Kind in MirroredKind]: Resource<Kind> } = {
  customer: {
    retrieve: (read, id) => read(["customers", id]),
    list: (read, page, options) => read(["customers"], page, options),
  },
  product: {
    retrieve: (read, id) => read(["products", id]),
    list: (read, page, options) => read(["products"], page, options),
  },
  price,
  subscription,
  invoice,
  payment_intent: paymentIntent,
  "checkout.session": checkoutSession,
  product_features: productFeatures,
  "entitlements.active_entitlement_summary": entitlements,
};

/** The object as it is now; null when this account has no such id. */
export async function retrieveObject({ object, object_id }: ObjectRef): Promise<StripeObject | null> {
  const resource = RESOURCES[object];
  try {
    return await reading((read) => resource.retrieve(read, object_id));
  } catch (error) {
    if (isMissing(error, resource.filter)) return null;
    throw error;
  }
}

/** What is fetched with an object, because no event of its own tells of it. */
export function companionsOf(object: StripeObject): readonly ObjectRef[] {
  const { companions } = RESOURCES[object.object as MirroredKind] as Resource<MirroredKind>;
  return companions === undefined || "deleted" in object ? [] : companions(object);
}

/**
 * A page of all objects of a kind, archived and canceled ones included, each as {@link retrieveObject} gives it. What a
 * list cuts is read object by object, so a page may end early.
 *
 * @param mayRead Waits until another read may begin, and whether one may: the first object is completed all the same.
 * @param created Every list of a mirrored kind takes this filter, except those per customer.
 */
export const listObjects = (
  kind: ListedKind,
  starting_after: string | undefined,
  mayRead: () => Promise<boolean>,
  created?: Created,
): Promise<ListPage<StripeObject>> =>
  reading(async (read) => {
    const { list, rest } = RESOURCES[kind] as Resource<ListedKind>;
    const { data, has_more } = await list(read, { ...pageAfter(starting_after), created }, LIST_OPTIONS);
    if (rest === undefined) return { data, has_more };

    const complete: StripeObject[] = [];
    for (const object of data) {
      if (!rest.isCut(object)) {
        complete.push(object);
        continue;
      }
      if (!await mayRead() && complete.length > 0) return { data: complete, has_more: true };
      complete.push(await rest.complete(read, object, mayRead));
    }
    return { data: complete, has_more };
  });

interface Walk {
  kind: MirroredKind;
  scope: "live" | "all" | "customer" | "product";
}

/** What drift detection reads: each kind is listed in full, some also live, and the rest customer by customer or product by product. */
export const WALKS: readonly Walk[] = (Object.keys(RESOURCES) as MirroredKind[]).flatMap((kind): Walk[] => {
  const parent = parentOf(kind);
  if (parent !== null) return [{ kind, scope: parent }];
  const all: Walk = { kind, scope: "all" };
  return (RESOURCES[kind] as Resource<ListedKind>).listLive === undefined ? [all] : [all, { kind, scope: "live" }];
});

/** The fields of a kind that differ from answer to answer, though the object stays the same. */
export const unstableFields = (kind: MirroredKind): readonly string[] => RESOURCES[kind].unstable ?? [];

/** A page as Stripe's list gives it, one read: objects that lack a part of a field are named. */
export interface BarePage extends ListPage<StripeObject> {
  /** The ids of the objects that lack a part of `cut_field`. */
  cut: string[];
  cut_field: string | null;
}

/** A page of one read. @param live Whether only what has not ended is listed. */
export const listBare = (kind: ListedKind, starting_after: string | undefined, live: boolean): Promise<BarePage> =>
  reading(async (read) => {
    const { list, listLive, rest } = RESOURCES[kind] as Resource<ListedKind>;
    const readPage = live && listLive !== undefined ? listLive : list;
    const { data, has_more } = await readPage(read, pageAfter(starting_after), LIST_OPTIONS);
    const cut = rest === undefined ? [] : data.filter(rest.isCut).map(({ id }) => id);
    return { data, has_more, cut, cut_field: rest?.field ?? null };
  });
