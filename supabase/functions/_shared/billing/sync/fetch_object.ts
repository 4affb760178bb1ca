import type { ObjectRef } from "../../contract/stripe_events.ts";
import type { MirroredObject } from "../../database/mirror.ts";
import type * as mirrored from "../../stripe/mirrored.ts";

export interface FetchGateways {
  stripe: Pick<typeof mirrored, "retrieveObject">;
}

/**
 * An object as Stripe has it now, or its tombstone. The database takes neither from a key of another account.
 *
 * @throws AppError `stripe_unavailable`
 */
export async function fetchObject(ref: ObjectRef, { stripe }: FetchGateways): Promise<MirroredObject> {
  return await stripe.retrieveObject(ref) ??
    { id: ref.object_id, object: ref.object, deleted: true } as MirroredObject;
}
