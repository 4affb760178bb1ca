import { logWarning } from "../log.ts";
import { isPermanent } from "./look_and_record.ts";
import { lookAt } from "./look_at.ts";
import type { Stretch } from "./pace.ts";
import type { ReconcileGateways } from "./reconcile.ts";

/** So many a run: with a run a minute, seventy thousand a day. */
const MOST = 50;

/**
 * Looks again at what nobody has looked at for longest, and reports what had changed without an event that tells. One
 * object that cannot be read or recorded keeps no other from its turn; after any other failure there is a next run.
 *
 * @returns How many were looked at, how many of them had changed, and how many looks failed.
 */
export async function rereadStalest(stretch: Stretch, gateways: ReconcileGateways) {
  const { database } = gateways;
  const done = { reread: 0, drifted: 0, failed: 0 };
  if (!stretch.goesOn) return done;
  for (const subject of await database.listStalest(MOST)) {
    if (!await stretch.next()) break;
    const ticket = await database.drawTicket();
    const name = `${subject.object} "${subject.object_id}"`;
    try {
      const drifted = await database.recordReread(ticket, [await lookAt(subject, gateways)]);
      if (drifted > 0) logWarning(`The mirror of ${name} had drifted`, undefined);
      done.reread++;
      done.drifted += drifted;
    } catch (error) {
      logWarning(`The mirror of ${name} could not be compared`, error);
      done.failed++;
      if (!isPermanent(error)) break;
    }
  }
  return done;
}
