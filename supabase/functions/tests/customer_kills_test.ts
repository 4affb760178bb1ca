/** Traps 1 and 2: the function's process is killed before and after every step, and another one goes on. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { Customer } from "../_shared/contract/customer.ts";
import { type CustomerStack, startCustomerStack } from "./customer_stack.ts";
import { openDoorway } from "./doorway.ts";

const KILLS = Number(Deno.env.get("PROOF_KILLS") ?? 100);

/** What a process asks for on the way to a first customer; it is killed before the request has its effect, or after. */
const STEPS = ([
  ["database", "/rpc/claim_customer"],
  ["stripe", "/v1/account"],
  ["database", "/rpc/confirm_account"],
  ["clerk", "/v1/users/"],
  ["stripe", "/v1/customers"],
  ["database", "/rpc/complete_customer"],
] as const).flatMap(([door, path]) => (["before", "after"] as const).map((when) => ({ door, path, when })));

/** How the next caller finds an unfinished claim: after its lease, or a day later when Stripe has forgotten the key. */
const LATER = [
  (stack: CustomerStack, user: string) =>
    stack.sql`
      update stripe_customer_mapping set lease_until = now() - interval '1 second'
      where clerk_user_id = ${user} and stripe_customer_id is null`,
  async (stack: CustomerStack, user: string) => {
    await stack.forgetIdempotencyKeys();
    await stack.sql`
      update stripe_customer_mapping
      set claimed_at = claimed_at - interval '25 hours', lease_until = now() - interval '61 seconds'
      where clerk_user_id = ${user} and stripe_customer_id is null`;
  },
];

Deno.test(`A process that is killed ${KILLS} times leaves one customer each time`, async () => {
  await using stripe = openDoorway();
  await using stack = await startCustomerStack({ STRIPE_API_URL: stripe.url });
  stripe.leadTo(stack.stripe_url);
  const doors = { stripe, clerk: stack.clerkDoor, database: stack.database };

  for (let n = 0; n < KILLS; n++) {
    const { door, path, when } = STEPS[n % STEPS.length]!;
    const user = await stack.newcomer();
    const kill = () => stack.kill("stripe-customer");
    await kill(); // so that a process without memories sets out
    doors[door].next(path.endsWith("/") ? path + user : path, { [when]: kill });

    const answer = await stack.ask(user);
    await answer.body?.cancel();
    assertNotEquals(Math.floor(answer.status / 100), 2, `A process that was to die ${when} ${path} answered`);

    await LATER[Math.floor(n / STEPS.length) % LATER.length]!(stack, user);
    const response = await stack.ask(user);
    const text = await response.text();
    assert(response.ok, `${when} ${path}: ${text}`);
    const { customer_id } = Customer.parse(JSON.parse(text));
    await stack.isTheOne(user, customer_id);
    assertEquals(await stack.find(user), customer_id);
  }
  console.log(`${KILLS} kills at ${STEPS.length} places, one customer after each`);
});
