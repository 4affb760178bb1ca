/** Concurrent calls of many users on several processes create one customer per user. */
import { assert, assertEquals } from "@std/assert";
import { Customer } from "../_shared/contract/customer.ts";
import { startProcesses } from "./second_process.ts";
import { startStack } from "./stack.ts";

const USERS = Number(Deno.env.get("PROOF_USERS") ?? 200);
const CALLS = 50;
/** Users who call concurrently. */
const CONCURRENT_USERS = 4;
const PROCESSES = 5;
/** The most attempts of one caller. */
const MAX_ATTEMPTS = 20;

Deno.test(`stripe-customer, called ${CALLS} times at once by each of ${USERS} users, creates one customer per user`, async () => {
  await using stack = await startStack();
  await using processes = await startProcesses(stack, "stripe-customer", PROCESSES);
  let calls = 0, retries = 0;

  /** The answer to one caller, who retries after a 503. */
  async function ask(token: string, url: string): Promise<Customer & { status: number }> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      calls++;
      const response = await fetch(`${url}/stripe-customer`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}` },
      });
      const body = await response.json();
      if (response.status !== 503) return { status: response.status, ...Customer.parse(body) };
      assert(response.headers.has("retry-after"), JSON.stringify(body));
      retries++;
      await new Promise((resume) => setTimeout(resume, 200));
    }
    throw new Error("A caller got no answer but 503");
  }

  async function callConcurrently(user: string): Promise<void> {
    const token = await stack.sign({ sub: user });
    const callers = Array.from({ length: CALLS }, (_, caller) => ask(token, processes.urls[caller % PROCESSES]!));
    const answers = await Promise.all(callers);
    assertEquals(new Set(answers.map(({ customer_id }) => customer_id)).size, 1, user);
    assertEquals(answers.filter(({ status }) => status === 201).length, 1, user);
  }

  const users = Array.from({ length: USERS }, (_, n) => `user_load${n}`);
  for (let n = 0; n < USERS; n += CONCURRENT_USERS) {
    await Promise.all(users.slice(n, n + CONCURRENT_USERS).map(callConcurrently));
  }

  const rows = await stack.sql`select clerk_user_id, stripe_customer_id from stripe_customer_mapping`;
  const customers = await stack.stripe.customers.list({ limit: 100 }).autoPagingToArray({ limit: 10_000 });
  assertEquals(
    new Map(rows.map((row) => [row.clerk_user_id, row.stripe_customer_id])),
    new Map(customers.map(({ id, metadata }) => [metadata.clerk_user_id!, id])),
  );
  assertEquals([rows.length, customers.length], [USERS, USERS]);
  console.log(`${USERS} users, ${calls} calls, ${retries} of them answered 503: ${customers.length} customers`);
});
