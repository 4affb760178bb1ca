/** Reads at Stripe in 30 days, by the requests that the Stripe emulator received while the database's times are moved. */
import { assert, assertEquals } from "@std/assert";
import { createSubscribers, simulateDays, STEP } from "../../../scripts/testbed/simulated_days.ts";
import { type Stack, startStack } from "./stack.ts";
import { createTestCatalog } from "./test_catalog.ts";

/** Days that are simulated, of which 30 are reckoned: each is like the other. */
const DAYS = Number(Deno.env.get("PROOF_DAYS") ?? 30);
/** Live subscriptions of the larger shop. */
const SUBSCRIPTIONS = Number(Deno.env.get("PROOF_SUBSCRIPTIONS") ?? 1_000);
const DAY = 24 * 60;

const sum = (counts: number[]) => counts.reduce((all, count) => all + count, 0);

/** The reads of 30 days by purpose. The ledger of reads has every read that Stripe received. */
async function readsOf30Days(stack: Stack): Promise<Record<string, number>> {
  await stack.forgetStripeRequests();
  const reads = await simulateDays(stack, DAYS);
  const received = (await stack.stripeLog()).filter(({ method }) => method === "GET").length;
  console.log(`${DAYS} days: ${JSON.stringify(reads)}`);
  assertEquals(sum(Object.values(reads)), received, "The ledger has every read");
  return Object.fromEntries(
    Object.entries(reads).map(([purpose, reads]) => [purpose, Math.ceil(reads * 30 / DAYS)]),
  );
}

Deno.test("An idle shop, whose catalog is visited every hour, costs fewer than 4,000 reads in 30 days", async () => {
  await using stack = await startStack({ CATALOG_ACCESS: "public" });
  await createTestCatalog(stack);
  const reads = await readsOf30Days(stack);
  assert(sum(Object.values(reads)) < 4_000, JSON.stringify(reads));
  assert(reads.poll! >= 30 * DAY / STEP, `${reads.poll} reads: events are polled every ${STEP} minutes`);
});

Deno.test(`A shop of ${SUBSCRIPTIONS} live subscriptions costs fewer than 10,000 scheduled reads in 30 days`, async () => {
  await using stack = await startStack({ CATALOG_ACCESS: "public" });
  await createSubscribers(stack, SUBSCRIPTIONS);
  const [mirrored] = await stack.sql`
    select (select count(*)::int from stripe_subscriptions where status = 'active') as subscriptions,
      (select count(*)::int from stripe_invoices where status = 'paid') as invoices`;
  assertEquals(mirrored, { subscriptions: SUBSCRIPTIONS, invoices: SUBSCRIPTIONS });
  const { poll = 0, catalog = 0, drift = 0 } = await readsOf30Days(stack);
  const reads = poll + catalog + drift;
  assert(reads < 10_000, `${reads} reads`);
  assert(poll >= 30 * DAY / STEP, `${poll} reads: events are polled every ${STEP} minutes`);
});
