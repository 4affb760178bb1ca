/** The caller's Stripe customer: `POST` creates or gets it, `GET` only looks. */
import { ensureCustomer } from "../_shared/billing/customers/ensure_customer.ts";
import { findCustomer } from "../_shared/billing/customers/find_customer.ts";
import * as clerk from "../_shared/clerk/profiles.ts";
import { NoInput } from "../_shared/contract/input.ts";
import * as claims from "../_shared/database/customer_claims.ts";
import * as mirror from "../_shared/database/mirror.ts";
import { requireUser } from "../_shared/http/require_user.ts";
import { route, serve } from "../_shared/http/serve.ts";
import * as account from "../_shared/stripe/account.ts";
import * as customers from "../_shared/stripe/customers.ts";

const gateways = {
  clerk,
  database: { ...claims, ...mirror },
  stripe: { ...account, ...customers },
};

export default serve("stripe-customer", {
  GET: route(
    requireUser,
    NoInput,
    async (user) => Response.json(await findCustomer(user, gateways)),
  ),

  POST: route(requireUser, NoInput, async (user) => {
    const customer = await ensureCustomer(user, gateways);
    return Response.json(customer, { status: customer.created ? 201 : 200 });
  }),
});
