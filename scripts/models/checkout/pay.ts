/** A user on Stripe's payment page. */
import { hasEnded } from "./objects.ts";
import type { Process, Steps } from "./process.ts";
import type { Simulation } from "./simulation.ts";

/** How many steps an authentication takes at most, less one. */
const AUTHENTICATION = 4;
const DECLINED = 0.15;

/** @param bankDebits The probability that a bank decides about the payment later */
export function* pay(sim: Simulation, process: Process, id: number, bankDebits: number): Steps<void> {
  const { stripe, random, log } = sim;
  const session = stripe.session(id);
  yield;
  if (session.status !== "open" || session.payment) return;
  session.payment = process;
  log?.(`${process.name} pays session ${id}`);
  if (stripe.createsIncomplete) stripe.subscribe(session);
  for (let left = random.below(AUTHENTICATION); left > 0; left--) yield;

  session.payment = undefined;
  if (!sim.quiescent && random.chance(DECLINED)) return; // or abandoned: the page stays open
  const { status } = stripe.session(id);
  if (status === "expired" && sim.assumptions.expiryIsFinal) {
    const { subscription } = session;
    if (subscription && !hasEnded(subscription)) stripe.setStatus(subscription, "active");
    return;
  }
  if (status === "complete" || session.customer !== stripe.customer) return;

  session.status = "complete";
  const subscription = stripe.subscribe(session);
  if (!session.trial && random.chance(bankDebits)) {
    subscription.bankDebit = true;
    stripe.events.push(subscription.id);
    log?.(`  Stripe completes session ${id}, the bank decides later`);
    return;
  }
  stripe.setStatus(subscription, "active");
}
