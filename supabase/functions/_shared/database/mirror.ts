import { rpc } from "./client.ts";
import { recordInBatch } from "./event_batches.ts";

/** A Stripe object with its `object` field, or `{ id, object, deleted: true }` for a deleted one. */
export type MirroredObject = { id: string; object: string };

/** Draws a ticket, before anything is fetched from Stripe. */
export const drawTicket = () => rpc("draw_ticket", {});

/** What was fetched under a ticket. */
export interface Fetched {
  ticket: number;
  objects: MirroredObject[];
}

/** Records what was fetched under a ticket, and the reads at Stripe; what a later ticket has recorded stays. */
export const recordObjects = (ticket: number, objects: MirroredObject[]): Promise<void> =>
  recordInBatch({ ticket, objects });
