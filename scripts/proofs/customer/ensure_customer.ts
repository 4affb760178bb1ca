/** `ensureCustomer`, step by step; the names are those of supabase/functions/_shared/billing/ensure_customer.ts. */
import { CreationRequest } from "./creation_request.ts";
import type { Claim, Turn } from "./database.ts";
import { lookAtCustomer } from "./look_at_customer.ts";
import { Refusal } from "./refusal.ts";
import { ask, confirmAccount, readProfile, rpc } from "./services.ts";
import { type Answer, type Customer, OWNER } from "./stripe.ts";
import type { Process, Steps, World } from "./world.ts";

/** Seconds of the 30 seconds' lease within which something may be sent to Stripe. */
const LEASE = 25;
/** Fewer than in the code: more only cost steps. */
const ASKED = 2;
const SENT = 3;
const MAX_GENERATIONS = 3;

type Known = Claim & { step: "known" };
type OwnTurn = Turn & { deadline: number };

interface SeenCustomer {
  object: Customer;
  fresh: boolean;
}

export function* ensureCustomer(world: World, caller: Process): Steps<{ id: number; created: boolean }> {
  const { guards } = world;
  const claim = yield* claimTurn(world, caller);
  if (claim.step === "known") {
    const { customer, stale } = claim;
    if (stale && guards.knownIsLookedAtDaily) {
      world.start(`${caller.name}'s look`, caller.account, (process) => lookAtCustomer(world, process, customer));
    }
    return { id: customer, created: false };
  }

  if (guards.accountIsConfirmed) yield* confirmAccount(world, caller);
  const email = yield* readProfile(world);

  let turn = claim;
  for (let tried = 0; tried < MAX_GENERATIONS; tried++) {
    let customer = turn.step === "look" && guards.lookBeforeRenewing ? yield* findCustomer(world, caller, turn) : null;
    if (customer === null && turn.step === "look") turn = yield* renewTurn(world, caller, turn);
    customer ??= yield* create(world, caller, turn, email);

    const living = customer.fresh || !guards.replayedIsDescribed
      ? customer.object
      : yield* describeCustomer(world, caller, customer.object, email);
    if (living !== null) {
      const { customer: id, won } = yield* completeCustomer(world, caller, turn, living);
      if (!guards.answerIsWhatTheRowHolds) return { id: living.id, created: won };
      if (id === null) throw new Refusal("customer_busy");
      return { id, created: won };
    }
    turn = yield* renewTurn(world, caller, turn);
  }
  throw new Refusal("stripe_unavailable");
}

/** Asks until the customer is known or it is this caller's turn. */
function* claimTurn(world: World, caller: Process): Steps<Known | OwnTurn> {
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
function* renewTurn(world: World, caller: Process, { generation }: Turn): Steps<OwnTurn> {
  const started = world.now;
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
    if (error.code === "rate_limited" && !guards.rateLimitStartsNoGeneration) yield* renewTurn(world, caller, turn);
    if (error.code === "stripe_unavailable") {
      if (!guards.failureStartsNoGeneration) yield* renewTurn(world, caller, turn);
      if (guards.failureIsNoted) yield* rpc(world, caller, () => database.fail(turn.generation));
      world.say?.(`${caller.name} noted the failure of generation ${turn.generation}`);
    }
    throw error;
  }
}

/** `customers.create` with the SDK's retries. */
function* createCustomer(world: World, caller: Process, turn: OwnTurn, email: number): Steps<SeenCustomer> {
  const key = world.stripe.keyOf(caller.account, OWNER, turn.generation);
  for (let sent = 0; sent < SENT; sent++) {
    yield;
    if (world.now > turn.deadline && world.guards.nothingIsSentAfterTheLease) {
      throw new Refusal(sent === 0 ? "customer_busy" : "stripe_unavailable");
    }
    const answer = yield* answered(world, new CreationRequest(world, caller.account, key, { ...OWNER, email }));
    if (answer?.status === 200) return { object: answer.customer, fresh: !answer.replayed };
    if (answer?.status === 429) throw new Refusal("rate_limited");
    // Without an answer, or while another is in progress, the SDK sends again; of a 500 Stripe tells it whether to.
    const again = answer === undefined || answer.status === 409 || (answer.status === 500 && world.random.chance(0.5));
    if (!again) break;
  }
  throw new Refusal("stripe_unavailable");
}

/** Undefined when none came. The request goes on, whatever becomes of its caller. */
function* answered(world: World, request: CreationRequest): Steps<Answer | undefined> {
  while (request.isUnderWay) {
    yield;
    if (world.suffers("connectionDrops")) return undefined;
    if (request.isUnderWay) request.step();
  }
  yield;
  return world.suffers("connectionDrops") ? undefined : request.answer;
}

function* findCustomer(world: World, { name, account }: Process, { from, to }: Turn): Steps<SeenCustomer | null> {
  if (from === null || to === null) throw new Refusal("stripe_unavailable");
  const object = yield* ask(world, () => world.stripe.findOldest(account, from, to));
  world.say?.(`${name} looks from ${from} to ${to}: ${object ? `cus_${object.id}` : "none"}`);
  return object && { object, fresh: false };
}

function* describeCustomer(world: World, { name, account }: Process, { id }: Customer, email: number) {
  const living = yield* ask(world, () => world.stripe.describe(account, id, email));
  world.say?.(`${name} describes cus_${id}: ${living ? "it lives" : "missing"}`);
  return living;
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
