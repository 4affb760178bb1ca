import { invalid, noSuch } from "../../core/errors.ts";
import type { Expansions } from "../../core/expand.ts";
import { mergeMetadata } from "../../core/metadata.ts";
import { pageParams } from "../../core/pages.ts";
import { boolean, fields, list, newId, oneOf, optionalText, text, time } from "../../core/params.ts";
import type { Resource } from "../../core/resource.ts";
import type { SearchFields } from "../../core/search_query.ts";
import type { Store } from "../../core/store.ts";
import type { Product } from "../../core/wire.ts";
import { basePriceParams, interval, intervalCount, priceOf } from "../price/create.ts";
import { createProduct, writable } from "./create.ts";

const { tiers: _, ...defaultPriceParams } = basePriceParams;
const create = fields({
  ...writable,
  id: newId,
  type: oneOf("good", "service"),
  default_price_data: fields({
    ...defaultPriceParams,
    recurring: fields({ interval, interval_count: intervalCount }, "interval"),
  }, "currency"),
}, "name");

const update = fields({ ...writable, default_price: optionalText });

const listed = fields({
  ...pageParams,
  active: boolean,
  created: time,
  ids: list(text, 100),
  shippable: boolean,
  type: oneOf("good", "service"),
  url: text,
});

export const expansions: Expansions<Product> = {
  references: { default_price: "price" },
  included: {},
};

const searchFields: SearchFields<Product> = {
  active: { kind: "exact", read: (product) => product.active },
  description: { kind: "text", read: (product) => product.description },
  metadata: { kind: "exact", read: () => null },
  name: { kind: "text", read: (product) => product.name },
  shippable: { kind: "exact", read: (product) => product.shippable },
  url: { kind: "text", read: (product) => product.url },
};

/** https://docs.stripe.com/api/products */
export const product: Resource<
  "product",
  ReturnType<typeof create>,
  ReturnType<typeof update>,
  ReturnType<typeof listed>
> = {
  kind: "product",
  path: "/v1/products",
  idParam: "id",
  create: {
    params: create,
    run({ default_price_data, ...params }, store) {
      const draft = default_price_data && priceOf(default_price_data, store);
      const product = createProduct(params, store);
      if (!draft) return product;
      store.tables.price.add({ ...draft, product: product.id });
      return store.tables.product.replace({ ...product, default_price: draft.id });
    },
  },
  update: {
    params: update,
    run(product, { default_price, metadata: change, ...params }, store) {
      if (default_price) refuseForeignPrice(product, default_price, store);
      return store.tables.product.replace({
        ...product,
        ...params,
        ...(default_price !== undefined && { default_price: default_price || null }),
        metadata: mergeMetadata(product.metadata, change),
        updated: store.time(),
      });
    },
  },
  list: {
    params: listed,
    matches: ({ active, created, ids, shippable, type, url }) => (product) =>
      (active === undefined || product.active === active) &&
      (created === undefined || created(product.created)) &&
      (ids === undefined || ids.includes(product.id)) &&
      (shippable === undefined || product.shippable === shippable) &&
      (type === undefined || product.type === type) &&
      (url === undefined || product.url === url),
  },
  remove(product, store) {
    if (store.tables.price.find((price) => price.product === product.id)) {
      throw invalid("This product cannot be deleted because it has one or more user-created prices.");
    }
    return store.tables.product.remove(product.id);
  },
  search: searchFields,
};

function refuseForeignPrice(product: Product, id: string, store: Store): void {
  const price = store.tables.price.live(id);
  if (!price) throw noSuch("price", id, "default_price");
  if (price.product !== product.id) {
    throw invalid(`The price \`${id}\` does not belong to the product \`${product.id}\`.`, "default_price");
  }
  if (!price.active) {
    throw invalid("The price specified is inactive. This field only accepts active prices.", "default_price");
  }
}
