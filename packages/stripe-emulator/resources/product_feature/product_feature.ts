import { invalid, noSuch } from "../../core/errors.ts";
import type { AllExpansions, Expansions } from "../../core/expand.ts";
import { randomId } from "../../core/ids.ts";
import { pageParams } from "../../core/pages.ts";
import { fields, text } from "../../core/params.ts";
import { creation, listing, type Route } from "../../core/resource.ts";
import type { Store } from "../../core/store.ts";
import type { ProductFeature } from "../../core/wire.ts";

export const expansions: Expansions<ProductFeature> = {
  references: {},
  included: {},
  hidden: ["product"],
  current: (attached, store) => ({
    ...attached,
    entitlement_feature: store.tables["entitlements.feature"].live(attached.entitlement_feature.id) ??
      attached.entitlement_feature,
  }),
};

/** The features of a product; a change applies to existing subscriptions from their next period on. */
export function productFeatureCalls(all: AllExpansions): Route[] {
  const kind = "product_feature";
  const path = "/v1/products/:id/features";
  const remove: Route = {
    method: "DELETE",
    path: `${path}/:feature`,
    prepare(form, product, { feature }) {
      fields({})(form, "");
      return (store) => store.tables.product_feature.remove(requireAttached(product, feature!, store).id);
    },
  };
  const retrieve: Route = {
    method: "GET",
    path: `${path}/:feature`,
    prepare(form, product, { feature }) {
      fields({})(form, "");
      return (store) => {
        const { product: _, ...shown } = requireAttached(product, feature!, store);
        return shown;
      };
    },
  };
  return [
    creation({ kind, path, params: fields({ entitlement_feature: text }, "entitlement_feature"), run: attach }, all),
    listing({
      kind,
      path,
      params: fields(pageParams),
      matches(_, store, product) {
        requireProduct(product, store);
        return (attached) => attached.product === product;
      },
    }, all),
    retrieve,
    remove,
  ];
}

function attach({ entitlement_feature: id }: { entitlement_feature: string }, store: Store, product: string) {
  requireProduct(product, store);
  const feature = store.tables["entitlements.feature"].live(id);
  if (!feature) throw noSuch("entitlements feature", id, "entitlement_feature");
  if (!feature.active) throw invalid("You cannot attach an archived feature to a product.", "entitlement_feature");
  const table = store.tables.product_feature;
  if (table.find((other) => other.product === product && other.entitlement_feature.id === id)) {
    throw invalid("This feature is already attached to the product.", "entitlement_feature");
  }
  return table.add({
    id: randomId("prodft_1", 23),
    object: "product_feature",
    entitlement_feature: feature,
    livemode: false,
    product,
  });
}

function requireProduct(id: string, store: Store): void {
  if (!store.tables.product.live(id)) throw noSuch("product", id, "product", 404);
}

function requireAttached(product: string, id: string, store: Store): ProductFeature {
  requireProduct(product, store);
  const attached = store.tables.product_feature.live(id);
  if (attached?.product !== product) throw noSuch("product_feature", id, "id", 404);
  return attached;
}
