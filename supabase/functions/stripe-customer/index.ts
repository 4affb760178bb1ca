/** The Stripe customer of the caller or of their organization: `POST` creates it if needed, `GET` only finds it. */
import { ensureCustomer } from "../_shared/billing/customers/ensure_customer.ts";
import { findCustomer } from "../_shared/billing/customers/find_customer.ts";
import { billingOwnerOf } from "../_shared/billing/owner.ts";
import * as profiles from "../_shared/clerk/profiles.ts";
import { CustomerInput } from "../_shared/contract/customer.ts";
import { confirmKeyWith } from "../_shared/database/client.ts";
import * as customerClaims from "../_shared/database/customer_claims.ts";
import * as mirror from "../_shared/database/mirror.ts";
import * as reads from "../_shared/database/reads.ts";
import { requireUser } from "../_shared/http/require_user.ts";
import { route, serve } from "../_shared/http/serve.ts";
import { readAccount } from "../_shared/stripe/account.ts";
import * as customers from "../_shared/stripe/customers.ts";

confirmKeyWith(readAccount);

const gateways = {
  clerk: profiles,
  database: { ...customerClaims, ...mirror, ...reads },
  stripe: customers,
};

export default serve("stripe-customer", {
  GET: route(requireUser, CustomerInput, async (user, input) => {
    return Response.json(await findCustomer(billingOwnerOf(user, input.for), gateways));
  }),

  POST: route(requireUser, CustomerInput, async (user, input) => {
    const customer = await ensureCustomer(billingOwnerOf(user, input.for), user, gateways);
    return Response.json(customer, { status: customer.created ? 201 : 200 });
  }),
});
