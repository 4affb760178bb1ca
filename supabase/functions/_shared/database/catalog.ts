import type { ListPrices } from "../contract/prices.ts";
import type { ListProducts } from "../contract/products.ts";
import { rpc } from "./client.ts";
import { unlessUnknownCursor } from "./errors.ts";

/** The state of the catalog. */
export interface CatalogVersion {
  /** Grows with each change of a product or a price. */
  version: number;
  /** `empty`: never listed to the end. `due`: old enough to be listed again. */
  catalog: "empty" | "due" | "fresh";
}

/** A page of mirrored objects. It is as new as its version, or newer. */
export interface MirrorPage extends CatalogVersion {
  data: unknown[];
  has_more: boolean;
  next_cursor: string | null;
}

/** The version of the catalog, far cheaper than a page. */
export const readVersion = () => rpc("read_catalog_version", {});

/** A page of products, newest first. */
export const listProducts = ({ limit, ...query }: ListProducts) =>
  unlessUnknownCursor(rpc("list_products", { ...query, page_size: limit }));

/** A page of prices of active products, newest first. */
export const listPrices = ({ limit, interval, lookup_key, ...query }: ListPrices) =>
  unlessUnknownCursor(
    rpc("list_prices", { ...query, page_size: limit, recurring_interval: interval, lookup_keys: lookup_key }),
  );
