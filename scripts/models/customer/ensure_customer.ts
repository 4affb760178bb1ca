/** `ensureCustomer`, step by step; the names are those of supabase/functions/_shared/billing/customers/ensure_customer.ts. */
import type { Customer } from "./customer.ts";
import { createCustomer, describeCustomer, findCustomer, type SeenCustomer } from "./customers.ts";
import type { Claim, Turn } from "./database.ts";
import { refreshCustomer } from "./look_at_customer.ts";
import type { Process, Steps } from "./process.ts";
import { Refusal } from "./refusal.ts";
import { confirmAccount, readProfile, rpc } from "./services.ts";
import type { World } from "./world.ts";

/** Seconds of the 30 seconds' lease within which something may be sent to Stripe. */
const LEASE = 25;
/** Fewer than in the code: more only cost steps. */
const ASKED = 2;
const MAX_GENERATIONS = 3;

type Known = Claim & { step: "known" };
export type OwnTurn = Turn & { deadline: number };

export function* ensureCustomer(world: World, caller: Process): Steps<{ id: number; created: boolean }> {
  const { guards } = world;
  const claim = yield* acquireLease(world, caller);
  if (claim.step === "known") {
    const { customer, stale } = claim;
    if (stale && guards.knownIsLookedAtDaily) {
      world.start(`${caller.name}'s look`, caller.account, (process) => refreshCustomer(world, process, customer));
    }
    return { id: customer, created: false };
  }

  if (guards.accountIsConfirmed) yield* confirmAccount(world, caller);
  const email = yield* readProfile(world);

  let turn = claim;
  for (let tried = 0; tried < MAX_GENERATIONS; tried++) {
    let customer = turn.step === "look" && guards.lookBeforeRenewing ? yield* findCustomer(world, caller, turn) : null;
    if (customer === null && turn.step === "look") turn = yield* renewLease(world, caller, turn);
    customer ??= yield* create(world, caller, turn, email);

    const believed = customer.fresh || !(turn.step === "look" ? guards.adoptedIsDescribed : guards.replayedIsDescribed);
    const living = believed ? customer.object : yield* describeCustomer(world, caller, customer.object, email);
    if (living !== null) {
      const { customer: id, won } = yield* completeCustomer(world, caller, turn, living);
      if (!guards.answerIsWhatTheRowHolds) return { id: living.id, created: won };
      if (id === null) throw new Refusal("customer_busy");
      return { id, created: won };
    }
    turn = yield* renewLease(world, caller, turn);
  }
  throw new Refusal("stripe_unavailable");
}

/** Asks until the customer is known or it is this caller's turn. */
function* acquireLease(world: World, caller: Process): Steps<Known | OwnTurn> {
  for (let asked = 1;; asked++) {
    let started = world.now;
    const claim = yield* rpc(world, caller, () => world.database.claim());
    world.say?.(`${caller.name} claims: ${wordOf(claim)}`);
    if (!world.guards.leaseCountsFromBeforeTheClaim) started = world.now;
    if (claim.step === "known") return claim;
    if (claim.step !== "wait") return { ...claim, deadline: started + LEASE };
    if (asked === ASKED) throw new Refusal("customer_busy", claim.retryAfter);
  }
}

/** The next generation, when this one has left no living customer. */
function* renewLease(world: World, caller: Process, { generation, deadline }: OwnTurn): Steps<OwnTurn> {
  const started = world.now;
  if (started > deadline && world.guards.renewalIsInTime) throw new Refusal("customer_busy");
  const claim = yield* rpc(world, caller, () => world.database.renew(generation));
  world.say?.(`${caller.name} renews generation ${generation}: ${wordOf(claim)}`);
  if (claim.step === "wait") throw new Refusal("customer_busy", claim.retryAfter);
  return { ...claim as Turn, deadline: started + LEASE };
}

function* create(world: World, caller: Process, turn: OwnTurn, email: number): Steps<SeenCustomer> {
  const { database, guards } = world;
  try {
    return yield* createCustomer(world, caller, turn, email);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code === "rate_limited" && !guards.rateLimitStartsNoGeneration) yield* renewLease(world, caller, turn);
    if (error.code === "stripe_unavailable") {
      if (!guards.failureStartsNoGeneration) yield* renewLease(world, caller, turn);
      // When the note's answer is lost, the code throws the first error, here it is the second: a 503 both.
      if (guards.failureIsNoted) yield* rpc(world, caller, () => database.fail(turn.generation));
      world.say?.(`${caller.name} noted the failure of generation ${turn.generation}`);
    }
    throw error;
  }
}

function* completeCustomer(world: World, caller: Process, turn: Turn, living: Customer) {
  const { database, guards } = world;
  // Without the lock, these are two transactions.
  const alive = guards.completeLocksTheCustomer
    ? undefined
    : yield* rpc(world, caller, () => database.recordLiving(turn.ticket, living));
  const completion = yield* rpc(world, caller, () => database.complete(turn, living, caller, alive));
  world.say?.(`${caller.name} completes cus_${living.id} in generation ${turn.generation}: ${completion.customer}`);
  return completion;
}

function wordOf(claim: Claim): string {
  if (claim.step === "known") return `known, cus_${claim.customer}${claim.stale ? ", stale" : ""}`;
  return claim.step === "wait" ? `wait ${claim.retryAfter} s` : `${claim.step}, generation ${claim.generation}`;
}
