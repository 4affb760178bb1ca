/** Trap 25: many events of few objects at once, while Stripe answers no more reads than its limit. */
import { assert, assertEquals } from "@std/assert";
import type Stripe from "stripe";
import { Receipt } from "../_shared/contract/webhook.ts";
import { deliver } from "./events.ts";
import { assertMirrored, assertSettled, letTimePass, reconcileLater } from "./mirror_state.ts";
import { reconcile } from "./reconcile_run.ts";
import { type Stack, startStack } from "./stack.ts";

const PRODUCTS = 20;
const CHANGES = 10;
/** Reads a second of each endpoint: what Stripe allows. */
const LIMIT = 25;
/** Deliveries at once. */
const TOGETHER = 100;
/** Stripe goes on for days. */
const ROUNDS = 60;

/** Changes every product, and gives the events in the order of a pack of cards. */
async function changeAll({ stripe }: Stack): Promise<Stripe.Event[]> {
  for (let n = 0; n < PRODUCTS; n++) {
    const { id } = await stripe.products.create({ name: "Before" });
    for (let change = 1; change < CHANGES; change++) await stripe.products.update(id, { name: `Change ${change}` });
  }
  const events = await stripe.events.list({ limit: 100 }).autoPagingToArray({ limit: 1_000 });
  assertEquals(events.length, PRODUCTS * CHANGES);
  return events.sort(() => Math.random() - 0.5);
}

/** Delivers them in a burst. @returns Those that Stripe will send again, and how many were put off */
async function send(events: Stripe.Event[], stack: Stack) {
  const waiting = [...events];
  const again: Stripe.Event[] = [];
  let deferred = 0;
  await Promise.all(Array.from({ length: TOGETHER }, async () => {
    for (let event = waiting.pop(); event; event = waiting.pop()) {
      const response = await deliver(stack, JSON.stringify(event));
      const text = await response.text();
      if (response.ok) deferred += Number(Receipt.parse(JSON.parse(text)).outcome === "deferred");
      else assert([409, 503].includes(response.status) && again.push(event), `${response.status}: ${text}`);
    }
  }));
  return { again, deferred };
}

/** How often Stripe was asked for a product, and answered. */
async function reads(stack: Stack): Promise<number> {
  const requests = await stack.stripeLog();
  return requests.filter(({ method, path, status }) =>
    method === "GET" && path.startsWith("/v1/products/") && status === 200
  ).length;
}

/** Its retries are minutes apart: what was refused may be read again, and no lease is left. */
async function stripeComesBack(stack: Stack): Promise<void> {
  await new Promise((resume) => setTimeout(resume, 300));
  await letTimePass(stack);
}

async function assertRight(stack: Stack, events: Stripe.Event[]): Promise<void> {
  await stack.rateLimit(null);
  await assertSettled(stack, events.map(({ id }) => id));
  const ids = [...new Set(events.map(({ data }) => (data.object as Stripe.Product).id))];
  await assertMirrored(stack, ids.map((object_id) => ({ object: "product", object_id })));
}

Deno.test("trap 25: with a reconcile about, a burst over the limit is put off and read once an object", async () => {
  await using stack = await startStack();
  await reconcile(stack);
  const events = await changeAll(stack);
  await stack.rateLimit(LIMIT);
  const { again, deferred } = await send(events, stack);
  assertEquals(again, [], "Stripe need not come back");
  assert(deferred > 0, "The limit was met");
  const before = await reads(stack);
  const { processed } = await reconcileLater(stack);
  assert(processed > 0 && processed <= PRODUCTS, `${processed} objects were left`);
  const all = await reads(stack);
  assertEquals(all - before, processed);
  assert(all < events.length * 0.75, `${all} reads for ${events.length} events`);
  console.log(`${events.length} events at once: ${before} read at once, ${deferred} deferred to ${processed} reads`);
  await assertRight(stack, events);
});

Deno.test("trap 25: without a reconcile Stripe sends again what met the limit, and no event is lost", async () => {
  await using stack = await startStack();
  const events = await changeAll(stack);
  await stack.rateLimit(LIMIT);
  let rounds = 0, left = events;
  for (; left.length > 0; rounds++) {
    assert(rounds < ROUNDS, `${left.length} events are still refused`);
    if (rounds > 0) await stripeComesBack(stack);
    left = (await send(left, stack)).again;
  }
  assert(rounds > 1, "The limit was met");
  const all = await reads(stack);
  assert(all < events.length, `${all} reads for ${events.length} events`);
  console.log(`${events.length} events in ${rounds} rounds: ${all} reads`);
  await assertRight(stack, events);
});
