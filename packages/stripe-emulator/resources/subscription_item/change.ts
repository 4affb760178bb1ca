import { invalid } from "../../core/errors.ts";
import { mergeMetadata } from "../../core/metadata.ts";
import type { Store } from "../../core/store.ts";
import type { Subscription, SubscriptionItem } from "../../core/wire.ts";
import { periodOf } from "../subscription/billing.ts";
import type { ItemChange } from "../subscription/params.ts";
import type { ItemStep } from "../subscription/proration.ts";
import { refuseMixture } from "../subscription/rules.ts";
import { embedded, featuresOf, itemsOf, MOST_ITEMS, newItem, requirePrice, withCurrentPrice } from "./item.ts";

/** The steps that turn a subscription's items into the requested ones; writes nothing. */
export function planItems(
  subscription: Subscription,
  changes: ItemChange[],
  at: number,
  store: Store,
  nameOf = (index: number, field: string) => `items[${index}][${field}]`,
): ItemStep[] {
  const steps = new Map<string, ItemStep>(
    itemsOf(subscription, store).map((item) => [item.id, { before: item, after: item }]),
  );
  changes.forEach((change, index) => {
    const name = (field: string) => nameOf(index, field);
    if (change.id === undefined) {
      const added = addItem(subscription, change, name, at, store);
      steps.set(added.id, { after: added });
      return;
    }
    const step = steps.get(change.id);
    if (!step?.before) throw invalid(`No such subscription item: '${change.id}'`, name("id"), "resource_missing");
    steps.set(change.id, { ...step, after: change.deleted ? undefined : changed(step.before, change, name, store) });
  });

  const after = [...steps.values()].flatMap((step) => step.after ?? []);
  if (after.length === 0) {
    throw invalid(
      "A subscription must have at least one active plan. In order to cancel a subscription please use the cancel API endpoint on the subscription.",
      "items",
    );
  }
  if (after.length > MOST_ITEMS) {
    throw invalid(`A subscription can have up to ${MOST_ITEMS} items, but this would have ${after.length}.`, "items");
  }
  refuseMixture(after.map(({ price }) => price));
  return [...steps.values()];
}

/** Writes the items after the steps. */
export function writeItems(subscription: Subscription, steps: ItemStep[], store: Store): Subscription {
  const table = store.tables.subscription_item;
  const items = steps.flatMap(({ before, after }) => {
    if (!after) table.remove(before!.id);
    else if (!before) table.add(after);
    else if (after !== before) table.replace(after);
    return after ?? [];
  });
  return { ...subscription, ...embedded(subscription.id, items) };
}

function addItem(
  subscription: Subscription,
  { price, quantity, metadata }: ItemChange,
  name: (field: string) => string,
  at: number,
  store: Store,
): SubscriptionItem {
  if (price === undefined) {
    throw invalid(`Missing required param: ${name("price")}.`, name("price"), "parameter_missing");
  }
  const { start, end } = periodOf(subscription);
  const draft = { price: requirePrice(price, name("price"), store), quantity, metadata };
  return newItem(subscription.id, draft, [start, end], at, store);
}

function changed(
  item: SubscriptionItem,
  { price: id, quantity, metadata }: ItemChange,
  name: (field: string) => string,
  store: Store,
): SubscriptionItem {
  const price = id === undefined || id === item.price.id ? undefined : requirePrice(id, name("price"), store);
  const after = {
    ...item,
    quantity: quantity ?? item.quantity,
    metadata: mergeMetadata(item.metadata, metadata),
    ...(price && { price, features: featuresOf(price.product, store) }),
  };
  return withCurrentPrice(after, store);
}
