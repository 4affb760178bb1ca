import { logWarning } from "../log.ts";
import { lookAt } from "./look_at.ts";
import type { Stretch } from "./pace.ts";
import type { ReconcileGateways } from "./reconcile.ts";

/** So many a run: with a run a minute, seventy thousand a day. */
const MOST = 50;

/** Looks again at what nobody has looked at for longest, and reports what had changed without an event that tells. */
export async function reread(
  stretch: Stretch,
  gateways: ReconcileGateways,
  looked: (drifted: number) => void,
): Promise<void> {
  const { database } = gateways;
  for (const subject of await database.listStalest(MOST)) {
    if (!await stretch.next()) return;
    const ticket = await database.drawTicket();
    const drifted = await database.recordReread(ticket, [await lookAt(subject, gateways)]);
    if (drifted > 0) logWarning(`The mirror of ${subject.object} "${subject.object_id}" had drifted`, undefined);
    looked(drifted);
  }
}
