import { type ListPrices, PricePage } from "../../contract/prices.ts";
import type * as catalog from "../../database/catalog.ts";
import { createList, type ListGateways } from "./list_catalog.ts";

const list = createList<ListPrices, PricePage>(PricePage);

/** A page of the catalog's prices; the same object while it is current. */
export function listPrices(
  query: ListPrices,
  { database, stripe }: ListGateways & {
    database: Pick<typeof catalog, "listPrices">;
  },
) {
  return list(query, database.listPrices, { database, stripe });
}
