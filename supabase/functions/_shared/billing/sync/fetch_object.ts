import type { ObjectRef } from "../../contract/stripe_events.ts";
import type { MirroredObject } from "../../database/mirror.ts";
import type * as objects from "../../stripe/objects.ts";
import { type AccountGateways, confirmAccount } from "./confirm_account.ts";

export interface FetchGateways {
  database: AccountGateways["database"];
  stripe: Pick<typeof objects, "readObject"> & AccountGateways["stripe"];
}

/**
 * An object as Stripe has it now, or its tombstone.
 *
 * @throws AppError `stripe_unavailable`, `not_configured` when what seems gone is another account's
 */
export async function fetchObject(ref: ObjectRef, gateways: FetchGateways): Promise<MirroredObject> {
  const seen = await gateways.stripe.readObject(ref);
  if (seen !== null) return seen;
  await confirmAccount(gateways);
  return { id: ref.object_id, object: ref.object, deleted: true } as MirroredObject;
}
