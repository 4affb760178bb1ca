/** A link to Stripe's customer portal for the caller or for their organization. */
import { billingOwnerOf } from "../_shared/billing/owner.ts";
import { openPortal } from "../_shared/billing/portal/open_portal.ts";
import { OpenPortal } from "../_shared/contract/portal.ts";
import { confirmKeyWith } from "../_shared/database/client.ts";
import * as customerClaims from "../_shared/database/customer_claims.ts";
import * as mirror from "../_shared/database/mirror.ts";
import * as ownObjects from "../_shared/database/own_objects.ts";
import * as reads from "../_shared/database/reads.ts";
import { requireUser } from "../_shared/http/require_user.ts";
import { route, serve } from "../_shared/http/serve.ts";
import { readAccount } from "../_shared/stripe/account.ts";
import * as checkoutSessions from "../_shared/stripe/checkout_sessions.ts";
import * as mirrored from "../_shared/stripe/mirrored.ts";
import * as portal from "../_shared/stripe/portal.ts";

confirmKeyWith(readAccount);

const gateways = {
  database: { ...customerClaims, ...mirror, ...ownObjects, ...reads },
  stripe: { ...checkoutSessions, ...mirrored, ...portal },
};

export default serve("stripe-portal", {
  POST: route(requireUser, OpenPortal, async (user, input) => {
    return Response.json(await openPortal(billingOwnerOf(user, input.for), input, gateways));
  }),
});
