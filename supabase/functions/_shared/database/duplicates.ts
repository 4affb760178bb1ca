import { rpc } from "./client.ts";

/** A slot with more than one live subscription, or with one that is being ended. */
export interface DuplicateSlot {
  owner_id: string;
  customer: string;
  slot: string;
  /** Subscriptions that were entered as duplicates and are not finished. */
  unfinished: string[];
}

/** A session that was handed out for a slot which was taken in another way since. */
export interface ObsoleteSession {
  owner_id: string;
  slot: string;
  session: string;
}

export interface ClaimedDuplicates {
  deployment_id: string;
  slots: DuplicateSlot[];
  sessions: ObsoleteSession[];
}

export const claimDuplicates = (slot_by: string): Promise<ClaimedDuplicates> => rpc("claim_duplicates", { slot_by });

/** Ends the record of a session that can be paid no more. */
export const forgetSession = (obsolete: ObsoleteSession) => rpc("forget_session", { ...obsolete });

/** Enters what is too many before anything is changed at Stripe; `flagged` leaves it to the operator. */
export const enterDuplicates = (
  { owner_id, slot }: DuplicateSlot,
  kept: string,
  subscriptions: string[],
  flagged: boolean,
) => rpc("enter_duplicates", { owner_id, slot, kept, subscriptions, flagged });

export const finishDuplicate = (subscription: string, step: "canceled" | "mended" | "flagged" | "dropped") =>
  rpc("finish_duplicate", { subscription, step });
