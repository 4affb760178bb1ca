/**
 * Owners who start many checkouts at once, of two prices, while pages are paid, declined and abandoned, the function's
 * process is killed and webhooks are lost or late, buy each thing once and have one trial.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type Stripe from "stripe";
import { createCheckoutShop } from "./checkout_shop.ts";
import { startDeliverySimulator } from "./delivery_simulator.ts";
import { RECORD, startDatabaseProxy } from "./database_proxy.ts";
import { startFaultProxy } from "./fault_proxy.ts";
import { assertMirrored, assertSettled, reconcileAfterFaults } from "./mirror_assertions.ts";
import { type CheckoutBehavior, startStack } from "./stack.ts";
import { until } from "./until.ts";

const OWNERS = Number(Deno.env.get("PROOF_BUYERS") ?? 100);
const TABS = Number(Deno.env.get("PROOF_TABS") ?? 20);
const SEED = Number(Deno.env.get("PROOF_SEED") ?? 1);
/** Owners who buy concurrently. */
const CONCURRENT_OWNERS = 5;
/** Kills while these buy. */
const KILLS = 2;
/** The most attempts of one tab. */
const MAX_ATTEMPTS = 5;

/** Where the process is killed. */
const STEPS = ([
  ["database", "/rpc/begin_checkout"],
  ["stripe", "/v1/checkout/sessions"],
  ["stripe", /^\/v1\/checkout\/sessions\/\w+\/expire$/],
  ["stripe", "/v1/subscriptions"],
  ["stripe", /^\/v1\/invoices\/\w+\/void$/],
  ["database", RECORD],
  ["database", "/rpc/hand_out_checkout"],
] as const).flatMap(([service, path]) => (["before", "after"] as const).map((when) => ({ service, path, when })));

const BEHAVIORS: CheckoutBehavior[] = (["late", "early"] as const).flatMap((checkout_subscription) =>
  (["cancels", "refuses", "leaves"] as const).map((checkout_expiry) => ({ checkout_subscription, checkout_expiry }))
);
const VISITS = ["pay", "pay", "decline", "decline, then pay", "authenticate", "leave", "leave"] as const;
/** Ends of a call that a buyer may try again. */
const RETRIED = [500, 502, 503, 504];
const ENDED = ["canceled", "incomplete_expired"];
type Subscription = Stripe.Subscription & { latest_invoice: Stripe.Invoice | null };

