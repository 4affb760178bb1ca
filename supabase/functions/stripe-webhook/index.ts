/** Stripe's events: each is a hint to fetch one object again. */
import { processEvent } from "../_shared/billing/sync/process_event.ts";
import { NoInput } from "../_shared/contract/input.ts";
import { confirmKeyWith } from "../_shared/database/client.ts";
import * as mirror from "../_shared/database/mirror.ts";
import * as webhookEvents from "../_shared/database/webhook_events.ts";
import { requireStripeEvent } from "../_shared/http/require_stripe_event.ts";
import { route, serve } from "../_shared/http/serve.ts";
import { readAccount } from "../_shared/stripe/account.ts";
import * as mirrored from "../_shared/stripe/mirrored.ts";

confirmKeyWith(readAccount);

const gateways = {
  database: { ...mirror, ...webhookEvents },
  stripe: mirrored,
};

export default serve("stripe-webhook", {
  POST: route(requireStripeEvent, NoInput, async ({ event }) => Response.json(await processEvent(event, gateways))),
});
