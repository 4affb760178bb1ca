/** What stripe-checkout does when Stripe refuses, or when something changes while a call is under way. */
import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { Checkout } from "../_shared/contract/checkout.ts";
import { Customer } from "../_shared/contract/customer.ts";
import { readAnswer, readError } from "./answers.ts";
import { createCheckoutShop } from "./checkout_shop.ts";
import { startDatabaseProxy } from "./database_proxy.ts";
import { startFaultProxy } from "./fault_proxy.ts";
import { findLine } from "./log_lines.ts";
import { startStack } from "./stack.ts";
import { until } from "./until.ts";

const SESSIONS = "/v1/checkout/sessions";
type Fault = () => Promise<void>;
const EUR = { currency_options: { eur: { unit_amount: 800 } } };

Deno.test("stripe-checkout, refused by Stripe or overtaken", async (t) => {
  await using database = startDatabaseProxy();
  await using proxy = startFaultProxy();
  await using stack = await startStack({ ...database.env, STRIPE_API_URL: proxy.url }, { webhook: true });
  database.forwardTo(stack);
  proxy.forwardTo(stack.stripe_url);
  const { stripe, sql } = stack;
  const { signIn, start, buy, offer, pay, authenticate, customerOf, openOf } = createCheckoutShop(stack);
  const signUp = async (token: string) =>
    await readAnswer(await stack.call("stripe-customer", { method: "POST", token }), 201, Customer);
  const subscriptionsOf = async (owner: string) => {
    const { data } = await stripe.subscriptions.list({ customer: await customerOf(owner), status: "all" });
    return data.map(({ status }) => status).toSorted();
  };

  const monthly = await offer();
  const yearly = await offer({}, {}, { recurring: { interval: "year" } });

  await t.step("a plain checkout has three Stripe calls and three database calls", async () => {
    const token = await signIn("user_counted");
    await signUp(token);
    await buy(await signIn("user_warm"), monthly);
    await stack.webhooksAnswered();
    [database, proxy].forEach(({ requests }) => requests());
    await buy(token, monthly);
    assertEquals(proxy.requests(), ["sessions", "subscriptions", "sessions"]);
    assertEquals(database.requests(), ["begin_checkout", "claim_customer", "hand_out_checkout"]);
  });

  await t.step(
    "a price that was archived at Stripe answers price_not_offered, and the mirror is corrected",
    async () => {
      const price = await offer();
      await stack.webhooksAnswered();
      await stack.deliveryFault({ lost: true, times: 1 });
      await stripe.prices.update(price, { active: false });
      await stack.webhooksAnswered();
      const active = async () => (await sql`select active from stripe_prices where id = ${price}`)[0]!.active;
      assertEquals(await active(), true);
      await readError(await start(await signIn(), price), "price_not_offered");
      assertEquals(await active(), false);
    },
  );

  await t.step("a currency that Stripe refuses answers currency_mismatch with both", async () => {
    const euros = await offer({}, { group: "addon" }, EUR);
    const token = await signIn("user_currency");
    await pay((await buy(token, monthly)).url);
    const error = await readError(await start(token, euros, { currency: "eur" }), "currency_mismatch");
    assertEquals((error as { hint?: object }).hint, { action: "use_currency", currency: "usd" });
    for (const one of ['"usd"', '"eur"']) assertStringIncludes(error.message, one);
    assertEquals(await openOf("user_currency"), []);
  });

  await t.step("other currency open elsewhere: that session is expired", async () => {
    const euros = await offer({}, { group: "addon" }, EUR);
    const token = await signIn("user_currencies");
    await buy(token, monthly);
    const { id } = await buy(token, euros, { currency: "eur" });
    assertEquals(await openOf("user_currencies"), [id]);
  });

  await t.step("a payment under way answers checkout_in_progress, until it ends", async () => {
    await stack.checkoutBehavior({ checkout_subscription: "early", checkout_expiry: "refuses" });
    const token = await signIn("user_progress");
    const { url } = await buy(token, monthly);
    await pay(url, "authentication");
    const refused = await start(token, yearly);
    assertEquals(refused.headers.get("retry-after"), "30");
    await readError(refused, "checkout_in_progress");
    await authenticate(url, "pass");
    await readError(await start(token, yearly), "already_subscribed");
    assertEquals(await subscriptionsOf("user_progress"), ["active"]);
  });

  await t.step("expired while its payment was under way: the incomplete subscription is voided", async () => {
    await stack.checkoutBehavior({ checkout_subscription: "early", checkout_expiry: "leaves" });
    const token = await signIn("user_void");
    const first = await buy(token, monthly);
    await pay(first.url, "authentication");
    assertEquals(await subscriptionsOf("user_void"), ["incomplete"]);
    const second = await buy(token, yearly);
    assertEquals(await subscriptionsOf("user_void"), ["incomplete_expired"]);
    await authenticate(first.url, "pass");
    await pay(second.url);
    assertEquals(await subscriptionsOf("user_void"), ["active", "incomplete_expired"]);
  });

  await t.step("declined, with an incomplete subscription, back, same price: same session", async () => {
    await stack.checkoutBehavior({ checkout_subscription: "early", checkout_expiry: "cancels" });
    const token = await signIn("user_back");
    const { id, url } = await buy(token, monthly);
    assertEquals((await pay(url, "declined")).status, 402);
    assertEquals(await subscriptionsOf("user_back"), ["incomplete"]);
    assertEquals((await readAnswer(await start(token, monthly), 200, Checkout)).id, id);
    await pay(url);
    assertEquals(await subscriptionsOf("user_back"), ["active"]);
  });

  await t.step("declined, with an incomplete subscription, other price: void", async () => {
    const token = await signIn("user_other");
    const first = await buy(token, monthly);
    assertEquals((await pay(first.url, "declined")).status, 402);
    assertEquals(await subscriptionsOf("user_other"), ["incomplete"]);
    const second = await buy(token, yearly);
    assertEquals(await subscriptionsOf("user_other"), ["incomplete_expired"]);
    assertEquals((await pay(first.url)).location, null);
    await pay(second.url);
    assertEquals(await subscriptionsOf("user_other"), ["active", "incomplete_expired"]);
    await stack.checkoutBehavior({ checkout_subscription: "late" });
  });

  await t.step("restored backup: an old session that is not recorded is expired", async () => {
    const token = await signIn("user_restored");
    const first = await buy(token, monthly);
    await sql`delete from billing.checkouts where owner_id = 'user_restored'`;
    // Sixty seconds, by a clock in whole seconds that the proxy may give late.
    proxy.next(SESSIONS, { change: olderBy(65) });
    const second = await buy(token, monthly);
    assertNotEquals(second.id, first.id);
    assertEquals((await stripe.checkout.sessions.retrieve(first.id)).status, "expired");
    assertEquals(await openOf("user_restored"), [second.id]);
  });

  for (const [owner, when] of [["user_gone1", "before"], ["user_gone2", "after"]] as const) {
    await t.step(`customer deleted during a call, ${when} its subscriptions were listed: another buys`, async () => {
      const token = await signIn(owner);
      const { customer_id } = await signUp(token);
      proxy.next("/v1/subscriptions", { [when]: () => stripe.customers.del(customer_id) });
      const { id } = await buy(token, monthly);
      assertNotEquals(await customerOf(owner), customer_id);
      assertEquals(await openOf(owner), [id]);
    });
  }

  await t.step("attempt moves between begin and hand-out: the next round hands out the only open session", async () => {
    const token = await signIn("user_attempt");
    database.next("/rpc/hand_out_checkout", {
      before: () => sql`update billing.checkouts set attempt = attempt + 1 where owner_id = 'user_attempt'`,
    });
    await buy(token, monthly);
    const moved = await buy(token, yearly);
    assertEquals(await openOf("user_attempt"), [moved.id]);
  });

  for (
    const [when, inject] of [
      ["its session is created", (depart: Fault) => proxy.next("/v1/subscriptions", { after: depart })],
      ["its session is handed out", (depart: Fault) => database.next("/rpc/hand_out_checkout", { before: depart })],
    ] as const
  ) {
    await t.step(`user.deleted while a call is under way, before ${when}: nothing can be paid`, async () => {
      const user = await stack.newUser();
      const token = await signIn(user);
      await signUp(token);
      await stack.address("clerk-webhook");
      inject(async () => {
        await stack.clerk("DELETE", `/v1/users/${user}`);
        await until(async () => {
          const [event] = await sql`
            select from billing.webhook_events where object_id = ${user} and type = 'user.deleted' and outcome = 'processed'`;
          return event !== undefined;
        }, "the departure");
      });
      await readError(await start(token, monthly), "account_closed");
      const { data } = await stripe.checkout.sessions.list({ customer: await customerOf(user) });
      assertEquals(data.map(({ status }) => status), ["expired"]);
      assertEquals((await sql`select sessions from billing.checkouts where owner_id = ${user}`)[0]!.sessions, {});
    });
  }

  await t.step("no address of a payment page is in a log", async () => {
    assertEquals((await stack.logs()).includes("/c/pay/"), false);
  });
});

Deno.test("stripe-checkout, whose CHECKOUT_TAX Stripe refuses, answers 503 and logs the variable", async () => {
  await using stack = await startStack({ CHECKOUT_TAX: "automatic" }, { webhook: true });
  const { signIn, start, offer, buy } = createCheckoutShop(stack);
  const token = await signIn("user_taxed");
  const { id } = await buy(token, await offer());
  assertEquals((await stack.stripe.checkout.sessions.retrieve(id)).automatic_tax.enabled, true);

  const yearly = await offer({}, {}, { recurring: { interval: "year" } });
  await stack.setTaxSettings("pending");
  const response = await start(token, yearly);
  const line = JSON.stringify(await findLine(stack, response));
  await readError(response, "not_configured");
  assertStringIncludes(line, "CHECKOUT_TAX");
});

/** Makes every listed object so many seconds older. */
const olderBy = (seconds: number) => async (answer: Response): Promise<Response> => {
  const { data, ...list } = await answer.json();
  const older = data.map((one: { created: number }) => ({ ...one, created: one.created - seconds }));
  return Response.json({ ...list, data: older });
};
