import { type ListProducts, ProductPage } from "../../contract/products.ts";
import type * as catalog from "../../database/catalog.ts";
import type { FillGateways } from "./fill_catalog.ts";
import { createList } from "./list_catalog.ts";

const list = createList<ListProducts, ProductPage>(ProductPage);

/** A page of the catalog's products; the same object while it is fresh. */
export function listProducts(
  query: ListProducts,
  { database, stripe }: FillGateways & {
    database: Pick<typeof catalog, "listProducts">;
  },
) {
  return list(query, database.listProducts, { database, stripe });
}
