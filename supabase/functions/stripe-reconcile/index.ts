/** What no webhook brought, found again: called by the scheduler, and by `npm run backfill`. */
import { backfill } from "../_shared/billing/sync/backfill.ts";
import { reconcile } from "../_shared/billing/sync/reconcile.ts";
import { ReconcileInput } from "../_shared/contract/reconcile.ts";
import * as backfills from "../_shared/database/backfill.ts";
import * as mirror from "../_shared/database/mirror.ts";
import * as runs from "../_shared/database/reconcile.ts";
import * as ledger from "../_shared/database/webhook_events.ts";
import { reconcileSecret } from "../_shared/env.ts";
import { requireSecret } from "../_shared/http/require_secret.ts";
import { route, serve } from "../_shared/http/serve.ts";
import * as account from "../_shared/stripe/account.ts";
import * as catalog from "../_shared/stripe/catalog.ts";
import * as lists from "../_shared/stripe/lists.ts";
import * as objects from "../_shared/stripe/objects.ts";

const gateways = {
  database: { ...mirror, ...ledger, ...runs, ...backfills },
  stripe: { ...account, ...catalog, ...lists, ...objects },
};

export default serve("stripe-reconcile", {
  POST: route(requireSecret("scheduler", reconcileSecret), ReconcileInput, async (_scheduler, input) => {
    if (input.backfill === false) return Response.json(await reconcile(gateways));
    return Response.json(await backfill(input.backfill === "restart", gateways));
  }),
});
