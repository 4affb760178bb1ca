/** Trap 1: many callers at once, on several processes of the function, end with one customer each. */
import { assert, assertEquals } from "@std/assert";
import { Customer } from "../_shared/contract/customer.ts";
import { startProcesses } from "./second_process.ts";
import { startStack } from "./stack.ts";

const USERS = Number(Deno.env.get("PROOF_USERS") ?? 200);
const CALLS = 50;
/** Users who call at the same time. */
const TOGETHER = 4;
const PROCESSES = 5;
/** A caller who is told to come back does so this often at most. */
const PATIENCE = 20;

Deno.test(`${USERS} users call ${CALLS} times at once and get one customer each`, async () => {
  await using stack = await startStack();
  await using processes = await startProcesses(stack, "stripe-customer", PROCESSES);
  let calls = 0, returns = 0;

  /** The answer to one caller, who comes back when he is told to. */
  async function ask(token: string, url: string): Promise<Customer & { status: number }> {
    for (let tried = 0; tried < PATIENCE; tried++) {
      calls++;
      const response = await fetch(`${url}/stripe-customer`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}` },
      });
      const body = await response.json();
      if (response.status !== 503) return { status: response.status, ...Customer.parse(body) };
      assert(response.headers.has("retry-after"), JSON.stringify(body));
      returns++;
      await new Promise((resume) => setTimeout(resume, 200));
    }
    throw new Error("A caller was sent away for good");
  }

  async function storm(user: string): Promise<void> {
    const token = await stack.sign({ sub: user });
    const callers = Array.from({ length: CALLS }, (_, caller) => ask(token, processes.urls[caller % PROCESSES]!));
    const answers = await Promise.all(callers);
    assertEquals(new Set(answers.map(({ customer_id }) => customer_id)).size, 1, user);
    assertEquals(answers.filter(({ status }) => status === 201).length, 1, user);
  }

  const users = Array.from({ length: USERS }, (_, n) => `user_storm${n}`);
  for (let n = 0; n < USERS; n += TOGETHER) await Promise.all(users.slice(n, n + TOGETHER).map(storm));

  const rows = await stack.sql`select clerk_user_id, stripe_customer_id from stripe_customer_mapping`;
  const customers = await stack.stripe.customers.list({ limit: 100 }).autoPagingToArray({ limit: 10_000 });
  assertEquals(
    new Map(rows.map((row) => [row.clerk_user_id, row.stripe_customer_id])),
    new Map(customers.map(({ id, metadata }) => [metadata.clerk_user_id!, id])),
  );
  assertEquals([rows.length, customers.length], [USERS, USERS]);
  console.log(`${USERS} users, ${calls} calls, ${returns} of them told to come back: ${customers.length} customers`);
});
