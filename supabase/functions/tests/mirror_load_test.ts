/** Thousands of events on many workers while their objects change. */
import { assertEquals } from "@std/assert";
import { assertMirrored, assertSettled } from "./mirror_assertions.ts";
import { startDeliverySimulator } from "./delivery_simulator.ts";
import { startStack } from "./stack.ts";

const EVENTS = Number(Deno.env.get("PROOF_EVENTS") ?? 2_000);
const WORKERS = 32;
const OBJECTS = 50;
/** Concurrent changes. */
const CHANGES_AT_ONCE = 4;

Deno.test(`stripe-webhook, sent ${EVENTS} events by ${WORKERS} concurrent workers, loses none`, async () => {
  await using stack = await startStack();
  let received = 0;
  await using simulator = await startDeliverySimulator(
    stack,
    () => ({ copies: received++ % 10 === 0 ? 2 : 1, delay: Math.random() * 100 }),
    { workers: WORKERS, attempts: 10 },
  );

  const { products, customers } = stack.stripe;
  const made = await Promise.all(Array.from({ length: OBJECTS }, async (_, n) => {
    const { id } = n % 2 === 0 ? await products.create({ name: "New" }) : await customers.create({ name: "New" });
    return (name: string) => n % 2 === 0 ? products.update(id, { name }) : customers.update(id, { name });
  }));
  let changes = made.length;
  await Promise.all(Array.from({ length: CHANGES_AT_ONCE }, async () => {
    while (changes < EVENTS) {
      const change = changes++;
      await made[change % OBJECTS]!(`Change ${change}`);
    }
  }));

  const { events, refs } = await simulator.close();
  assertEquals([new Set(events).size, refs.length], [EVENTS, OBJECTS]);
  await assertSettled(stack, events);
  await assertMirrored(stack, refs);
  const { sent, doubled, reordered } = simulator.counts;
  const outcomes = await stack.sql`select outcome, count(*)::integer from billing.webhook_events group by 1 order by 1`;
  const finished = outcomes.map(({ outcome, count }) => `${count} ${outcome}`).join(", ");
  console.log(`${EVENTS} events in ${sent} deliveries, ${doubled} doubled, ${reordered} reordered: ${finished}`);
});
