import { noSuch } from "../../core/errors.ts";
import type { Expansions } from "../../core/expand.ts";
import { randomId } from "../../core/ids.ts";
import { pageParams } from "../../core/pages.ts";
import { fields, text } from "../../core/params.ts";
import type { Resource } from "../../core/resource.ts";
import type { Store } from "../../core/store.ts";
import type { ActiveEntitlement } from "../../core/wire.ts";
import { ownedBy } from "../shared/owned_by.ts";
import { subscriptionsOf } from "../subscription/of_customer.ts";
import { itemsOf } from "../subscription_item/item.ts";

/** The statuses that grant features; a paused subscription keeps them, as at Stripe. */
const GRANTING = ["active", "trialing", "paused"];
const SHOWN = 10;
const listed = fields({ ...pageParams, customer: text }, "customer");

export const expansions: Expansions<ActiveEntitlement> = {
  references: { feature: "entitlements.feature" },
  included: {},
  hidden: ["customer"],
};

/** https://docs.stripe.com/api/entitlements/active-entitlement */
export const activeEntitlement: Resource<
  "entitlements.active_entitlement",
  never,
  never,
  ReturnType<typeof listed>
> = {
  kind: "entitlements.active_entitlement",
  path: "/v1/entitlements/active_entitlements",
  idParam: "id",
  list: {
    params: listed,
    matches({ customer }, store) {
      if (store.tables.customer.get(customer) === undefined) throw noSuch("customer", customer, "customer");
      return (entitlement) => entitlement.customer === customer;
    },
  },
};

/** Updates a customer's entitlements from its subscriptions, and emits the summary when the set changed. */
export function refreshEntitlements(customer: string, store: Store): void {
  const before = entitlementsOf(customer, store);
  const wanted = entitledFeatures(customer, store);
  const table = store.tables["entitlements.active_entitlement"];
  const gone = before.filter(({ feature }) => !wanted.has(feature));
  for (const { feature } of before) wanted.delete(feature);
  if (gone.length === 0 && wanted.size === 0) return;

  for (const { id } of gone) table.remove(id);
  for (const id of wanted) {
    const feature = store.tables["entitlements.feature"].live(id);
    if (!feature) continue;
    table.add({
      id: randomId("ent_test_61", 30),
      object: "entitlements.active_entitlement",
      feature: id,
      livemode: false,
      lookup_key: feature.lookup_key,
      customer,
    });
  }
  store.emit(
    "entitlements.active_entitlement_summary.updated",
    summary(customer, entitlementsOf(customer, store)),
    summary(customer, before),
  );
}

/** The ids of the features that a customer's subscriptions grant. */
const entitledFeatures = (customer: string, store: Store): Set<string> =>
  new Set(
    subscriptionsOf(customer, store)
      .filter(({ status }) => GRANTING.includes(status))
      .flatMap((subscription) => itemsOf(subscription, store))
      .flatMap(({ features }) => features),
  );

const owned = ownedBy("entitlements.active_entitlement", ({ customer }) => customer);

/** Newest first, as in the list. */
const entitlementsOf = (customer: string, store: Store): ActiveEntitlement[] => owned(customer, store).toReversed();

/** https://docs.stripe.com/api/entitlements/active-entitlement-summary; it has no id and shows ten entitlements. */
const summary = (customer: string, entitlements: ActiveEntitlement[]) => ({
  object: "entitlements.active_entitlement_summary",
  customer,
  entitlements: {
    object: "list",
    data: entitlements.slice(0, SHOWN).map(({ customer: _, ...entitlement }) => entitlement),
    has_more: entitlements.length > SHOWN,
    url: `/v1/customer/${customer}/entitlements`,
  },
  livemode: false,
});
