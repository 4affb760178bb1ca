import { handOverReads } from "../reads.ts";
import { rpc } from "./client.ts";
import { json } from "./json.ts";

/** A Stripe object with its `object` field, or `{ id, object, deleted: true }` for a deleted one. */
export type MirroredObject = { id: string; object: string };

/** Draws a ticket, before anything is fetched from Stripe. */
export const drawTicket = () => rpc("draw_ticket", {});

/** Records what was fetched under a ticket, and the reads at Stripe; what a later ticket has recorded stays. */
export const recordObjects = (ticket: number, objects: MirroredObject[]) =>
  handOverReads((reads) => rpc("record_objects", { ticket, objects: json(objects), reads }));
