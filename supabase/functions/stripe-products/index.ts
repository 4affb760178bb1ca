/** The catalog's products, newest first, one page at a time. */
import { listProducts } from "../_shared/billing/catalog/list_products.ts";
import { ListProducts } from "../_shared/contract/products.ts";
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

const list = route(requireCatalogReader, ListProducts, async (_reader, query, request) => {
  return catalogResponse(request, await listProducts(query, gateways));
});

export default serve("stripe-products", { GET: list, POST: list });
