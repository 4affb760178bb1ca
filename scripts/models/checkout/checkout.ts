/** `POST stripe-checkout` step by step: settle open sessions, list subscriptions, create, compare and set, answer. */
import { CallError } from "./call_error.ts";
import { type Begun, RECENT } from "./database.ts";
import { Violation } from "./invariants.ts";
import { hasEnded, isActive, isIncomplete, type Price, type Session, SLOT_OF, type Subscription } from "./objects.ts";
import type { Process, Steps } from "./process.ts";
import { requestStripe, rpc } from "./services.ts";
import { settleSession, tryToExpire } from "./settle_session.ts";
import type { Simulation } from "./simulation.ts";
import { decideTrial } from "./trial.ts";

const ROUNDS = 3;

/** A session that expires sooner, in seconds, is not handed out again. */
const SPARE_TIME = 900;

export function* checkout(sim: Simulation, process: Process, price: Price): Steps<void> {
  const { guards, stripe, database } = sim;
  const slot = SLOT_OF[price];
  for (let round = 0; round < ROUNDS; round++) {
    const { customer } = stripe; // ensureCustomer has a model of its own
    const begun = yield* rpc(sim, () => database.beginCheckout());
    if (begun.closed && guards.closedOwnerCannotBuy) throw new CallError("account_closed");

    const early = guards.sessionsAreExpiredBeforeListing ? undefined : yield* listSubscriptions(sim, customer);
    const candidate = yield* settleOpenSessions(sim, customer, begun, price);
    const listed = early ?? (yield* listSubscriptions(sim, customer));
    const subscriptions = yield* voidObsolete(sim, listed, slot, candidate);
    yield* requireFreeSlot(sim, subscriptions.filter((subscription) => subscription.slot === slot), candidate);

    const trial = yield* decideTrial(sim, begun, subscriptions, candidate);
    if (candidate) {
      const fits = candidate.trial === trial || !guards.reuseComparesRequest || !guards.onlyOpenSessionsAreReused;
      if (fits) return answer(sim, process, price, candidate);
      yield* settleSession(sim, candidate.id);
      continue;
    }

    const key = guards.creationKeyIsUnique ? `${stripe.nextId()}` : `${begun.attempt} ${price} ${trial}`;
    const session = yield* requestStripe(sim, () => stripe.createSession(customer, slot, price, trial), key);
    if (session === undefined) throw new CallError("customer_busy");
    const won = yield* rpc(sim, () => database.handOut(begun, session));
    if (won) return answer(sim, process, price, session);
    if (guards.loserExpiresItsSession) yield* tryToExpire(sim, session.id);
  }
  throw new CallError("checkout_busy");
}

/** Expires every open session that must not be paid any more. @returns the session that the call may answer again */
function* settleOpenSessions(
  sim: Simulation,
  customer: number,
  begun: Begun,
  price: Price,
): Steps<Session | undefined> {
  const { guards, stripe } = sim;
  const slot = SLOT_OF[price];
  const recorded = begun.sessions[slot];
  const open = yield* requestStripe(sim, () => stripe.listOpenSessions(customer));
  const fits = (session: Session) =>
    session.id === recorded && (session.price === price || !guards.reuseComparesRequest) &&
    session.expiresAt - sim.now > SPARE_TIME;
  const candidate = open.find(fits);
  for (const session of open) {
    if (session === candidate) continue;
    if (session.id !== begun.sessions[session.slot]) {
      yield* expireUnrecorded(sim, session);
    } else if (
      session.slot === slot
        ? guards.recordedSessionIsExpired
        : session.trial && guards.openTrialIsExpiredFirst && !begun.trialUsed
    ) {
      yield* settleSession(sim, session.id);
    }
  }
  if (candidate || guards.onlyOpenSessionsAreReused || recorded === undefined) return candidate;
  return stripe.retrieveSession(recorded);
}

/** No browser has the URL of a session that is not recorded, unless the row is restored from a backup. */
function* expireUnrecorded(sim: Simulation, { id, createdAt }: Session): Steps<void> {
  const { guards } = sim;
  const isRecent = createdAt > sim.now - RECENT;
  if ((isRecent && guards.recentSessionsAreKept) || !guards.unrecordedSessionsAreExpired) return;
  if (guards.unrecordedExpiryIsAcknowledged) yield* settleSession(sim, id);
  else yield* tryToExpire(sim, id);
}

function* listSubscriptions(sim: Simulation, customer: number): Steps<Subscription[]> {
  const { guards, stripe, database } = sim;
  if (!guards.subscriptionsAreListedAtStripe) {
    return [...database.mirror.values()].filter((subscription) => subscription.customer === customer);
  }
  const subscriptions = yield* requestStripe(sim, () => stripe.listSubscriptions(customer));
  if (guards.listedSubscriptionsAreRecorded) yield* rpc(sim, () => database.recordSubscriptions(subscriptions));
  return subscriptions;
}

/** Voids what began on an expired session. @returns the other subscriptions, without what began on the candidate */
function* voidObsolete(
  sim: Simulation,
  subscriptions: readonly Subscription[],
  slot: Session["slot"],
  candidate: Session | undefined,
): Steps<Subscription[]> {
  const { guards, stripe } = sim;
  const others: Subscription[] = [];
  for (const subscription of subscriptions) {
    const { id, session } = subscription;
    const began = isIncomplete(subscription) ? session : undefined;
    if (began !== undefined && began === candidate?.id && guards.incompleteOfCandidateIsIgnored) continue;
    const mayBeVoided = began !== undefined && subscription.slot === slot && guards.incompleteOfExpiredIsVoided;
    const isVoided = mayBeVoided &&
      (yield* requestStripe(sim, () => stripe.retrieveSession(began))).status === "expired";
    others.push(isVoided ? yield* requestStripe(sim, () => stripe.voidFirstInvoice(id)) : subscription);
  }
  return others;
}

function* requireFreeSlot(
  sim: Simulation,
  subscriptions: readonly Subscription[],
  candidate: Session | undefined,
): Steps<void> {
  const { incompleteOccupiesSlot } = sim.guards;
  const occupies = (subscription: Subscription) =>
    incompleteOccupiesSlot ? !hasEnded(subscription) : isActive(subscription);
  if (!subscriptions.some(occupies)) return;
  if (candidate) yield* tryToExpire(sim, candidate.id);
  throw new CallError(subscriptions.some(isActive) ? "already_subscribed" : "payment_pending");
}

function answer(sim: Simulation, process: Process, price: Price, session: Session): void {
  if (session.price !== price) throw new Violation("answerMatchesRequest");
  if (!sim.handedOut.includes(session.id)) sim.handedOut.push(session.id);
  process.answer = session;
  sim.log?.(`${process.name} answers session ${session.id}`);
}
