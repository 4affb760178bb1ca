/** `user.deleted`: nothing can be bought, then no session is open, then nothing is live. Any worker may repeat it. */
import { hasEnded } from "./objects.ts";
import type { Steps } from "./process.ts";
import { requestStripe, rpc } from "./services.ts";
import { settleSession } from "./settle_session.ts";
import type { Simulation } from "./simulation.ts";

export function* depart(sim: Simulation): Steps<void> {
  const { stripe, database } = sim;
  yield* rpc(sim, () => database.closeCheckouts());
  for (const { id } of yield* requestStripe(sim, () => stripe.listOpenSessions(stripe.customer))) {
    yield* settleSession(sim, id);
  }
  for (const subscription of yield* requestStripe(sim, () => stripe.listSubscriptions(stripe.customer))) {
    if (!hasEnded(subscription)) yield* requestStripe(sim, () => stripe.cancelSubscription(subscription.id));
  }
  sim.departureDone = true;
}
