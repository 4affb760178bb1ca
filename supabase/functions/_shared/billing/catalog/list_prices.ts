import { type ListPrices, PricePage } from "../../contract/prices.ts";
import type * as catalog from "../../database/catalog.ts";
import type { FillGateways } from "./fill_catalog.ts";
import { createList } from "./list_catalog.ts";

const list = createList<ListPrices, PricePage>(PricePage);

/** A page of the catalog's prices; the same object while it is fresh. */
export function listPrices(
  query: ListPrices,
  { database, stripe }: FillGateways & {
    database: Pick<typeof catalog, "listPrices">;
  },
) {
  return list(query, database.listPrices, { database, stripe });
}
