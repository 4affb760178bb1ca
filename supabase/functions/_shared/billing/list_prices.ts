import { type ListPrices, PricePage } from "../contract/prices.ts";
import type * as catalogue from "../database/catalogue.ts";
import type { FillGateways } from "./fill_catalogue.ts";
import { createList } from "./list_catalogue.ts";

const list = createList<ListPrices, PricePage>(PricePage);

/** A page of the catalogue's prices; the same object as long as it is fresh. */
export function listPrices(
  query: ListPrices,
  { database, stripe }: FillGateways & {
    database: Pick<typeof catalogue, "listPrices">;
  },
) {
  return list(query, database.listPrices, { database, stripe });
}
