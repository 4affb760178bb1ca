/** The expiry of a session. */
import { CallError } from "./call_error.ts";
import type { Steps } from "./process.ts";
import { requestStripe } from "./services.ts";
import type { Simulation } from "./simulation.ts";
import type { Expiry } from "./stripe.ts";

/**
 * Expires the session, until Stripe says that it can be paid no more. One that is complete is as good, because the
 * subscriptions are listed afterwards. @throws CallError
 */
export function* settleSession(sim: Simulation, id: number): Steps<void> {
  if (!sim.guards.expiryIsAcknowledged) return yield* tryToExpire(sim, id);
  const expiry = yield* expire(sim, id);
  if (expiry === "busy") throw new CallError("checkout_in_progress");
}

function* expire(sim: Simulation, id: number): Steps<Expiry> {
  const { stripe } = sim;
  try {
    return yield* requestStripe(sim, () => stripe.expireSession(id));
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const { status } = yield* requestStripe(sim, () => stripe.retrieveSession(id));
    return status === "open" ? "busy" : status;
  }
}

/** Expires the session if Stripe answers. */
export function* tryToExpire(sim: Simulation, id: number): Steps<void> {
  try {
    yield* requestStripe(sim, () => sim.stripe.expireSession(id));
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
  }
}
