import { logWarning } from "../log.ts";
import { isPermanent } from "./look_and_record.ts";
import { lookAt } from "./look_at.ts";
import type { Stretch } from "./pace.ts";
import type { ReconcileGateways } from "./reconcile.ts";

/** So many a run: with a run a minute, seventy thousand a day. */
const MOST = 50;

/**
 * Looks again at what nobody has looked at for longest, and reports what had changed without an event that tells. One
 * object that cannot be read or recorded keeps no other from its turn.
 *
 * @param looked Told for each object how many had changed, 1 or 0; null of a look that failed.
 */
export async function reread(
  stretch: Stretch,
  gateways: ReconcileGateways,
  looked: (drifted: number | null) => void,
): Promise<void> {
  const { database } = gateways;
  for (const subject of await database.listStalest(MOST)) {
    if (!await stretch.next()) return;
    const ticket = await database.drawTicket();
    const name = `${subject.object} "${subject.object_id}"`;
    try {
      const drifted = await database.recordReread(ticket, [await lookAt(subject, gateways)]);
      if (drifted > 0) logWarning(`The mirror of ${name} had drifted`, undefined);
      looked(drifted);
    } catch (error) {
      if (!isPermanent(error)) throw error;
      logWarning(`The mirror of ${name} could not be compared`, error);
      looked(null);
    }
  }
}
