/** What owners buy and change through the endpoints and on Stripe's pages, with every webhook delivered. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type Stripe from "stripe";
import { Checkout } from "../_shared/contract/checkout.ts";
import { ChangePreview, PortalLink } from "../_shared/contract/portal.ts";
import {
  OwnedSubscription,
  SubscriptionState,
  type SubscriptionState as State,
} from "../_shared/contract/subscription.ts";
import { readAnswer, readError } from "./answers.ts";
import { createCheckoutShop } from "./checkout_shop.ts";
import { act, confirmChange } from "./portal_page.ts";
import { ORIGIN, type Stack, startStack } from "./stack.ts";
import { uniqueName } from "./test_catalog.ts";

const DAY = 86_400;

/** The shop of a stack, with features and with what its owners read. */
function createShop(stack: Stack) {
  const { stripe } = stack;
  const shop = createCheckoutShop(stack);
  const read = async (token: string, query = ""): Promise<State> =>
    await readAnswer(await stack.call(`stripe-subscription${query}`, { token }), 200, SubscriptionState);

  return {
    ...shop,
    read,

    /** A price on offer whose product has a feature. */
    async sell(...params: Parameters<typeof shop.offer>) {
      const price = await shop.offer(...params);
      const feature = uniqueName();
      const { id } = await stripe.entitlements.features.create({ name: feature, lookup_key: feature });
      const { product } = await stripe.prices.retrieve(price);
      await stripe.products.createFeature(product as string, { entitlement_feature: id });
      return { price, feature, product: product as string };
    },

    /** The owner's state once every event is delivered. */
    async readSettled(token: string, query = "") {
      await stack.webhooksAnswered();
      return await read(token, query);
    },

    /** Whether a policy would let the user read what is behind the feature. */
    has: async (token: string, lookup_key: string) =>
      (await stack.client(token).rpc("has_entitlement", { lookup_key })).data,
  };
}

