import type { Subject } from "../contract/stripe_events.ts";
import type { Mirrored } from "../database/mirror.ts";
import type * as objects from "../stripe/objects.ts";
import { type AccountGateways, confirmAccount } from "./confirm_account.ts";

export interface LookGateways {
  database: AccountGateways["database"];
  stripe: Pick<typeof objects, "readObject"> & AccountGateways["stripe"];
}

/**
 * An object as Stripe has it now, or its tombstone.
 *
 * @throws AppError `stripe_unavailable`, `not_configured` when what seems gone is another account's
 */
export async function lookAt(subject: Subject, gateways: LookGateways): Promise<Mirrored> {
  const seen = await gateways.stripe.readObject(subject);
  if (seen !== null) return seen;
  await confirmAccount(gateways);
  return { id: subject.object_id, object: subject.object, deleted: true } as Mirrored;
}
