import type * as mirror from "../../database/mirror.ts";

export type Mirror = Pick<typeof mirror, "drawTicket" | "recordObjects">;

/** Fetches an object under a new ticket and records it; null records nothing. */
export async function fetchAndRecord(
  fetch: () => Promise<mirror.MirroredObject | null>,
  database: Mirror,
): Promise<void> {
  const ticket = await database.drawTicket();
  const object = await fetch();
  if (object !== null) await database.recordObjects(ticket, [object]);
}
