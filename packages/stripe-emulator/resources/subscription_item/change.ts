import { invalid } from "../../core/errors.ts";
import { mergeMetadata } from "../../core/metadata.ts";
import type { Store } from "../../core/store.ts";
import type { Price, Subscription, SubscriptionItem } from "../../core/wire.ts";
import { periodOf } from "../subscription/billing.ts";
import type { ItemChange } from "../subscription/params.ts";
import type { ItemStep } from "../subscription/proration.ts";
import { refuseMixture } from "../subscription/rules.ts";
import {
  embedded,
  featuresOf,
  itemsOf,
  MOST_ITEMS,
  newItem,
  priceFields,
  readPrice,
  withCurrentPrice,
} from "./item.ts";

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
      steps.set(added.item.id, { after: added.item, inline: added.inline });
      return;
    }
    const step = steps.get(change.id);
    if (!step?.before) throw invalid(`No such subscription item: '${change.id}'`, name("id"), "resource_missing");
    const { item, inline } = changed(step.before, change, name, store);
    steps.set(change.id, { ...step, ...(change.deleted ? { after: undefined } : { after: item, inline }) });
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
  refuseMixture(after.map(({ price }) => store.tables.price.live(price.id) ?? price), subscription.currency);
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

/** An item after a change, and its price if it is still to be stored. */
interface Planned {
  item: SubscriptionItem;
  inline?: Price;
}

function addItem(
  subscription: Subscription,
  { quantity, metadata, ...change }: ItemChange,
  name: (field: string) => string,
  at: number,
  store: Store,
): Planned {
  const { start, end } = periodOf(subscription);
  const price = readPrice(change, name, store);
  const item = newItem(subscription.id, { price, quantity, metadata }, [start, end], at, store);
  return { item, ...(change.price_data && { inline: price }) };
}

function changed(
  item: SubscriptionItem,
  { quantity, metadata, ...change }: ItemChange,
  name: (field: string) => string,
  store: Store,
): Planned {
  const same = !change.price_data && (change.price === undefined || change.price === item.price.id);
  const price = same ? undefined : readPrice(change, name, store);
  const after = {
    ...item,
    quantity: quantity ?? item.quantity,
    metadata: mergeMetadata(item.metadata, metadata),
    ...(price && { ...priceFields(price), features: featuresOf(price.product, store) }),
  };
  return { item: withCurrentPrice(after, store), ...(change.price_data && { inline: price }) };
}
