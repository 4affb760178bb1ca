/** Stripe's events: each is a hint to look again at one object. */
import { processEvent } from "../_shared/billing/sync/process_event.ts";
import { NoInput } from "../_shared/contract/input.ts";
import * as mirror from "../_shared/database/mirror.ts";
import * as ledger from "../_shared/database/webhook_events.ts";
import { requireStripeEvent } from "../_shared/http/require_stripe_event.ts";
import { route, serve } from "../_shared/http/serve.ts";
import * as account from "../_shared/stripe/account.ts";
import * as objects from "../_shared/stripe/objects.ts";

const gateways = {
  database: { ...mirror, ...ledger },
  stripe: { ...account, ...objects },
};

export default serve("stripe-webhook", {
  POST: route(requireStripeEvent, NoInput, async ({ event }) => Response.json(await processEvent(event, gateways))),
});