Deno.test("What an owner buys", async (t) => {
  await using stack = await startStack({}, { webhook: true });
  const { stripe } = stack;
  const { signIn, start, buy, sell, pay, read, readSettled, has, customerOf } = createShop(stack);
  const plan = await sell();
  const addon = await sell({}, { group: "addon" });

  await t.step("trap 24: first purchase, with the success page before the webhook and after it", async () => {
    const token = await signIn("user_first");
    const success_url = `${ORIGIN}/thanks?session={CHECKOUT_SESSION_ID}`;
    const { url } = await buy(token, plan.price, { success_url });
    await stack.webhooksAnswered();
    await stack.deliveryFault({ lost: true, times: 1_000 });
    const session = new URL((await pay(url)).location!).searchParams.get("session");
    assertEquals((await read(token)).status, "none");

    const query = `?sync=true&session_id=${session}`;
    const { synced, checkout, ...before } = await read(token, query);
    assertEquals([synced, checkout], [true, { status: "complete", payment_status: "paid" }]);
    assertEquals([before.status, before.access, before.entitlements], ["active", true, [plan.feature]]);

    await stack.clearDeliveryFaults();
    await stack.deliverAgain();
    const { synced: again, ...after } = await readSettled(token);
    assertEquals([again, after], [false, before]);
    assertEquals([await has(token, plan.feature), await has(token, addon.feature)], [true, false]);
  });

  await t.step("a second slot by `group` is bought beside the first, and each slot once", async () => {
    const token = await signIn("user_group");
    for (const { price } of [plan, addon]) await pay((await buy(token, price)).url);
    const { subscriptions, entitlements } = await readSettled(token);
    assertEquals(subscriptions.map(({ slot, status }) => [slot, status]).toSorted(), [
      ["plan:addon", "active"],
      ["plan:default", "active"],
    ]);
    assertEquals(entitlements.toSorted(), [plan.feature, addon.feature].toSorted());
    for (const { price } of [plan, addon]) await readError(await start(token, price), "already_subscribed");
  });

  await t.step("a free price is bought without a card", async () => {
    const free = await sell({}, {}, { unit_amount: 0 });
    const token = await signIn("user_free");
    const { location } = await pay((await buy(token, free.price)).url, "");
    assertNotEquals(location, null);
    const { status, entitlements, attention } = await readSettled(token);
    assertEquals([status, entitlements, attention], ["active", [free.feature], []]);
    await readError(await start(token, free.price), "already_subscribed");
  });

  await t.step(
    "what an organization's admin buys is used by its members, and refused to a member who buys",
    async () => {
      const o = { id: "org_journey", slg: "journey" };
      const as = (sub: string, rol: string) =>
        stack.sign({ sub, v: 2, exp: Math.floor(Date.now() / 1_000) + 3_600, o: { ...o, rol } });
      const [admin, member] = [await as("user_admin", "admin"), await as("user_member", "member")];
      const forAll = { for: "organization" };
      await readError(await start(member, plan.price, forAll), "forbidden");
      await readError(await start(await signIn("user_admin"), plan.price, forAll), "organization_required");
      await pay((await buy(admin, plan.price, forAll)).url);

      const state = await readSettled(member, "?for=organization");
      assertEquals([state.owner, state.access, state.entitlements], ["org_journey", true, [plan.feature]]);
      assertEquals([await has(member, plan.feature), await has(await signIn("user_member"), plan.feature)], [
        true,
        false,
      ]);
      const [subscription] = state.subscriptions;
      const change = { subscription: subscription!.id, cancel_at_period_end: true, ...forAll };
      const update = (token: string) =>
        stack.call("stripe-subscription-update", { method: "POST", token, body: change });
      await readError(await update(member), "forbidden");
      assertEquals((await stripe.subscriptions.retrieve(subscription!.id)).cancel_at_period_end, false);
      for (const token of [admin, member]) assertEquals((await read(token)).status, "none", "Nothing for oneself");
    },
  );

  await t.step(
    "lifetime, refunded, dispute won: what each leaves of the access, also after a dispute that is lost",
    async () => {
      const lifetime = await sell({}, { purchase: "once" }, { recurring: undefined });
      /** Buys it. @returns The payment, and what its buyer may do */
      async function buyer(owner: string) {
        const token = await signIn(owner);
        const { id, url } = await buy(token, lifetime.price);
        assertNotEquals((await pay(url)).location, null);
        const payment_intent = (await stripe.checkout.sessions.retrieve(id)).payment_intent as string;
        const charge = (await stripe.paymentIntents.retrieve(payment_intent)).latest_charge as string;
        return {
          token,
          payment_intent,
          dispute: async () => (await stack.openDispute(charge)).id,
          async assertState(status: string, entitled: boolean) {
            const { purchases, entitlements, access } = await readSettled(token);
            assertEquals(purchases.map(({ session, status }) => [session, status]), [[id, status]]);
            assertEquals([entitlements, access], [entitled ? [lifetime.feature] : [], entitled]);
            assertEquals(await has(token, lifetime.feature), entitled);
          },
        };
      }
      const refunded = await buyer("user_refunded");
      await refunded.assertState("paid", true);
      await readError(await start(refunded.token, lifetime.price), "already_purchased");
      await stripe.refunds.create({ payment_intent: refunded.payment_intent, amount: 100 });
      await refunded.assertState("paid", true);
      await stripe.refunds.create({ payment_intent: refunded.payment_intent });
      await refunded.assertState("refunded", false);
      await readAnswer(await start(refunded.token, lifetime.price), 201, Checkout);

      const won = await buyer("user_won");
      const dispute = await won.dispute();
      await won.assertState("disputed", false);
      await stack.moveDispute(dispute, "won");
      await won.assertState("paid", true);

      const lost = await buyer("user_lost");
      await stack.moveDispute(await lost.dispute(), "lost");
      await lost.assertState("disputed", false);
    },
  );

  await t.step("trap 23: a customer that is deleted at Stripe has nothing left, and its owner buys again", async () => {
    const token = await signIn("user_deleted");
    await pay((await buy(token, plan.price)).url);
    assertEquals((await readSettled(token)).status, "active");
    const customer = await customerOf("user_deleted");
    await stripe.customers.del(customer);
    const { status, access, customer_id } = await readSettled(token);
    assertEquals([status, access, customer_id], ["none", false, null]);
    await pay((await buy(token, plan.price)).url);
    const again = await readSettled(token);
    assertEquals([again.status, again.entitlements], ["active", [plan.feature]]);
    assertNotEquals(again.customer_id, customer);
  });
});

