/** `ensureCustomer` step by step; the names are those of supabase/functions/_shared/billing/customers/ensure_customer.ts. */
import { CallError } from "./call_error.ts";
import type { Customer } from "./customer.ts";
import { completeProfile, createCustomer, findCustomer, readCustomer, type SeenCustomer } from "./customer_requests.ts";
import type { Claim, Lease } from "./database.ts";
import type { Call, Steps } from "./process.ts";
import { refreshCustomer } from "./refresh_customer.ts";
import { confirmAccount, readProfile, rpc } from "./services.ts";
import type { Simulation } from "./simulation.ts";

/** Seconds of the 30-second lease within which the caller may send requests to Stripe. */
const SENDING_TIME = 25;
/** Fewer claims than in the code: more only add steps. */
const CLAIMS = 2;
const MAX_GENERATIONS = 3;

/** The lease of a call in the deployment that a switch has ended. */
export const oldLease = ({ database, now }: Simulation): HeldLease => ({
  step: "create",
  generation: 1,
  ticket: database.drawTicket(),
  from: null,
  to: null,
  deadline: now + SENDING_TIME,
});

type Known = Claim & { step: "known" };
export type HeldLease = Lease & { deadline: number };

export function* ensureCustomer(sim: Simulation, call: Call): Steps<{ id: number; created: boolean }> {
  const { guards } = sim;
  const claim = call.oldLease ?? (yield* acquireLease(sim, call));
  if (claim.step === "known") {
    const { customer, stale } = claim;
    if (stale && guards.knownCustomerIsRefreshedDaily) {
      const refresh = { name: `${call.name}'s refresh`, account: call.account };
      sim.start(refresh, (process) => refreshCustomer(sim, process, customer));
    }
    return { id: customer, created: false };
  }

  if (guards.accountIsConfirmed && !call.oldLease) yield* confirmAccount(sim, call);
  const email = yield* readProfile(sim);

  let lease = claim;
  for (let tried = 0; tried < MAX_GENERATIONS; tried++) {
    const looksUp = lease.step === "lookup";
    let customer = looksUp && guards.lookupPrecedesRenewal ? yield* findCustomer(sim, call, lease) : null;
    if (customer === null && looksUp) lease = yield* renewLease(sim, call, lease);
    customer ??= yield* create(sim, call, lease, email);

    const isConfirmed = customer.fresh ||
      !(lease.step === "lookup" ? guards.adoptedCustomerIsConfirmed : guards.replayedCustomerIsConfirmed);
    const found = isConfirmed ? customer.object : yield* readCustomer(sim, call, customer.object.id);
    const living = found && (yield* completeProfile(sim, call, found, email));
    if (living !== null) {
      const { customer: id, won } = yield* completeCustomer(sim, call, lease, living);
      if (!guards.answerIsReadFromMapping) return { id: living.id, created: won };
      if (id === null) throw new CallError("customer_busy");
      return { id, created: won };
    }
    lease = yield* renewLease(sim, call, lease);
  }
  throw new CallError("stripe_unavailable");
}

/** Claims until the customer is known or the call holds the lease. */
function* acquireLease(sim: Simulation, call: Call): Steps<Known | HeldLease> {
  for (let claims = 1;; claims++) {
    let started = sim.now;
    const claim = yield* rpc(sim, call, () => sim.database.claim(call.owner));
    sim.log?.(`${call.name} claims: ${formatClaim(claim)}`);
    if (!sim.guards.leaseIsMeasuredFromBeforeClaim) started = sim.now;
    if (claim.step === "known") return claim;
    if (claim.step !== "wait") return { ...claim, deadline: started + SENDING_TIME };
    if (claims === CLAIMS) throw new CallError("customer_busy", claim.retryAfter);
  }
}

/** The next generation, when this one has left no living customer. */
function* renewLease(sim: Simulation, call: Call, { generation, deadline }: HeldLease): Steps<HeldLease> {
  const started = sim.now;
  if (started > deadline && sim.guards.renewalIsWithinLease) throw new CallError("customer_busy");
  const claim = yield* rpc(sim, call, () => sim.database.renew(call.owner, generation));
  sim.log?.(`${call.name} renews generation ${generation}: ${formatClaim(claim)}`);
  if (claim.step === "wait") throw new CallError("customer_busy", claim.retryAfter);
  return { ...claim as Lease, deadline: started + SENDING_TIME };
}

function* create(sim: Simulation, call: Call, lease: HeldLease, email: number): Steps<SeenCustomer> {
  const { database, guards } = sim;
  try {
    return yield* createCustomer(sim, call, lease, email);
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    if (error.code === "rate_limited" && !guards.rateLimitStartsNoGeneration) yield* renewLease(sim, call, lease);
    if (error.code === "stripe_unavailable") {
      if (!guards.failureStartsNoGeneration) yield* renewLease(sim, call, lease);
      // When the answer to this is lost, the code throws the first error and the model the second: both are a 503.
      if (guards.failureIsRecorded) yield* rpc(sim, call, () => database.fail(call.owner, lease.generation));
      sim.log?.(`${call.name} recorded the failure of generation ${lease.generation}`);
    }
    throw error;
  }
}

function* completeCustomer(sim: Simulation, call: Call, lease: Lease, living: Customer) {
  const { database, guards } = sim;
  // Without the lock, these are two transactions.
  const recorded = guards.completionLocksCustomer
    ? undefined
    : yield* rpc(sim, call, () => database.recordLiving(lease.ticket, living));
  const completion = yield* rpc(sim, call, () => database.complete(call, lease, living, recorded));
  sim.log?.(`${call.name} completes cus_${living.id} in generation ${lease.generation}: ${completion.customer}`);
  return completion;
}

function formatClaim(claim: Claim): string {
  if (claim.step === "known") return `known, cus_${claim.customer}${claim.stale ? ", stale" : ""}`;
  return claim.step === "wait" ? `wait ${claim.retryAfter} s` : `${claim.step}, generation ${claim.generation}`;
}
