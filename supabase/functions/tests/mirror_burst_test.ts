/** A burst of events of few objects under Stripe's rate limit. */
import { assert, assertEquals } from "@std/assert";
import type Stripe from "stripe";
import { Receipt } from "../_shared/contract/webhook.ts";
import { deliver } from "./events.ts";
import { forEach } from "../../../scripts/testbed/for_each.ts";
import { assertMirrored, assertSettled, letTimePass, reconcileAfterFaults } from "./mirror_assertions.ts";
import { reconcile } from "./reconcile_run.ts";
import { type Stack, startStack } from "./stack.ts";

const PRODUCTS = 20;
const CHANGES = 10;
/**
 * Reads per second and endpoint while Stripe's clock is stopped, so however slow the machine is, these reads succeed and no
 * more. Below the number of products.
 */
const LIMIT = 15;
/** As Stripe allows. */
const STRIPE_LIMIT = 25;
/** Concurrent deliveries, so few that a slow machine answers each within the timeout of the database. */
const CONCURRENCY = 20;
/** Stripe retries for days. */
const MAX_ROUNDS = 60;

/** Changes every product. @returns the events in random order */
async function changeAll({ stripe }: Stack): Promise<Stripe.Event[]> {
  for (let n = 0; n < PRODUCTS; n++) {
    const { id } = await stripe.products.create({ name: "Before" });
    for (let change = 1; change < CHANGES; change++) await stripe.products.update(id, { name: `Change ${change}` });
  }
  const events = await stripe.events.list({ limit: 100 }).autoPagingToArray({ limit: 1_000 });
  assertEquals(events.length, PRODUCTS * CHANGES);
  return events.sort(() => Math.random() - 0.5);
}

/** Delivers the events in a burst. @returns those that Stripe sends again, and the number of deferred ones */
async function send(events: Stripe.Event[], stack: Stack) {
  const refused: Stripe.Event[] = [];
  let deferred = 0;
  await forEach(events, CONCURRENCY, async (event) => {
    const response = await deliver(stack, JSON.stringify(event));
    const text = await response.text();
    if (response.ok) deferred += Number(Receipt.parse(JSON.parse(text)).outcome === "deferred");
    else assert([409, 503].includes(response.status) && refused.push(event), `${response.status}: ${text}`);
  });
  return { refused, deferred };
}

/** The number of products that Stripe answered. */
async function reads(stack: Stack): Promise<number> {
  const requests = await stack.stripeLog();
  return requests.filter(({ method, path, status }) =>
    method === "GET" && path.startsWith("/v1/products/") && status === 200
  ).length;
}

/** Stripe's retries are minutes apart: the rate limit has recovered and every lease has expired. */
async function waitForRetry(stack: Stack): Promise<void> {
  await stack.advanceClock(60);
  await letTimePass(stack);
}

async function assertConverged(stack: Stack, events: Stripe.Event[]): Promise<void> {
  await stack.rateLimit(null);
  await assertSettled(stack, events.map(({ id }) => id));
  const ids = [...new Set(events.map(({ data }) => (data.object as Stripe.Product).id))];
  await assertMirrored(stack, ids.map((object_id) => ({ object: "product", object_id })));
}

Deno.test("A burst over the rate limit with a recent reconcile run is deferred and read once per object", async () => {
  await using stack = await startStack();
  await reconcile(stack);
  const events = await changeAll(stack);
  await stack.stopClock();
  await stack.rateLimit(LIMIT);
  const { refused, deferred } = await send(events, stack);
  await stack.rateLimit(STRIPE_LIMIT);
  assertEquals(refused, [], "No event is sent again");
  const before = await reads(stack);
  assertEquals(before, LIMIT, "The limit was reached");
  assert(deferred >= PRODUCTS - LIMIT, `${deferred} events were deferred`);
  const { processed } = await reconcileAfterFaults(stack);
  assert(processed > 0 && processed <= PRODUCTS, `${processed} objects were left`);
  const all = await reads(stack);
  assertEquals(all - before, processed);
  assert(all < events.length * 0.75, `${all} reads for ${events.length} events`);
  console.log(`${events.length} events in a burst: ${before} reads, ${deferred} deferred to ${processed} reads`);
  await assertConverged(stack, events);
});

Deno.test("A burst over the rate limit without a reconcile run is sent again by Stripe, and no event is lost", async () => {
  await using stack = await startStack();
  const events = await changeAll(stack);
  await stack.stopClock();
  await stack.rateLimit(LIMIT);
  let rounds = 0, left = events;
  for (; left.length > 0; rounds++) {
    assert(rounds < MAX_ROUNDS, `${left.length} events are still refused`);
    if (rounds > 0) await waitForRetry(stack);
    left = (await send(left, stack)).refused;
  }
  assert(rounds > 1, `${rounds} round: the limit was not reached`);
  const all = await reads(stack);
  assert(all < events.length, `${all} reads for ${events.length} events`);
  console.log(`${events.length} events in ${rounds} rounds: ${all} reads`);
  await assertConverged(stack, events);
});
