import { invalid, StripeError } from "../../core/errors.ts";
import { randomId } from "../../core/ids.ts";
import { mergeMetadata, metadata } from "../../core/metadata.ts";
import {
  boolean,
  fields,
  list,
  newId,
  number,
  optionalText,
  optionalTextUpTo,
  orUnset,
  type Param,
  text,
  textUpTo,
} from "../../core/params.ts";
import type { Store } from "../../core/store.ts";
import type { Product } from "../../core/wire.ts";

const url: Param<string> = (value, param) => {
  if (URL.canParse(text(value, param))) return value as string;
  throw invalid("Not a valid URL", param, "url_invalid");
};

/** The parameters of both create and update. */
export const writable = {
  active: boolean,
  description: optionalText,
  images: list(url, 8),
  marketing_features: list(fields({ name: textUpTo(80) }, "name"), 15),
  metadata,
  name: text,
  package_dimensions: orUnset(
    fields({ height: number, length: number, weight: number, width: number }, "height", "length", "weight", "width"),
  ),
  shippable: boolean,
  statement_descriptor: optionalTextUpTo(22),
  tax_code: optionalText,
  unit_label: optionalText,
  url: orUnset(url),
};

/** The parameters of a product that `price_data` of Checkout creates. */
export const inlineProductData = fields({
  description: text,
  images: list(url, 8),
  metadata,
  name: text,
  tax_code: text,
  unit_label: text,
}, "name");

/** The parameters of a product that a price creates. */
export const productData = fields({
  active: boolean,
  id: newId,
  metadata,
  name: text,
  statement_descriptor: textUpTo(22),
  tax_code: text,
  unit_label: optionalText,
}, "name");

type Writable = { [Name in keyof typeof writable]?: ReturnType<(typeof writable)[Name]> };
type ProductParams = Writable & { id?: string; name: string; type?: Product["type"] };

export function createProduct(params: ProductParams, store: Store): Product {
  const { id = randomId("prod_"), metadata: change, ...rest } = params;
  if (store.tables.product.live(id)) {
    throw new StripeError(400, { code: "resource_already_exists", message: "Product already exists.", param: "id" });
  }
  return store.tables.product.add({
    id,
    object: "product",
    active: true,
    created: store.time(),
    default_price: null,
    description: null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: mergeMetadata({}, change),
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: "service",
    unit_label: null,
    updated: store.time(),
    url: null,
    ...rest,
  });
}