Deno.test("What a subscriber changes", async (t) => {
  await using stack = await startStack({}, { webhook: true });
  const { stripe } = stack;
  const { signIn, buy, sell, pay, readSettled } = createShop(stack);
  const range = { quantity: "1-10" };
  const [basic, pro] = [await sell(range), await sell(range, {}, { unit_amount: 2_700 })];
  const { id: configuration } = await stripe.billingPortal.configurations.create({
    features: {
      subscription_cancel: { enabled: true },
      subscription_update: {
        enabled: true,
        default_allowed_updates: ["price", "quantity"],
        proration_behavior: "always_invoice",
        products: [basic, pro].map(({ product, price }) => ({ product, prices: [price] })),
      },
    },
  });
  await stack.setDefaultPortal(configuration);
  const token = await signIn("user_subscriber");
  await pay((await buy(token, basic.price)).url);
  const bought = (await readSettled(token)).subscriptions[0]!;
  const subscription = bought.id;
  const post = (name: string, body: object) => stack.call(name, { method: "POST", token, body });
  const portal = async (flow?: object) =>
    (await readAnswer(await post("stripe-portal", { return_url: ORIGIN, flow }), 200, PortalLink)).url;
  // The amounts depend on the second of the change.
  await stack.stopClock();

  for (
    const [what, change, expected] of [
      ["upgrade", { price: pro.price }, [pro, 1]],
      ["more seats", { quantity: 4 }, [pro, 4]],
      ["fewer seats", { quantity: 2 }, [pro, 2]],
      ["downgrade", { price: basic.price, quantity: 1 }, [basic, 1]],
    ] as const
  ) {
    await t.step(`${what}: the previewed amount is charged, and the webhook shows the change`, async () => {
      await stack.advanceClock(5 * DAY);
      const [product, quantity] = expected;
      const asked = { subscription, price: product.price, ...change };
      const preview = await readAnswer(await post("stripe-subscription-preview", asked), 200, ChangePreview);
      assertEquals(await confirmChange(await portal({ type: "confirm_update", subscription, ...change })), ORIGIN);
      const { subscriptions, entitlements } = await readSettled(token);
      assertEquals(subscriptions.map(({ items }) => items.map(({ price, quantity }) => [price, quantity])), [[
        [product.price, quantity],
      ]]);
      assertEquals(entitlements, [product.feature]);
      const { latest_invoice } = await stripe.subscriptions.retrieve(subscription, { expand: ["latest_invoice"] });
      const { total, amount_paid } = latest_invoice as Stripe.Invoice;
      assertEquals([preview.due, preview.total, preview.amount_due], ["now", total, amount_paid]);
    });
  }

  await t.step("canceled in the portal and resumed by the API, then the other way round", async () => {
    const ending = async () => (await readSettled(token)).subscriptions[0]!.will_cancel_at;
    const update = async (cancel_at_period_end: boolean) =>
      await readAnswer(
        await post("stripe-subscription-update", { subscription, cancel_at_period_end }),
        200,
        OwnedSubscription,
      );
    const { current_period_end } = (await readSettled(token)).subscriptions[0]!;
    await act(await portal(), { action: "cancel", subscription });
    assertEquals(await ending(), current_period_end);
    assertEquals((await update(false)).will_cancel_at, null);
    assertEquals(await ending(), null);
    assertEquals((await update(true)).will_cancel_at, current_period_end);
    await act(await portal(), { action: "resume", subscription });
    assertEquals(await ending(), null);
  });

  await t.step("a subscriber of an archived price is renewed, and keeps the access", async () => {
    await stripe.prices.update(basic.price, { active: false });
    await readSettled(token);
    await readError(
      await post("stripe-checkout", { price: basic.price, success_url: ORIGIN, cancel_url: ORIGIN }),
      "price_not_offered",
    );
    const { current_period_end } = (await readSettled(token)).subscriptions[0]!;
    await stack.advanceClock(32 * DAY);
    const { status, access, subscriptions } = await readSettled(token);
    assertEquals([status, access], ["active", true]);
    assert(subscriptions[0]!.current_period_end! > current_period_end!);
  });
});

Deno.test("What becomes of a trial", async (t) => {
  await using stack = await startStack({}, { webhook: true });
  const { signIn, start, buy, sell, pay, readSettled } = createShop(stack);
  const { price, feature } = await sell({ trial_days: "14" });
  const optional = await sell({ trial_days: "14", trial_card: "optional" });

  /** Begins a trial. @returns The token of its owner */
  async function begin(owner: string, price: string, method: string): Promise<string> {
    const token = await signIn(owner);
    const { url, trial_days } = await buy(token, price);
    assertEquals(trial_days, 14);
    assertNotEquals((await pay(url, method)).location, null);
    const { status, access, subscriptions } = await readSettled(token);
    assertEquals([status, access], ["trialing", true]);
    assertNotEquals(subscriptions[0]!.trial_end, null);
    return token;
  }
  const [paying, cardless, failing] = [
    await begin("user_card", price, "visa"),
    await begin("user_cardless", optional.price, ""),
    await begin("user_failing", price, "declined_later"),
  ];
  await stack.advanceClock(15 * DAY);

  await t.step("with a card it is charged at its end, and the subscription is active", async () => {
    const { status, entitlements } = await readSettled(paying);
    assertEquals([status, entitlements], ["active", [feature]]);
  });

  await t.step("trap 28: without a card it ends, and its owner gets no other", async () => {
    const { status, access, entitlements } = await readSettled(cardless);
    assertEquals([status, access, entitlements], ["canceled", false, []]);
    assertEquals((await buy(cardless, price)).trial_days, null);
  });

  await t.step(
    "with a card that fails it is past_due with grace, and active once the invoice's page is paid",
    async () => {
      const { status, access, entitlements, attention } = await readSettled(failing);
      assertEquals([status, access, entitlements], ["past_due", true, [feature]]);
      assertEquals(attention.map(({ reason }) => reason), ["past_due"]);
      const refused = await readError(await start(failing, price), "already_subscribed") as {
        hint?: { action: string };
      };
      assertEquals(refused.hint?.action, "pay");
      assertEquals((await pay(attention[0]!.pay_url!)).status, 200);
      const paid = await readSettled(failing);
      assertEquals([paid.status, paid.access, paid.attention], ["active", true, []]);
    },
  );
});
