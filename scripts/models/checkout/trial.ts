/** Whether the session offers the trial. */
import { CallError } from "./call_error.ts";
import type { Begun } from "./database.ts";
import { hasEnded, type Session, type Subscription } from "./objects.ts";
import type { Steps } from "./process.ts";
import { requestStripe } from "./services.ts";
import type { Simulation } from "./simulation.ts";

/** @throws CallError `checkout_busy` while another session offers the trial */
export function* decideTrial(
  sim: Simulation,
  { trialUsed, trialSession }: Begun,
  subscriptions: readonly Subscription[],
  candidate: Session | undefined,
): Steps<boolean> {
  const { guards, stripe } = sim;
  if (!sim.offersTrial || trialUsed) return false;
  const counts = (subscription: Subscription) =>
    guards.endedTrialsCount ? subscription.started || !hasEnded(subscription) : !hasEnded(subscription);
  if (subscriptions.some((subscription) => subscription.trial && counts(subscription))) return false;

  if (trialSession === undefined || trialSession === candidate?.id) return true;
  if (!guards.expiredOfferIsNoTrial) return false;
  const { status, customer } = yield* requestStripe(sim, () => stripe.retrieveSession(trialSession));
  if (status === "complete") return !guards.endedTrialsCount;
  if (customer !== stripe.customer && guards.trialsOfDeletedCustomersCount) {
    const earlier = yield* requestStripe(sim, () => stripe.listSubscriptions(customer));
    if (earlier.some(({ trial, started }) => trial && started)) return false;
  }
  if (status === "open" && guards.openTrialIsExpiredFirst) throw new CallError("checkout_busy");
  return true;
}
