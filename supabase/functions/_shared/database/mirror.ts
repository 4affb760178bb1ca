import { handOverReads } from "../reads.ts";
import { rpc } from "./client.ts";
import { json } from "./json.ts";
import { batched } from "./batched.ts";

/** A Stripe object with its `object` field, or `{ id, object, deleted: true }` for a deleted one. */
export type MirroredObject = { id: string; object: string };

/** Draws a ticket, before anything is fetched from Stripe. */
export const drawTicket = () => rpc("draw_ticket", {});

/** What was fetched under a ticket. */
interface Fetched {
  ticket: number;
  objects: MirroredObject[];
}

const recordInBatches = batched(async (fetches: Fetched[]) => {
  await handOverReads((reads) => rpc("record_fetches", { fetches: json(fetches), reads }));
  return fetches.map(() => {});
});

/** Records what was fetched under a ticket, and the reads at Stripe; what a later ticket has recorded stays. */
export const recordObjects = (ticket: number, objects: MirroredObject[]): Promise<void> =>
  recordInBatches({ ticket, objects });
