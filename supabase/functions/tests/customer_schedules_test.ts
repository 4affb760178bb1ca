/** Traps 1 to 3: random schedules of callers, faults, kills, deletions and time, on the real database. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Customer } from "../_shared/contract/customer.ts";
import { type CustomerStack, startCustomerStack } from "./customer_stack.ts";
import type { Fault } from "./stack.ts";
import { until } from "./until.ts";

const RUNS = Number(Deno.env.get("PROOF_RUNS") ?? 20);
/** The same schedules each time, unless another seed is given. */
const SEED = Number(Deno.env.get("PROOF_SEED") ?? 1);
/** After this many calls in quiet times, with time passing in between, a user has his customer. */
const ENOUGH = 6;

type Step = { calls: number } | { fault: Fault["kind"] | "slow"; times: number } | { event: keyof typeof EVENTS };

/** What happens to a user beside his calls. */
const EVENTS = {
  "the process is killed": (stack: CustomerStack) => stack.kill("stripe-customer"),
  "Stripe forgets its keys": async (stack: CustomerStack, user: string) => {
    await moveTime(stack, user, "25 hours");
    await stack.forgetIdempotencyKeys();
  },
  "a lease goes by": (stack: CustomerStack, user: string) => moveTime(stack, user, "31 seconds"),
  "two minutes go by": (stack: CustomerStack, user: string) => moveTime(stack, user, "2 minutes"),
  "two hours go by": (stack: CustomerStack, user: string) => moveTime(stack, user, "2 hours"),
  "the customer is deleted at Stripe": async (stack: CustomerStack, user: string) => {
    await Promise.all((await stack.customersAtStripe(user)).map(({ id }) => stack.stripe.customers.del(id)));
  },
};

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ calls: fc.integer({ min: 1, max: 4 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      fault: fc.constantFrom("429", "500", "500_after", "drop", "drop_after", "slow"),
      times: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ event: fc.constantFrom(...Object.keys(EVENTS) as (keyof typeof EVENTS)[]) }) },
);

Deno.test(`Of ${RUNS} random schedules each ends with one customer`, async () => {
  await using stack = await startCustomerStack();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      const user = await stack.newcomer();
      await stack.clearFaults();
      for (const step of steps) await take(step, user, stack);
      await stack.clearFaults();

      const id = await settle(user, stack);
      await stack.isTheOne(user, id);
      assertEquals(await stack.find(user), id);
    }),
    { numRuns: RUNS, seed: SEED, endOnFailure: true },
  );
  console.log(`${RUNS} schedules, one customer after each`);
});

async function take(step: Step, user: string, stack: CustomerStack): Promise<void> {
  if ("event" in step) return void await EVENTS[step.event](stack, user);
  if ("fault" in step) {
    const kind = step.fault === "slow" ? { latency_ms: 300 } : { kind: step.fault };
    return void await stack.fault({ method: "POST", path: "/v1/customers", times: step.times, ...kind });
  }
  const answers = await Promise.all(Array.from({ length: step.calls }, () => stack.ask(user)));
  for (const answer of answers) await tellsTheTruth(answer, user, stack);
}

/** A 2xx carries the id that the row holds; all else says when to come back, or that the process is dead. */
async function tellsTheTruth(answer: Response, user: string, stack: CustomerStack): Promise<void> {
  const text = await answer.text();
  if (!answer.ok) return assert([502, 503].includes(answer.status), text);
  assertEquals((await stack.mapping(user)).stripe_customer_id, Customer.parse(JSON.parse(text)).customer_id);
}

/** Calls in quiet times until there is an answer, and sees that a deleted customer is noticed. */
async function settle(user: string, stack: CustomerStack): Promise<string> {
  for (let asked = 0; asked < ENOUGH; asked++) {
    const answer = await stack.ask(user);
    const text = await answer.text();
    if (answer.ok) {
      const { customer_id } = Customer.parse(JSON.parse(text));
      if ((await stack.customersAtStripe(user)).some(({ id }) => id === customer_id)) return customer_id;
      await notice(customer_id, user, stack);
    } else await moveTime(stack, user, "2 minutes");
  }
  throw new Error("The user has no customer, though all is quiet");
}

/** A day later the look behind an answer sees that the customer is gone. */
async function notice(id: string, user: string, stack: CustomerStack): Promise<void> {
  await stack.passDays(id);
  await (await stack.ask(user)).body?.cancel();
  await until(async () => (await stack.mapping(user)).stripe_customer_id !== id);
}

/**
 * All that a user's row says of time is longer ago; a known customer's says nothing. Stripe's clock stands still, so
 * what ended is over for a minute and no longer: else what was created just now would be younger than the failure.
 */
async function moveTime({ sql }: CustomerStack, user: string, interval: string): Promise<void> {
  await sql`
    update stripe_customer_mapping
    set claimed_at = claimed_at - ${interval}::interval,
        failed_at = case when failed_at is not null
          then greatest(failed_at - ${interval}::interval, now() - interval '61 seconds') end,
        lease_until = case when lease_until is not null
          then greatest(lease_until - ${interval}::interval, now() - interval '61 seconds') end
    where clerk_user_id = ${user}`;
}