Deno.test(`stripe-checkout, called ${TABS} times at once by each of ${OWNERS} owners, sells once (PROOF_SEED=${SEED})`, async () => {
  await using database = startDatabaseProxy();
  await using stripeProxy = startFaultProxy();
  await using stack = await startStack({ ...database.env, STRIPE_API_URL: stripeProxy.url });
  database.forwardTo(stack);
  stripeProxy.forwardTo(stack.stripe_url);
  const proxies = { database, stripe: stripeProxy };
  const numbers = fc.sample(fc.noBias(fc.nat(999_999)), { seed: SEED, numRuns: 10_000 });
  let drawn = 0;
  const below = (limit: number) => numbers[drawn++ % numbers.length]! % limit;
  const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)]!;
  let calm = true;
  await using simulator = await startDeliverySimulator(stack, () => ({
    copies: calm ? 1 : pick([0, 1, 1, 1, 1, 2]),
    delay: calm ? 0 : pick([0, 0, 30, 300]),
    fault: !calm && below(50) === 0 ? () => stack.kill("stripe-webhook") : undefined,
  }));
  const { signIn, start, offer, pay, authenticate } = createCheckoutShop(stack);
  const counts = { calls: 0, sessions: 0, refusals: 0, failures: 0, payments: 0, kills: 0 };

  const trial = { trial_days: "14" };
  const plans = [await offer(), await offer({}, {}, { recurring: { interval: "year" } })];
  const trials = [await offer(trial), await offer(trial, { group: "addon" })];

  async function visit(url: string): Promise<void> {
    const visited = pick(VISITS);
    if (visited === "leave") return;
    if (visited === "authenticate") {
      await pay(url, "authentication");
      await authenticate(url, pick(["pass", "fail", "abandon"] as const));
      return;
    }
    if (visited.startsWith("decline")) await pay(url, "declined");
    if (visited.endsWith("pay") && (await pay(url)).status === 303) counts.payments++;
  }

  /** @returns The page, null when it was refused, and undefined when the call failed */
  async function ask(token: string, price: string): Promise<string | null | undefined> {
    counts.calls++;
    const answer = await start(token, price).then(
      async (response) => ({ status: response.status, text: await response.text() }),
      () => ({ status: 502, text: "" }), // the process was killed
    );
    const { status, text } = answer;
    if (status === 200 || status === 201) {
      counts.sessions++;
      return JSON.parse(text).url;
    }
    if (RETRIED.includes(status)) {
      assert(!text.includes('"code":"internal"'), text);
      counts.failures++;
      return undefined;
    }
    assertEquals(status, 409, text);
    counts.refusals++;
    return null;
  }

  async function tab(token: string, prices: string[]): Promise<void> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const url = await ask(token, pick(prices));
      if (typeof url === "string") return await visit(url);
    }
  }

  const owners = Array.from({ length: OWNERS }, (_, n) => ({
    id: `user_buyer${n}`,
    prices: n % 2 === 0 ? plans : trials,
    customer: "",
  }));
  for (const owner of owners) {
    const response = await stack.call("stripe-customer", { method: "POST", token: await signIn(owner.id) });
    owner.customer = (await response.json()).customer_id;
  }

  for (let n = 0; n < OWNERS; n += CONCURRENT_OWNERS) {
    calm = false;
    await stack.checkoutBehavior(pick(BEHAVIORS));
    for (let kill = 0; kill < KILLS; kill++) {
      const { service, path, when } = STEPS[(n / CONCURRENT_OWNERS * KILLS + kill) % STEPS.length]!;
      proxies[service].next(path, {
        [when]: () => {
          counts.kills++;
          return stack.kill("stripe-checkout");
        },
      });
    }
    await Promise.all(
      owners.slice(n, n + CONCURRENT_OWNERS).map(async ({ id, prices }) => {
        const token = await signIn(id);
        await Promise.all(Array.from({ length: TABS }, () => tab(token, prices)));
      }),
    );
  }

  // Whatever was left behind, each owner can buy.
  calm = true;
  await stack.checkoutBehavior({ checkout_subscription: "late", checkout_expiry: "cancels" });
  for (const { id, prices } of owners) {
    const token = await signIn(id);
    await until(async () => {
      const url = await ask(token, prices[0]!);
      if (typeof url === "string") assertEquals((await pay(url)).status, 303);
      return url !== undefined;
    }, `an answer to ${id}`);
  }

  const { events, refs } = await simulator.close();
  await reconcileAfterFaults(stack);
  await assertSettled(stack, events);
  await assertMirrored(stack, refs);

  for (const { id, customer, prices } of owners) {
    const list: Stripe.SubscriptionListParams = {
      customer,
      status: "all",
      expand: ["data.latest_invoice"],
      limit: 100,
    };
    const subscriptions = (await stack.stripe.subscriptions.list(list)).data as Subscription[];
    const slotsOf = (some: Subscription[]) => some.map(({ metadata }) => metadata.slot!).toSorted();
    const live = slotsOf(subscriptions.filter(({ status }) => !ENDED.includes(status)));
    assertEquals(live, [...new Set(live)], `${id} has one live subscription in each slot`);
    assert(live.includes("plan:default"), `${id} has bought`);
    const tried = subscriptions.filter(({ trial_start }) => trial_start !== null);
    assert(tried.length <= 1, `${id} had ${tried.length} trials`);
    assertEquals(tried.length, prices === trials ? 1 : 0, `trials of ${id}`);
    const paid = slotsOf(subscriptions.filter(({ latest_invoice }) => (latest_invoice?.amount_paid ?? 0) > 0));
    assertEquals(paid, [...new Set(paid)], `${id} paid once in each slot`);
  }

  const { lost, doubled } = simulator.counts;
  console.log(
    `PROOF_SEED=${SEED}: ${OWNERS} owners, ${counts.calls} calls: ${counts.sessions} answered a session, ` +
      `${counts.refusals} refused, ${counts.failures} failed; ${counts.kills} kills, ${counts.payments} payments, ` +
      `${lost} events lost, ${doubled} doubled; each owner has one subscription in a slot, one trial, and paid once`,
  );
});
