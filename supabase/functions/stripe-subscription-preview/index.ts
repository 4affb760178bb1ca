/** What a change of a subscription of the caller or of their organization costs. */
import { billingOwnerOf } from "../_shared/billing/owner.ts";
import { previewChange } from "../_shared/billing/portal/preview_change.ts";
import { PreviewChange } from "../_shared/contract/portal.ts";
import { confirmKeyWith } from "../_shared/database/client.ts";
import * as mirror from "../_shared/database/mirror.ts";
import * as ownObjects from "../_shared/database/own_objects.ts";
import * as reads from "../_shared/database/reads.ts";
import { requireUser } from "../_shared/http/require_user.ts";
import { route, serve } from "../_shared/http/serve.ts";
import { readAccount } from "../_shared/stripe/account.ts";
import * as mirrored from "../_shared/stripe/mirrored.ts";
import * as portal from "../_shared/stripe/portal.ts";

confirmKeyWith(readAccount);

const gateways = {
  database: { ...mirror, ...ownObjects, ...reads },
  stripe: { ...mirrored, ...portal },
};

export default serve("stripe-subscription-preview", {
  POST: route(requireUser, PreviewChange, async (user, input) => {
    return Response.json(await previewChange(billingOwnerOf(user, input.for), input, gateways));
  }),
});
