/** A payment page of Stripe for a price on offer: what the owner may have once is sold once. */
import { startCheckout } from "../_shared/billing/checkout/start_checkout.ts";
import * as profiles from "../_shared/clerk/profiles.ts";
import { CheckoutInput } from "../_shared/contract/checkout.ts";
import * as checkouts from "../_shared/database/checkouts.ts";
import { confirmKeyWith } from "../_shared/database/client.ts";
import * as customerClaims from "../_shared/database/customer_claims.ts";
import * as mirror from "../_shared/database/mirror.ts";
import * as reads from "../_shared/database/reads.ts";
import { requireUser } from "../_shared/http/require_user.ts";
import { route, serve } from "../_shared/http/serve.ts";
import { readAccount } from "../_shared/stripe/account.ts";
import * as checkoutSessions from "../_shared/stripe/checkout_sessions.ts";
import * as customers from "../_shared/stripe/customers.ts";
import { retrieveObject } from "../_shared/stripe/mirrored.ts";
import * as subscriptions from "../_shared/stripe/subscriptions.ts";

confirmKeyWith(readAccount);

const gateways = {
  clerk: profiles,
  database: { ...checkouts, ...customerClaims, ...mirror, ...reads },
  stripe: { ...checkoutSessions, ...customers, retrieveObject, ...subscriptions },
};

export default serve("stripe-checkout", {
  POST: route(requireUser, CheckoutInput, async (user, input) => {
    const { checkout, created } = await startCheckout(user, input, gateways);
    return Response.json(checkout, { status: created ? 201 : 200 });
  }),
});
