/** Reads at Stripe in 30 days in which nothing changes there, while the database's times are moved. */
import { openStripe } from "../../deploy/stripe/sdk.ts";
import { createSubscribers, simulateDays } from "../../testbed/simulated_days.ts";
import type { BenchmarkContext } from "../context.ts";
import { addBudget, type Rounds, type Row, rowOf } from "../report.ts";
import type { RowFilter } from "../row_filter.ts";

export const READS = "reads in 30 simulated days";

const DAYS = 30;
/** Products of the shop that has no subscription. */
const PRODUCTS = 2;
/** What 30 days may cost: without a customer, and with 1,000 subscriptions. */
const IDLE = 4_000;
const BUSY = 10_000;

export async function measureReads(context: BenchmarkContext, includes: RowFilter): Promise<Row[]> {
  const { days, subscriptions } = context.sizes;
  const shops = [
    { shop: "idle shop", subscribers: 0, atMost: IDLE },
    { shop: `${subscriptions.toLocaleString("en")} subscriptions`, subscribers: subscriptions, atMost: BUSY },
  ];
  const rows: Row[] = [];
  for (const { shop, subscribers, atMost } of shops) {
    const name = days === DAYS ? shop : `${shop}, from ${days} days`;
    if (!includes(READS, name)) continue;
    context.progress(`Reads in ${days} simulated days: ${shop}`);
    const reads = await countReads(context, subscribers);
    const all = Object.values(reads).reduce((sum, count) => sum + count, 0);
    const rounds: Rounds = Object.fromEntries(
      Object.entries({ "all purposes": all, ...reads }).map(([purpose, count]) => [purpose, [{ stripe_reads: count }]]),
    );
    rows.push(addBudget(rowOf(READS, name, rounds), "reads of all purposes", all, atMost));
  }
  return rows;
}

/** @returns The reads of 30 days by purpose */
async function countReads({ sizes: { days }, startStack }: BenchmarkContext, subscribers: number) {
  await using stack = await startStack("benchmark_reads", subscribers > 0 ? 0 : PRODUCTS);
  const shop = {
    sql: stack.sql,
    url: stack.url,
    reconcile_secret: stack.env.RECONCILE_SECRET!,
    stripe: openStripe(stack.stripe.url, stack.stripe.key),
    advanceClock: stack.advanceStripeClock,
  };
  if (subscribers > 0) await createSubscribers(shop, subscribers);
  const reads = await simulateDays(shop, days);
  // Each simulated day is like the other.
  return Object.fromEntries(Object.entries(reads).map(([purpose, count]) => [purpose, count * DAYS / days]));
}
