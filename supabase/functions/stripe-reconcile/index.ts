/** Repairs what webhooks missed: called by the scheduler, and by `npm run backfill`. */
import { backfill } from "../_shared/billing/sync/backfill.ts";
import { reconcile, startReconcile } from "../_shared/billing/sync/reconcile.ts";
import * as clerkApi from "../_shared/clerk/api.ts";
import * as instance from "../_shared/clerk/instance.ts";
import * as missingOwners from "../_shared/clerk/missing_owners.ts";
import * as profiles from "../_shared/clerk/profiles.ts";
import { ReconcileInput } from "../_shared/contract/reconcile.ts";
import * as backfillRuns from "../_shared/database/backfill.ts";
import { confirmKeyWith } from "../_shared/database/client.ts";
import { findSlots } from "../_shared/database/checkouts.ts";
import * as departures from "../_shared/database/departures.ts";
import * as duplicates from "../_shared/database/duplicates.ts";
import * as mirror from "../_shared/database/mirror.ts";
import * as reads from "../_shared/database/reads.ts";
import * as reconcileRuns from "../_shared/database/reconcile.ts";
import * as webhookEvents from "../_shared/database/webhook_events.ts";
import { reconcileSecret } from "../_shared/env.ts";
import { requireSecret } from "../_shared/http/require_secret.ts";
import { route, serve } from "../_shared/http/serve.ts";
import { readAccount } from "../_shared/stripe/account.ts";
import * as customers from "../_shared/stripe/customers.ts";
import * as checkoutSessions from "../_shared/stripe/checkout_sessions.ts";
import * as stripeDuplicates from "../_shared/stripe/duplicates.ts";
import * as events from "../_shared/stripe/events.ts";
import * as mirrored from "../_shared/stripe/mirrored.ts";
import * as subscriptions from "../_shared/stripe/subscriptions.ts";

confirmKeyWith(readAccount);

const gateways = {
  clerk: { ...clerkApi, ...instance, ...missingOwners, ...profiles },
  database: {
    ...mirror,
    ...webhookEvents,
    ...reconcileRuns,
    ...backfillRuns,
    ...reads,
    ...departures,
    ...duplicates,
    findSlots,
  },
  stripe: {
    ...customers,
    ...checkoutSessions,
    ...stripeDuplicates,
    ...subscriptions,
    ...events,
    ...mirrored,
  },
};

export default serve("stripe-reconcile", {
  POST: route(requireSecret("scheduler", reconcileSecret), ReconcileInput, async (_scheduler, input) => {
    if (input.backfill !== false) return Response.json(await backfill(input.backfill === "restart", gateways));
    if (input.wait) return Response.json(await reconcile(gateways));
    const answer = await startReconcile(gateways);
    return Response.json(answer, { status: answer.state === "started" ? 202 : 200 });
  }),
});
