/** Ends a subscription of the caller or of their organization with its period, or resumes it. */
import { billingOwnerOf } from "../_shared/billing/owner.ts";
import { updateSubscription } from "../_shared/billing/subscriptions/update_subscription.ts";
import { UpdateSubscription } from "../_shared/contract/subscription_update.ts";
import { confirmKeyWith } from "../_shared/database/client.ts";
import * as mirror from "../_shared/database/mirror.ts";
import * as ownObjects from "../_shared/database/own_objects.ts";
import * as subscriptions from "../_shared/database/subscriptions.ts";
import { requireUser } from "../_shared/http/require_user.ts";
import { route, serve } from "../_shared/http/serve.ts";
import { readAccount } from "../_shared/stripe/account.ts";
import * as mirrored from "../_shared/stripe/mirrored.ts";
import * as stripeSubscriptions from "../_shared/stripe/subscriptions.ts";

confirmKeyWith(readAccount);

const gateways = {
  database: { ...mirror, ...ownObjects, ...subscriptions },
  stripe: { ...mirrored, ...stripeSubscriptions },
};

export default serve("stripe-subscription-update", {
  POST: route(requireUser, UpdateSubscription, async (user, input) => {
    return Response.json(await updateSubscription(billingOwnerOf(user, input.for), input, gateways));
  }),
});
