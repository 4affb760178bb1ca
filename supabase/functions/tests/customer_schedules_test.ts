/** Random schedules of calls, faults, kills, deletions and time, on the real database. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Customer } from "../_shared/contract/customer.ts";
import { type CustomerStack, startCustomerStack } from "./customer_stack.ts";
import type { Fault } from "./stack.ts";
import { until } from "./until.ts";

const RUNS = Number(Deno.env.get("PROOF_RUNS") ?? 20);
/** One seed gives the same schedules each time. */
const SEED = Number(Deno.env.get("PROOF_SEED") ?? 1);
/** The most calls without faults, with time passing in between, until the user has a customer. */
const MAX_CALLS = 6;

type Step = { calls: number } | { fault: Fault["kind"] | "slow"; times: number } | { event: keyof typeof EVENTS };

/** What happens to a user between calls. */
const EVENTS = {
  "the process is killed": (stack: CustomerStack) => stack.kill("stripe-customer"),
  "Stripe removes its keys": async (stack: CustomerStack, user: string) => {
    await moveTime(stack, user, "25 hours");
    await stack.forgetIdempotencyKeys();
  },
  "31 seconds pass": (stack: CustomerStack, user: string) => moveTime(stack, user, "31 seconds"),
  "two minutes pass": (stack: CustomerStack, user: string) => moveTime(stack, user, "2 minutes"),
  "two hours pass": (stack: CustomerStack, user: string) => moveTime(stack, user, "2 hours"),
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

Deno.test(`stripe-customer, in each of ${RUNS} random schedules, ends with one customer`, async () => {
  await using stack = await startCustomerStack();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      const user = await stack.newUserWithEmail();
      await stack.clearFaults();
      for (const step of steps) await apply(step, user, stack);
      await stack.clearFaults();

      const id = await settle(user, stack);
      await stack.assertOnlyCustomer(user, id);
      assertEquals(await stack.find(user), id);
    }),
    { numRuns: RUNS, seed: SEED, endOnFailure: true },
  );
  console.log(`${RUNS} schedules, one customer after each`);
});

async function apply(step: Step, user: string, stack: CustomerStack): Promise<void> {
  if ("event" in step) return void await EVENTS[step.event](stack, user);
  if ("fault" in step) {
    const kind = step.fault === "slow" ? { latency_ms: 300 } : { kind: step.fault };
    return void await stack.fault({ method: "POST", path: "/v1/customers", times: step.times, ...kind });
  }
  const answers = await Promise.all(Array.from({ length: step.calls }, () => stack.ask(user)));
  for (const answer of answers) await assertConsistent(answer, user, stack);
}

/** A success has the id of the mapping. Everything else is a 503, or a 502 of a killed process. */
async function assertConsistent(answer: Response, user: string, stack: CustomerStack): Promise<void> {
  const text = await answer.text();
  if (!answer.ok) return assert([502, 503].includes(answer.status), text);
  assertEquals((await stack.mapping(user)).stripe_customer_id, Customer.parse(JSON.parse(text)).customer_id);
}

/** Calls without faults until a living customer is answered. */
async function settle(user: string, stack: CustomerStack): Promise<string> {
  for (let calls = 0; calls < MAX_CALLS; calls++) {
    const answer = await stack.ask(user);
    const text = await answer.text();
    if (answer.ok) {
      const { customer_id } = Customer.parse(JSON.parse(text));
      if ((await stack.customersAtStripe(user)).some(({ id }) => id === customer_id)) return customer_id;
      await refreshDeleted(customer_id, user, stack);
    } else await moveTime(stack, user, "2 minutes");
  }
  throw new Error("The user has no customer, although no fault is left");
}

/** Waits until the background refresh of a call a day later finds the deletion. */
async function refreshDeleted(id: string, user: string, stack: CustomerStack): Promise<void> {
  await stack.passDays(id);
  await (await stack.ask(user)).body?.cancel();
  await until(async () => (await stack.mapping(user)).stripe_customer_id !== id);
}

/**
 * Moves the times of a user's row back. Stripe's clock does not move, so an end is at most 61 seconds ago: otherwise a
 * customer that was just created would be newer than the failure.
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
