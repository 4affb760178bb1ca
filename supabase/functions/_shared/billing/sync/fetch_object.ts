import type { ObjectRef } from "../../contract/stripe_events.ts";
import type { MirroredObject } from "../../database/mirror.ts";
import { logWarning } from "../../log.ts";
import { isForbidden } from "../../stripe/errors.ts";
import { companionsOf } from "../../stripe/mirrored.ts";
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

/**
 * The object, and what is fetched with it because no event tells of it. A companion that the key may not read is left
 * out: it must not block the object.
 *
 * @throws AppError `stripe_unavailable`
 */
export async function fetchWithCompanions(ref: ObjectRef, gateways: FetchGateways): Promise<MirroredObject[]> {
  const object = await fetchObject(ref, gateways);
  const fetched = [object];
  for (const companion of companionsOf(object)) {
    try {
      fetched.push(await fetchObject(companion, gateways));
    } catch (error) {
      if (!isForbidden(error)) throw error;
      logWarning(`The key may not read the ${companion.object} of a ${ref.object}: grant the permission`, error);
    }
  }
  return fetched;
}
