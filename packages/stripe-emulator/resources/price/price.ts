import { invalid, noSuch } from "../../core/errors.ts";
import type { Expansions } from "../../core/expand.ts";
import { mergeMetadata, metadata } from "../../core/metadata.ts";
import { pageParams } from "../../core/pages.ts";
import {
  boolean,
  fields,
  list,
  oneOf,
  optionalText,
  optionalTextUpTo,
  orUnset,
  text,
  time,
} from "../../core/params.ts";
import type { Resource } from "../../core/resource.ts";
import type { SearchFields } from "../../core/search_query.ts";
import type { Store } from "../../core/store.ts";
import type { Price } from "../../core/wire.ts";
import { createProduct, productData } from "../product/create.ts";
import { currency } from "../shared/currency.ts";
import { taxBehavior } from "./amount_params.ts";
import { currencyOptions, interval, priceOf, priceParams, readCurrencies, usageType } from "./create.ts";

const create = fields({
  ...priceParams,
  lookup_key: optionalTextUpTo(200),
  product: text,
  product_data: productData,
  transfer_lookup_key: boolean,
}, "currency");

const update = fields({
  active: boolean,
  currency_options: orUnset(currencyOptions),
  lookup_key: optionalTextUpTo(200),
  metadata,
  nickname: optionalText,
  tax_behavior: taxBehavior,
  transfer_lookup_key: boolean,
});

const listed = fields({
  ...pageParams,
  active: boolean,
  created: time,
  currency,
  lookup_keys: list(text, 10),
  product: text,
  recurring: fields({ interval, meter: text, usage_type: usageType }),
  type: oneOf("one_time", "recurring"),
});

export const expansions: Expansions<Price> = {
  references: { product: "product" },
  hidden: ["inline"],
  included: {
    tiers: (price) => price.tiers,
    currency_options: showCurrencies,
  },
};

/** The amounts in each currency, with the tiers of those that `paths` name, such as `eur.tiers`. */
function showCurrencies(price: Price, paths: string[], _: unknown, store: Store) {
  const options = price.currency_options ?? {};
  const missing = paths.find((path) => !Object.hasOwn(options, path.split(".")[0]!));
  if (missing !== undefined && store.behavior.missing_currency === "refuse") {
    throw invalid(`This property cannot be expanded (currency_options.${missing}).`, "expand");
  }
  return price.currency_options && Object.fromEntries(
    Object.entries(options).map(([code, { tiers, ...option }]) => [
      code,
      tiers && paths.includes(`${code}.tiers`) ? { ...option, tiers } : option,
    ]),
  );
}

const searchFields: SearchFields<Price> = {
  active: { kind: "exact", read: (price) => price.active },
  currency: { kind: "exact", read: (price) => price.currency },
  lookup_key: { kind: "exact", read: (price) => price.lookup_key },
  metadata: { kind: "exact", read: () => null },
  product: { kind: "exact", read: (price) => price.product },
  type: { kind: "exact", read: (price) => price.type },
};

/** https://docs.stripe.com/api/prices */
export const price: Resource<"price", ReturnType<typeof create>, ReturnType<typeof update>, ReturnType<typeof listed>> =
  {
    kind: "price",
    path: "/v1/prices",
    idParam: "price",
    create: {
      params: create,
      run({ product, product_data, ...params }, store) {
        if (product !== undefined && product_data !== undefined) {
          throw invalid("You may only specify one of these parameters: product, product_data.", "product");
        }
        if (product === undefined && product_data === undefined) {
          throw invalid("You must specify either `product` or `product_data` when creating a price.");
        }
        if (product !== undefined && !store.tables.product.live(product)) throw noSuch("product", product, "product");
        const draft = priceOf(params, store);
        draft.lookup_key = takeLookupKey(params.lookup_key, params.transfer_lookup_key, store);
        return store.tables.price.add({ ...draft, product: product ?? createProduct(product_data!, store).id });
      },
    },
    update: {
      params: update,
      run(price, { currency_options, metadata: change, transfer_lookup_key, lookup_key, ...params }, store) {
        if (params.active === false && store.tables.product.live(price.product)?.default_price === price.id) {
          throw invalid("This price cannot be archived because it is the default price of its product.", "active");
        }
        if (
          params.tax_behavior !== undefined && price.tax_behavior !== "unspecified" &&
          params.tax_behavior !== price.tax_behavior
        ) {
          throw invalid(
            "You cannot change `tax_behavior` once it is set to `exclusive` or `inclusive`.",
            "tax_behavior",
          );
        }
        return store.tables.price.replace({
          ...price,
          ...params,
          ...(lookup_key !== undefined &&
            { lookup_key: takeLookupKey(lookup_key, transfer_lookup_key, store, price.id) }),
          currency_options: changeCurrencies(price, currency_options, params.tax_behavior),
          metadata: mergeMetadata(price.metadata, change),
        });
      },
    },
    list: {
      params: listed,
      matches({ active, created, currency, lookup_keys, product, recurring, type }, store) {
        if (product !== undefined && !store.tables.product.live(product)) throw noSuch("product", product, "product");
        return (price) =>
          !price.inline &&
          (active === undefined || price.active === active) &&
          (created === undefined || created(price.created)) &&
          (currency === undefined || price.currency === currency) &&
          (lookup_keys === undefined || (price.lookup_key !== null && lookup_keys.includes(price.lookup_key))) &&
          (product === undefined || price.product === product) &&
          (recurring?.interval === undefined || price.recurring?.interval === recurring.interval) &&
          (recurring?.meter === undefined || price.recurring?.meter === recurring.meter) &&
          (recurring?.usage_type === undefined || price.recurring?.usage_type === recurring.usage_type) &&
          (type === undefined || price.type === type);
      },
    },
    search: searchFields,
  };

/** Keeps the price's own currency in its options; `null` removes all others. */
function changeCurrencies(
  price: Price,
  change: ReturnType<typeof currencyOptions> | null | undefined,
  tax_behavior = price.tax_behavior,
): Price["currency_options"] {
  const { [price.currency]: own, ...others } = price.currency_options!;
  const kept = change === null ? {} : others;
  return { [price.currency]: { ...own!, tax_behavior }, ...kept, ...readCurrencies(change ?? {}, price.currency) };
}

/** Assigns a lookup key, which belongs to one price, archived or not; `transfer` takes it from another price. */
function takeLookupKey(
  key: string | null | undefined,
  transfer: boolean | undefined,
  store: Store,
  by?: string,
): string | null {
  if (!key) return null;
  const holder = store.tables.price.find((price) => price.lookup_key === key && price.id !== by);
  if (holder && !transfer) throw invalid(`A price (\`${holder.id}\`) already uses that lookup key.`, "lookup_key");
  if (holder) store.tables.price.replace({ ...holder, lookup_key: null });
  return key;
}
