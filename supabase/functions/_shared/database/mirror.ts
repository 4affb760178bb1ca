import { json, rpc } from "./client.ts";

/** Stripe's objects with their `object` field, or `{ id, object, deleted: true }` for what is gone. */
export type MirroredObject = { id: string; object: string };

/** To be drawn before looking at Stripe. */
export const drawTicket = () => rpc("draw_ticket", {});

/** Records what was seen under a ticket; what a later ticket has recorded stays. */
export const recordObjects = (ticket: number, objects: MirroredObject[]) =>
  rpc("record_objects", { ticket, objects: json(objects) });

/** @throws AppError `not_configured` when the database belongs to another Stripe account */
export const confirmAccount = (stripe_account: string) => rpc("confirm_account", { stripe_account });
