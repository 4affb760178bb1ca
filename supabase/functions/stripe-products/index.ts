/** The catalogue's products, newest first, a page at a time. */
import { listProducts } from "../_shared/billing/list_products.ts";
import { ListProducts } from "../_shared/contract/products.ts";
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
  ListProducts,
  async (_reader, query, request) => {
    return catalogueResponse(request, await listProducts(query, gateways));
  },
);

export default serve("stripe-products", { GET: list, POST: list });
