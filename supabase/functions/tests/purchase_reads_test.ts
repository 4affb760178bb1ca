/** What a purchase costs of Stripe's allocation of reads: https://docs.stripe.com/rate-limits#api-read-request-allocations */
import { assert, assertEquals } from "@std/assert";
import { SubscriptionState } from "../_shared/contract/subscription.ts";
import { readAnswer } from "./answers.ts";
import { createCheckoutShop } from "./checkout_shop.ts";
import { reconcile } from "./reconcile_run.ts";
import { ORIGIN, startStack } from "./stack.ts";
import { uniqueName } from "./test_catalog.ts";
import { until } from "./until.ts";

/** From the owner's first call to the reconcile run after it, whose list of events is one of them. */
const MOST = 10;
/** Events that arrive slowly are not read together, so the cheapest of these purchases counts. */
const PURCHASES = 5;

Deno.test(`A purchase costs at most ${MOST} reads at Stripe, and each is counted`, async (t) => {
  await using stack = await startStack({}, { webhook: true });
  const { sql, stripe } = stack;
  const { signIn, offer, buy, pay } = createCheckoutShop(stack);

  async function sell(params: object) {
    const price = await offer({}, {}, params);
    const lookup_key = uniqueName();
    const { id } = await stripe.entitlements.features.create({ name: lookup_key, lookup_key });
    const { product } = await stripe.prices.retrieve(price);
    await stripe.products.createFeature(product as string, { entitlement_feature: id });
    return { price, feature: lookup_key };
  }

  /** Buys, returns to the success page after the webhooks, and waits until every event is finished. */
  async function purchase({ price, feature }: Awaited<ReturnType<typeof sell>>) {
    const token = await signIn();
    const { url } = await buy(token, price, { success_url: `${ORIGIN}/thanks?session={CHECKOUT_SESSION_ID}` });
    const session = new URL((await pay(url)).location!).searchParams.get("session");
    await stack.webhooksAnswered();
    const response = await stack.call(`stripe-subscription?sync=true&session_id=${session}`, { token });
    const { synced, checkout, entitlements } = await readAnswer(response, 200, SubscriptionState);
    assertEquals([synced, checkout], [true, { status: "complete", payment_status: "paid" }]);
    assertEquals(entitlements, [feature]);
    await until(
      async () => (await sql`select from billing.webhook_events where processed_at is null`).length === 0,
      "every event is finished",
    );
    assertEquals((await reconcile(stack)).failed, 0);
  }

  async function counted(): Promise<number> {
    const [row] = await sql`select coalesce(sum(reads), 0)::int as reads from billing.stripe_reads`;
    return row!.reads;
  }

  for (const [what, params] of [["a subscription", {}], ["a one-time purchase", { recurring: undefined }]] as const) {
    await t.step(what, async () => {
      const sold = await sell(params);
      // Events wait for each other once a reconcile run was made, and the first calls of a process read its account.
      await purchase(sold);
      const reads: number[] = [];
      while (reads.length < PURCHASES && !reads.some((count) => count <= MOST)) {
        await stack.forgetStripeRequests();
        const before = await counted();
        await purchase(sold);
        const received = (await stack.stripeLog()).filter(({ method }) => method === "GET").length;
        reads.push(received);
        await until(async () => await counted() - before === received, "The ledger has every read");
      }
      console.log(`${what}: ${reads.join(", ")} reads`);
      assert(Math.min(...reads) <= MOST, `${reads} reads`);
    });
  }
});
