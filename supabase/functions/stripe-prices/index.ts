/** The prices of active products, newest first, one page at a time. */
import { listPrices } from "../_shared/billing/catalog/list_prices.ts";
import { ListPrices } from "../_shared/contract/prices.ts";
import * as catalog from "../_shared/database/catalog.ts";
import * as catalogFill from "../_shared/database/catalog_fill.ts";
import { confirmKeyWith } from "../_shared/database/client.ts";
import * as reads from "../_shared/database/reads.ts";
import { catalogResponse } from "../_shared/http/catalog_response.ts";
import { requireCatalogReader } from "../_shared/http/require_catalog_reader.ts";
import { route, serve } from "../_shared/http/serve.ts";
import { readAccount } from "../_shared/stripe/account.ts";
import * as mirrored from "../_shared/stripe/mirrored.ts";

confirmKeyWith(readAccount);

const gateways = {
  database: { ...catalog, ...catalogFill, ...reads },
  stripe: mirrored,
};

const list = route(requireCatalogReader, ListPrices, async (_reader, query, request) => {
  return catalogResponse(request, await listPrices(query, gateways));
});

export default serve("stripe-prices", { GET: list, POST: list });
