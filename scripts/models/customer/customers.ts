/** What is asked of Stripe about customers; the names are those of supabase/functions/_shared/stripe/customers.ts. */
import { CreationRequest } from "./creation_request.ts";
import { type Customer, OWNER } from "./customer.ts";
import type { Turn } from "./database.ts";
import type { OwnTurn } from "./ensure_customer.ts";
import type { Process, Steps } from "./process.ts";
import { Refusal } from "./refusal.ts";
import { ask } from "./services.ts";
import type { Answer } from "./stripe.ts";
import type { World } from "./world.ts";

const SENT = 3;

/** A customer as Stripe answered, and whether the answer is of now: one that Stripe replays may be deleted since. */
export interface SeenCustomer {
  object: Customer;
  fresh: boolean;
}

/** `customers.create` with the SDK's retries. */
export function* createCustomer(
  world: World,
  caller: Process,
  { generation, deadline }: OwnTurn,
  email: number,
): Steps<SeenCustomer> {
  const key = world.stripe.keyOf(caller.account, OWNER, generation);
  for (let sent = 0; sent < SENT; sent++) {
    yield;
    if (world.now > deadline && world.guards.nothingIsSentAfterTheLease) {
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

export function* findCustomer(
  world: World,
  { name, account }: Process,
  { from, to }: Turn,
): Steps<SeenCustomer | null> {
  if (from === null || to === null) throw new Refusal("stripe_unavailable");
  const object = yield* ask(world, () => world.stripe.findOldest(account, from, to));
  world.say?.(`${name} looks from ${from} to ${to}: ${object ? `cus_${object.id}` : "none"}`);
  return object && { object, fresh: false };
}

export function* describeCustomer(
  world: World,
  { name, account }: Process,
  { id }: Customer,
  email: number,
): Steps<Customer | null> {
  const living = yield* ask(world, () => world.stripe.describe(account, id, email));
  world.say?.(`${name} describes cus_${id}: ${living ? "it lives" : "missing"}`);
  return living;
}
