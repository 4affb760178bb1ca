import type { ObjectRef } from "../../contract/stripe_events.ts";
import type { MirroredObject } from "../../database/mirror.ts";
import type * as mirrored from "../../stripe/mirrored.ts";
import { type AccountGateways, confirmAccount } from "./confirm_account.ts";

export interface FetchGateways {
  database: AccountGateways["database"];
  stripe: Pick<typeof mirrored, "retrieveObject"> & AccountGateways["stripe"];
}

/**
 * An object as Stripe has it now, or its tombstone.
 *
 * @throws AppError `stripe_unavailable`; `not_configured` when the object is missing because the key is another account's
 */
export async function fetchObject(ref: ObjectRef, gateways: FetchGateways): Promise<MirroredObject> {
  const object = await gateways.stripe.retrieveObject(ref);
  if (object !== null) return object;
  await confirmAccount(gateways);
  return { id: ref.object_id, object: ref.object, deleted: true } as MirroredObject;
}
