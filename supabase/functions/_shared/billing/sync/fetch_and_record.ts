import type * as database from "../../database/mirror.ts";

export type Mirror = Pick<typeof database, "drawTicket" | "recordObjects">;

/** Looks at Stripe under a ticket of its own and records what was seen, if there is something to record. */
export async function fetchAndRecord(
  look: () => Promise<database.MirroredObject | null>,
  database: Mirror,
): Promise<void> {
  const ticket = await database.drawTicket();
  const seen = await look();
  if (seen !== null) await database.recordObjects(ticket, [seen]);
}
