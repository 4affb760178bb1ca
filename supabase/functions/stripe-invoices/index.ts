/** The invoices of the caller or of their organization, newest first, one page at a time; or one that is named. */
import { listInvoices } from "../_shared/billing/invoices/list_invoices.ts";
import { billingOwnerOf } from "../_shared/billing/owner.ts";
import { ListInvoices } from "../_shared/contract/invoices.ts";
import { confirmKeyWith } from "../_shared/database/client.ts";
import * as mirror from "../_shared/database/mirror.ts";
import * as ownObjects from "../_shared/database/own_objects.ts";
import * as reads from "../_shared/database/reads.ts";
import { requireUser } from "../_shared/http/require_user.ts";
import { route, serve } from "../_shared/http/serve.ts";
import { readAccount } from "../_shared/stripe/account.ts";
import * as mirrored from "../_shared/stripe/mirrored.ts";

confirmKeyWith(readAccount);

const gateways = {
  database: { ...mirror, ...ownObjects, ...reads },
  stripe: mirrored,
};

const list = route(requireUser, ListInvoices, async (user, input) => {
  return Response.json(await listInvoices(billingOwnerOf(user, input.for), input, gateways));
});

export default serve("stripe-invoices", { GET: list, POST: list });
