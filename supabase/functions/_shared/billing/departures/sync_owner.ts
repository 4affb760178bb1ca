import type * as instance from "../../clerk/instance.ts";
import type { ClerkRef } from "../../contract/clerk_events.ts";
import type { Owner } from "../../contract/owner.ts";
import type * as departures from "../../database/departures.ts";
import type * as webhookEvents from "../../database/webhook_events.ts";
import { AppError } from "../../errors.ts";
import { type RunGateways, runSync, type SyncResult } from "../sync/run_sync.ts";
import { depart, type DepartGateways } from "./depart.ts";
import { type FollowGateways, followProfile } from "./follow_profile.ts";
import { unconfirmed } from "./unconfirmed.ts";

export interface OwnerGateways {
  clerk: FollowGateways["clerk"] & Pick<typeof instance, "readInstanceId">;
  database:
    & DepartGateways["database"]
    & RunGateways["database"]
    & Pick<typeof departures, "findClerkOwner">
    & Pick<typeof webhookEvents, "finishSync">;
  stripe: DepartGateways["stripe"] & FollowGateways["stripe"];
}

/** Does what an owner's events ask for, and finishes them when all of it is done. */
export function syncOwner(ticket: number, ref: ClerkRef, gateways: OwnerGateways): Promise<SyncResult> {
  const settleAndFinish = async () => {
    await settle(ref, gateways);
    await gateways.database.finishSync(ticket, ref);
  };
  return runSync(ticket, ref, settleAndFinish, gateways);
}

/**
 * An event is a hint: Clerk's Backend API says how the owner is now. A departure needs both, a signed event that says that
 * the owner was deleted and an API that no longer has the owner; either alone changes nothing.
 */
async function settle({ object, object_id: id }: ClerkRef, gateways: OwnerGateways): Promise<void> {
  const { clerk, database } = gateways;
  const owner: Owner = { id, kind: object === "clerk.user" ? "user" : "organization" };
  const { customer_id, closed, deletions } = await database.findClerkOwner(id);
  // Most users at Clerk buy nothing.
  if (customer_id === null && deletions.length === 0) return;

  const profile = await clerk.fetchProfile(owner);
  if (profile === null) {
    if (deletions.length > 0) {
      await requireInstance(deletions, gateways);
      return await depart(id, customer_id, gateways);
    }
    if (closed) return;
    throw unconfirmed(`Clerk does not have "${id}", and no signed event says that it was deleted`);
  }
  if (deletions.length > 0) {
    throw unconfirmed(`Clerk still has "${id}", though a signed event says that it was deleted`);
  }
  await followProfile(owner, customer_id!, profile, gateways);
}

/** A key of another instance has none of this one's owners, so its answer says nothing. */
async function requireInstance(instances: string[], { clerk }: OwnerGateways): Promise<void> {
  if (instances.includes(await clerk.readInstanceId())) return;
  throw AppError.notConfigured("CLERK_SECRET_KEY belongs to another Clerk instance than the signed event");
}
