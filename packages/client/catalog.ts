/** The keys of a Stripe account. `npm run types:catalog` writes the ones of yours, for `createBilling<Catalog>`. */
export interface AnyCatalog {
  /** The lookup keys of prices. */
  lookup_key: string;
  /** The lookup keys of features. */
  entitlement: string;
}

/** A price to buy: its lookup key, or its id. */
export type PriceOf<Catalog extends AnyCatalog> = string extends Catalog["lookup_key"] ? string
  : Catalog["lookup_key"] | `price_${string}`;

type Narrowed<Input, Catalog extends AnyCatalog> = {
  [Field in keyof Input]: Field extends "price" ? PriceOf<Catalog> : Input[Field];
};

/** An input, or each alternative of one, whose `price` is one of the catalog's. */
export type WithPrice<Input, Catalog extends AnyCatalog> = Input extends unknown ? Narrowed<Input, Catalog> : never;
