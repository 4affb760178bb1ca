/** Traps 5 to 8: thousands of events while their objects change on, from many workers at once. */
import { assertEquals } from "@std/assert";
import { assertMirrored, assertSettled } from "./mirror_state.ts";
import { openPostOffice } from "./post_office.ts";
import { startStack } from "./stack.ts";

const EVENTS = Number(Deno.env.get("PROOF_EVENTS") ?? 2_000);
const WORKERS = 32;
const OBJECTS = 50;
/** Whoever changes objects, one after the other. */
const HANDS = 4;

Deno.test(`Of ${EVENTS} events from ${WORKERS} workers at once none is lost`, async () => {
  await using stack = await startStack();
  let came = 0;
  await using post = await openPostOffice(
    stack,
    () => ({ copies: came++ % 10 === 0 ? 2 : 1, late: Math.random() * 100 }),
    { workers: WORKERS, tries: 10 },
  );

  const { products, customers } = stack.stripe;
  const made = await Promise.all(Array.from({ length: OBJECTS }, async (_, n) => {
    const { id } = n % 2 === 0 ? await products.create({ name: "New" }) : await customers.create({ name: "New" });
    return (name: string) => n % 2 === 0 ? products.update(id, { name }) : customers.update(id, { name });
  }));
  let changes = made.length;
  await Promise.all(Array.from({ length: HANDS }, async () => {
    while (changes < EVENTS) {
      const change = changes++;
      await made[change % OBJECTS]!(`Change ${change}`);
    }
  }));

  const { events, subjects } = await post.close();
  assertEquals([new Set(events).size, subjects.length], [EVENTS, OBJECTS]);
  await assertSettled(stack, events);
  await assertMirrored(stack, subjects);
  const { sent, doubled, reordered } = post.counts;
  const outcomes = await stack.sql`select outcome, count(*)::integer from billing.webhook_events group by 1 order by 1`;
  const finished = outcomes.map(({ outcome, count }) => `${count} ${outcome}`).join(", ");
  console.log(`${EVENTS} events in ${sent} deliveries, ${doubled} doubled, ${reordered} reordered: ${finished}`);
});
