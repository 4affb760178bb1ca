/** Requests to Stripe about customers; the names are those of supabase/functions/_shared/stripe/customers.ts. */
import { CallError } from "./call_error.ts";
import { CreationRequest } from "./creation_request.ts";
import { type Customer, isLiving } from "./customer.ts";
import type { HeldLease } from "./ensure_customer.ts";
import { metadataOf, OUR_DEPLOYMENT } from "./owners.ts";
import type { Call, Process, Steps } from "./process.ts";
import { requestStripe, rpc } from "./services.ts";
import type { Simulation } from "./simulation.ts";
import type { Answer } from "./stripe.ts";

/** How often the SDK sends a creation at most. */
const ATTEMPTS = 3;

/** The pages for which a lease is long enough. */
const PAGES = 3;

/** A customer as Stripe answered. A replayed answer is not fresh: the customer may be deleted since. */
export interface SeenCustomer {
  object: Customer;
  fresh: boolean;
}

/** `customers.create` with the SDK's retries. */
export function* createCustomer(
  sim: Simulation,
  { account, owner, userId }: Call,
  { generation, deadline }: HeldLease,
  email: number,
): Steps<SeenCustomer> {
  const { stripe, guards } = sim;
  const key = stripe.keyOf(account, owner, OUR_DEPLOYMENT, generation, userId);
  const named = metadataOf(owner, OUR_DEPLOYMENT);
  const metadata = guards.metadataNamesOneOwner ? named : { ...named, userId };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    yield;
    if (sim.now > deadline && guards.nothingIsSentAfterLeaseEnd) {
      throw new CallError(attempt === 0 ? "customer_busy" : "stripe_unavailable");
    }
    const description = { metadata, email: guards.creationNamesOwnerOnly ? 0 : email };
    const request = new CreationRequest(sim, { account, owner, key, description });
    const answer = yield* answerTo(sim, request);
    if (answer?.status === 200) return { object: answer.customer, fresh: !answer.replayed };
    if (answer?.status === 429) throw new CallError("rate_limited");
    // The SDK retries without an answer and after a 409. For a 500, Stripe's answer says whether to retry.
    const retries = answer === undefined || answer.status === 409 || (answer.status === 500 && sim.random.chance(0.5));
    if (!retries) break;
  }
  throw new CallError("stripe_unavailable");
}

/** Undefined when no answer arrived. The request continues independently of its caller. */
function* answerTo(sim: Simulation, request: CreationRequest): Steps<Answer | undefined> {
  while (request.isUnderWay) {
    yield;
    if (sim.faultOccurs("connectionDrops")) return undefined;
    if (request.isUnderWay) request.step();
  }
  yield;
  return sim.faultOccurs("connectionDrops") ? undefined : request.answer;
}

export function* findCustomer(
  sim: Simulation,
  call: Call,
  { from, to, generation, deadline }: HeldLease,
): Steps<SeenCustomer | null> {
  const { name, account, owner } = call;
  if (from === null || to === null) throw new CallError("stripe_unavailable");
  const { stripe, database, guards } = sim;
  for (let pages = 1, after: Customer | undefined;; pages++) {
    const { data, hasMore } = yield* requestStripe(sim, () => stripe.list(account, from, to, after));
    const object = stripe.findOldest(data, owner);
    sim.log?.(`${name} looks up ${from} to ${to}, page ${pages}: ${object ? `cus_${object.id}` : "none"}`);
    if (object) return { object, fresh: false };
    if (!hasMore) return null;
    after = data.at(-1)!;
    const { created } = after;
    if (guards.lookupStoresProgress) {
      const boundary = guards.lookupRepeatsLastSecond ? created : created - 1;
      yield* rpc(sim, call, () => database.recordLookup(owner, generation, boundary));
    }
    if (pages === PAGES || sim.now > deadline) throw new CallError("customer_busy");
  }
}

/** The living customer, or null when it does not exist any more. */
export function* readCustomer(sim: Simulation, { account }: Process, id: number): Steps<Customer | null> {
  return yield* requestStripe(sim, () => {
    const customer = sim.stripe.retrieve(account, id);
    return customer && isLiving(customer) ? customer : null;
  });
}

/** Sets the email that a customer lacks. Undescribed when Stripe refuses it or fails; null when it does not exist. */
export function* completeProfile(
  sim: Simulation,
  { name, account }: Process,
  customer: Customer,
  email: number,
): Steps<Customer | null> {
  if (customer.email !== 0 || email === 0) return customer;
  try {
    const described = yield* requestStripe(sim, () => sim.stripe.update(account, customer.id, email));
    sim.log?.(
      `${name} describes cus_${customer.id}: ${described === null ? "missing" : described ? "done" : "refused"}`,
    );
    return described === undefined ? customer : described;
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    return customer;
  }
}
