import { type ListProducts, ProductPage } from "../../contract/products.ts";
import type * as catalog from "../../database/catalog.ts";
import { createList, type ListGateways } from "./list_catalog.ts";

const list = createList<ListProducts, ProductPage>(ProductPage);

/** A page of the catalog's products; the same object while it is current. */
export function listProducts(
  query: ListProducts,
  { database, stripe }: ListGateways & {
    database: Pick<typeof catalog, "listProducts">;
  },
) {
  return list(query, database.listProducts, { database, stripe });
}
