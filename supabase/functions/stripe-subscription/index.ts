/** What the caller or their organization has bought, and what it grants. */
import { findSubscription } from "../_shared/billing/subscriptions/find_subscription.ts";
import { SubscriptionInput } from "../_shared/contract/subscription.ts";
import { confirmKeyWith } from "../_shared/database/client.ts";
import * as mirror from "../_shared/database/mirror.ts";
import * as subscriptions from "../_shared/database/subscriptions.ts";
import { requireUser } from "../_shared/http/require_user.ts";
import { route, serve } from "../_shared/http/serve.ts";
import { readAccount } from "../_shared/stripe/account.ts";
import * as checkoutSessions from "../_shared/stripe/checkout_sessions.ts";
import * as mirrored from "../_shared/stripe/mirrored.ts";
import * as listed from "../_shared/stripe/subscriptions.ts";

confirmKeyWith(readAccount);

const gateways = {
  database: { ...mirror, ...subscriptions },
  stripe: { ...checkoutSessions, ...listed, ...mirrored },
};

const answer = route(requireUser, SubscriptionInput, async (user, input) => {
  return Response.json(await findSubscription(user, input, gateways));
});

export default serve("stripe-subscription", { GET: answer, POST: answer });
