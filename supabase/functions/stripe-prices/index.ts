/** The prices of active products, newest first, a page at a time. */
import { listPrices } from "../_shared/billing/list_prices.ts";
import { ListPrices } from "../_shared/contract/prices.ts";
import * as catalogue from "../_shared/database/catalogue.ts";
import * as fill from "../_shared/database/catalogue_fill.ts";
import * as mirror from "../_shared/database/mirror.ts";
import { catalogueResponse } from "../_shared/http/catalogue_response.ts";
import { requireCatalogueReader } from "../_shared/http/require_catalogue_reader.ts";
import { route, serve } from "../_shared/http/serve.ts";
import * as account from "../_shared/stripe/account.ts";
import * as lists from "../_shared/stripe/catalogue.ts";

const gateways = {
  database: { ...catalogue, ...fill, ...mirror },
  stripe: { ...account, ...lists },
};

const list = route(
  requireCatalogueReader,
  ListPrices,
  async (_reader, query, request) => {
    return catalogueResponse(request, await listPrices(query, gateways));
  },
);

export default serve("stripe-prices", { GET: list, POST: list });
