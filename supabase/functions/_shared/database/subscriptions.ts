import type { accessEnv } from "../env.ts";
import { rpc } from "./client.ts";

/** What to fetch for an owner: everything is recorded under the ticket. */
export interface SyncClaim {
  /** Null if a sync was claimed less than three seconds ago. */
  ticket: number | null;
  customer_id: string | null;
  deployment_id: string;
  /** Of the named session, if it is known to be the owner's, complete and paid or free; null: it has to be fetched. */
  payment_status: string | null;
}

/** Claims a sync for an owner, at most once in three seconds. */
export const claimSync = (owner_id: string, session_id: string | undefined) =>
  rpc("claim_sync", { owner_id, session_id });

/** Everything that an owner has bought and what it grants, from the mirror. */
export const readSubscription = (owner_id: string, { slotBy, policy }: ReturnType<typeof accessEnv>) =>
  rpc("read_subscription", { owner_id, slot_by: slotBy, ...policy }) as Promise<unknown>;
