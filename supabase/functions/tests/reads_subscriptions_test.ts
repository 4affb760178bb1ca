import { assertEquals } from "@std/assert";
import { createSubscribers } from "../../../scripts/testbed/simulated_days.ts";
import { assertReadsOf30Days } from "./reads_of_30_days.ts";
import { startStack } from "./stack.ts";

/** Live subscriptions of the shop. */
const SUBSCRIPTIONS = Number(Deno.env.get("PROOF_SUBSCRIPTIONS") ?? 1_000);

Deno.test(`A shop of ${SUBSCRIPTIONS} live subscriptions costs fewer than 10,000 scheduled reads in 30 days`, async () => {
  await using stack = await startStack({ CATALOG_ACCESS: "public" });
  await createSubscribers(stack, SUBSCRIPTIONS);
  const [mirrored] = await stack.sql`
    select (select count(*)::int from stripe_subscriptions where status = 'active') as subscriptions,
      (select count(*)::int from stripe_invoices where status = 'paid') as invoices`;
  assertEquals(mirrored, { subscriptions: SUBSCRIPTIONS, invoices: SUBSCRIPTIONS });
  await assertReadsOf30Days(stack, { below: 10_000, of: ["poll", "catalog", "drift"] });
});
