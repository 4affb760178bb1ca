/** The second part of a schedule: no more faults occur, and every call gets an answer. */
import { checkout } from "./checkout.ts";
import { RECENT } from "./database.ts";
import { depart } from "./depart.ts";
import { Violation } from "./invariants.ts";
import { hasEnded, isActive, isIncomplete, type Price, SLOT_OF, SLOTS } from "./objects.ts";
import { pay } from "./pay.ts";
import type { Process } from "./process.ts";
import type { Simulation } from "./simulation.ts";
import { syncSubscription } from "./sync_subscription.ts";

const DAY = 24 * 3600;

export function runToQuiescence(sim: Simulation): void {
  const { stripe, random } = sim;
  sim.quiescent = true;
  sim.log?.("Quiescence");
  sim.finishAll();
  for (const subscription of stripe.subscriptions) {
    if (subscription.bankDebit && isIncomplete(subscription)) {
      stripe.setStatus(subscription, random.pick(["active", "incomplete_expired"]));
    }
  }
  sim.advance(RECENT + 1);
  if (sim.departed) checkDeparted(sim);
  else if (sim.assumptions.onlyCheckoutsSell) checkCalls(sim);
  else checkDuplicates(sim);
}

const call = (sim: Simulation, name: string, price: Price): Process =>
  sim.runAlone(name, (process) => checkout(sim, process, price));

function payAll(sim: Simulation): void {
  for (const id of sim.handedOut) sim.runAlone("a last payment", (process) => pay(sim, process, id, 0));
}

function checkDeparted(sim: Simulation): void {
  const { guards, stripe } = sim;
  // The ledger's event waits until the departure is done.
  if (guards.departureIsResumed && !sim.departureDone) sim.runAlone("the departure again", () => depart(sim));
  sim.departureDone = true;
  if (stripe.listSubscriptions(stripe.customer).some((subscription) => !hasEnded(subscription))) {
    throw new Violation("departedOwnerPaysNothing");
  }
  payAll(sim);
  const { error } = call(sim, "a last call", "monthly");
  if (error?.code !== "account_closed" && guards.closedOwnerCannotBuy) throw new Violation("callsAreAnswered");
}

function checkDuplicates(sim: Simulation): void {
  const { stripe, database: { duplicates } } = sim;
  for (const { id } of stripe.subscriptions) {
    sim.runAlone("a reconcile run", (process) => syncSubscription(sim, process, id));
  }
  for (const slot of SLOTS) {
    const live = stripe.active(slot);
    if (live.some(({ session }) => session === undefined)) continue; // flagged for the operator
    const hadDuplicates = stripe.subscriptions.some((one) => one.slot === slot && duplicates.has(one.id));
    const lostAll = hadDuplicates && live.length === 0 && !sim.ownerHasCanceled;
    if (live.length > 1 || lostAll) throw new Violation("oldestDuplicateIsKept");
  }
  for (const { id, session, paid, refunds } of stripe.subscriptions) {
    if (refunds > 1 || (duplicates.has(id) && paid && refunds !== 1)) throw new Violation("duplicateIsRefundedOnce");
    if (session === undefined && duplicates.has(id)) throw new Violation("operatorsSubscriptionIsKept");
  }
}

function checkCalls(sim: Simulation): void {
  const { random } = sim;
  for (let round = 0; round < 2; round++) {
    const prices: Price[][] = [["monthly", "addon"], ["addon", "yearly"], ["yearly", "monthly"]];
    for (const price of random.pick(prices)) requireAnswer(sim, price);
    requireOneOpenPerSlot(sim);
    sim.advance(DAY + 3600);
  }
  checkDoubleClick(sim, random.pick<Price>(["monthly", "addon"]));
}

function requireOneOpenPerSlot({ stripe }: Simulation): void {
  if (SLOTS.some((slot) => stripe.openSessions(slot).length > 1)) throw new Violation("atMostOneOpenPerSlot");
}

/** Two simultaneous calls for a free slot get one session. It is paid, then the next call is refused. */
function checkDoubleClick(sim: Simulation, price: Price): void {
  const { stripe } = sim;
  if (occupying(sim, price).length > 0) return;
  const [first, second] = [1, 2].map((number) =>
    sim.start(`click ${number}`, (process) => checkout(sim, process, price))
  );
  sim.finishAll();
  if (first!.answer === undefined || first!.answer.id !== second!.answer?.id) {
    throw new Violation("doubleClickGetsOneSession");
  }
  requireOneOpenPerSlot(sim);
  payAll(sim);
  for (const subscription of stripe.subscriptions) {
    if (subscription.bankDebit && isIncomplete(subscription)) stripe.setStatus(subscription, "active");
  }
  requireAnswer(sim, price);
}

/** What occupies the slot of the price. */
const occupying = ({ stripe }: Simulation, price: Price) =>
  stripe.listSubscriptions(stripe.customer).filter((one) => one.slot === SLOT_OF[price] && !hasEnded(one));

function requireAnswer(sim: Simulation, price: Price): void {
  const { stripe } = sim;
  const { answer, error } = call(sim, `a call at quiescence (${price})`, price);
  const present = occupying(sim, price);
  if (error?.code === "already_subscribed" && present.some(isActive)) return;
  if (error?.code === "payment_pending" && present.some(({ bankDebit }) => bankDebit)) return;
  if (answer === undefined || present.some(({ session }) => session !== answer.id)) {
    throw new Violation("callsAreAnswered");
  }
  const session = stripe.session(answer.id);
  if (session.status !== "open" || session.price !== price) throw new Violation("callsAreAnswered");
  const pending = stripe.subscriptions.some((one) => one.trial && !hasEnded(one));
  if (sim.offersTrial && !session.trial && stripe.trials === 0 && !pending) throw new Violation("trialIsKeptUntilUsed");
}
