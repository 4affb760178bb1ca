/** The function's process is killed before and after every step, and another process continues. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { Customer } from "../_shared/contract/customer.ts";
import { type CustomerStack, startCustomerStack } from "./customer_stack.ts";
import { startFaultProxy } from "./fault_proxy.ts";

const KILLS = Number(Deno.env.get("PROOF_KILLS") ?? 100);

/** The requests of a first call. The process is killed before or after the effect of each. */
const STEPS = ([
  ["database", "/rpc/claim_customer"],
  ["stripe", "/v1/account"],
  ["database", "/rpc/confirm_account"],
  ["clerk", "/v1/users/"],
  ["stripe", "/v1/customers"],
  ["stripe", /^\/v1\/customers\/cus_/],
  ["database", "/rpc/complete_customer"],
] as const).flatMap(([service, path]) => (["before", "after"] as const).map((when) => ({ service, path, when })));

/** When the next call finds the unfinished claim: after its lease, or a day later, when Stripe has removed the key. */
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

Deno.test(`stripe-customer, killed ${KILLS} times at any step, leaves one customer each time`, async () => {
  await using stripe = startFaultProxy();
  await using stack = await startCustomerStack({ STRIPE_API_URL: stripe.url });
  stripe.forwardTo(stack.stripe_url);
  const proxies = { stripe, clerk: stack.clerkProxy, database: stack.database };

  for (let n = 0; n < KILLS; n++) {
    const { service, path, when } = STEPS[n % STEPS.length]!;
    const user = await stack.newUserWithEmail();
    const kill = () => stack.kill("stripe-customer");
    await kill(); // so that the process has nothing cached
    await stack.sql`update billing.deployment set confirmed_keys = '{}'`;
    proxies[service].next(path === "/v1/users/" ? path + user : path, { [when]: kill });

    const answer = await stack.ask(user);
    await answer.body?.cancel();
    assertNotEquals(Math.floor(answer.status / 100), 2, `The process that was killed ${when} ${path} answered`);

    await LATER[Math.floor(n / STEPS.length) % LATER.length]!(stack, user);
    const response = await stack.ask(user);
    const text = await response.text();
    assert(response.ok, `${when} ${path}: ${text}`);
    const { customer_id } = Customer.parse(JSON.parse(text));
    await stack.assertOnlyCustomer(user, customer_id);
    assertEquals(await stack.find(user), customer_id);
  }
  console.log(`${KILLS} kills at ${STEPS.length} places, one customer after each`);
});
