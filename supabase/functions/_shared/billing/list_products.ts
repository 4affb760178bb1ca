import { type ListProducts, ProductPage } from "../contract/products.ts";
import type * as catalogue from "../database/catalogue.ts";
import type { FillGateways } from "./fill_catalogue.ts";
import { createList } from "./list_catalogue.ts";

const list = createList<ListProducts, ProductPage>(ProductPage);

/** A page of the catalogue's products; the same object as long as it is fresh. */
export function listProducts(
  query: ListProducts,
  { database, stripe }: FillGateways & {
    database: Pick<typeof catalogue, "listProducts">;
  },
) {
  return list(query, database.listProducts, { database, stripe });
}
