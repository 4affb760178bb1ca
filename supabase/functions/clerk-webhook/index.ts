/** Clerk's events: each is a hint to ask Clerk for one owner. */
import { processClerkEvent } from "../_shared/billing/departures/process_clerk_event.ts";
import * as instance from "../_shared/clerk/instance.ts";
import * as profiles from "../_shared/clerk/profiles.ts";
import { NoInput } from "../_shared/contract/input.ts";
import { confirmKeyWith } from "../_shared/database/client.ts";
import * as departures from "../_shared/database/departures.ts";
import * as mirror from "../_shared/database/mirror.ts";
import * as webhookEvents from "../_shared/database/webhook_events.ts";
import { requireClerkEvent } from "../_shared/http/require_clerk_event.ts";
import { route, serve } from "../_shared/http/serve.ts";
import { readAccount } from "../_shared/stripe/account.ts";
import * as customers from "../_shared/stripe/customers.ts";
import * as checkoutSessions from "../_shared/stripe/checkout_sessions.ts";
import * as mirrored from "../_shared/stripe/mirrored.ts";
import * as subscriptions from "../_shared/stripe/subscriptions.ts";

confirmKeyWith(readAccount);

const gateways = {
  clerk: { ...instance, ...profiles },
  database: { ...mirror, ...webhookEvents, ...departures },
  stripe: { ...mirrored, ...customers, ...checkoutSessions, ...subscriptions },
};

export default serve("clerk-webhook", {
  POST: route(requireClerkEvent, NoInput, async ({ event }) => Response.json(await processClerkEvent(event, gateways))),
});
