/** A webhook or a reconcile run: fetch, record, expire the slot's session, cancel duplicates. */
import { cancelDuplicates } from "./cancel_duplicates.ts";
import { isActive } from "./objects.ts";
import type { Process, Steps } from "./process.ts";
import { requestStripe, rpc } from "./services.ts";
import { tryToExpire } from "./settle_session.ts";
import type { Simulation } from "./simulation.ts";

export function* syncSubscription(sim: Simulation, process: Process, id: number): Steps<void> {
  const { guards, stripe, database } = sim;
  const subscription = yield* requestStripe(sim, () => stripe.retrieveSubscription(id));
  const recorded = yield* rpc(sim, () => {
    database.recordSubscriptions([subscription]);
    return database.row.sessions[subscription.slot];
  });
  if (isActive(subscription) && guards.liveSubscriptionExpiresSession && recorded !== undefined) {
    yield* tryToExpire(sim, recorded);
  }
  if (guards.duplicatesAreCanceled) yield* cancelDuplicates(sim, process, subscription);
}
