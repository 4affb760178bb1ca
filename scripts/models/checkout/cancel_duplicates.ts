/** Of two live subscriptions in one slot, both of checkouts, the oldest stays; the others are canceled and refunded. */
import { Violation } from "./invariants.ts";
import { isActive, type Subscription } from "./objects.ts";
import type { Process, Steps } from "./process.ts";
import { requestStripe, rpc } from "./services.ts";
import type { Simulation } from "./simulation.ts";

export function* cancelDuplicates(
  sim: Simulation,
  process: Process,
  { id, customer, slot }: Subscription,
): Steps<void> {
  const { guards, stripe, database } = sim;
  const listed = guards.duplicatesAreListedAtStripe
    ? yield* requestStripe(sim, () => stripe.listSubscriptions(customer))
    : [...database.mirror.values()].filter((subscription) => subscription.customer === customer);
  const live = listed.filter((subscription) => subscription.slot === slot && isActive(subscription))
    .sort((one, other) => one.id - other.id);
  const [oldest, ...others] = live;
  if (guards.othersSubscriptionsAreKept && live.some(isOfOperator)) return; // flagged for the operator
  if (oldest !== undefined && others.length > 0) {
    const duplicates = guards.oldestIsKept ? others : live.filter((subscription) => subscription.id === id);
    for (const duplicate of duplicates) yield* rpc(sim, () => recordDuplicate(sim, process, duplicate, oldest));
  }
  yield* finishDuplicates(sim, customer);
}

const isOfOperator = ({ session }: Subscription): boolean => session === undefined;

/** A duplicate is recorded before it is canceled, so that any worker can finish it. */
function recordDuplicate(
  { guards, stripe, database: { duplicates } }: Simulation,
  { began }: Process,
  { id, customer }: Subscription,
  oldest: Subscription,
): void {
  if (guards.oldestIsKept && stripe.subscription(oldest.id).endedAt < began) {
    throw new Violation("oldestDuplicateIsKept");
  }
  if (!duplicates.has(id)) duplicates.set(id, { customer, finished: false });
}

/** Also finishes what an earlier worker began. */
function* finishDuplicates(sim: Simulation, customer: number): Steps<void> {
  const { guards, stripe, database: { duplicates } } = sim;
  for (const [id, duplicate] of duplicates) {
    if (duplicate.finished || duplicate.customer !== customer) continue;
    const canceled = yield* requestStripe(sim, () => stripe.cancelSubscription(id));
    if (isOfOperator(canceled)) throw new Violation("operatorsSubscriptionIsKept");
    if (canceled.paid) yield* requestStripe(sim, () => stripe.refund(id, guards.refundIsWhole), `${stripe.nextId()}`);
    yield* rpc(sim, () => duplicate.finished = true);
  }
}
