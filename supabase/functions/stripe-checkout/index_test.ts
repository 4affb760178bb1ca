import { assert, assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import { Checkout } from "../_shared/contract/checkout.ts";
import { Customer } from "../_shared/contract/customer.ts";
import { readAnswer, readError, readProblems } from "../tests/answers.ts";
import { createCheckoutShop, URLS } from "../tests/checkout_shop.ts";
import { testEveryEndpoint } from "../tests/every_endpoint.ts";
import { ORIGIN, startStack } from "../tests/stack.ts";
import { until } from "../tests/until.ts";

Deno.test("stripe-checkout", async (t) => {
  await using stack = await startStack({}, { webhook: true });
  const { stripe, sql } = stack;
  const { signIn, start, buy, offer, pay, customerOf, openOf } = createCheckoutShop(stack);

  const monthly = await offer();
  const yearly = await offer({}, {}, { recurring: { interval: "year" } });

  await t.step("a token leads to a page, the page to a payment, and its webhook to the mirror's row", async () => {
    const token = await signIn("user_journey");
    const { id, url, mode, trial_days } = await buy(token, monthly, {
      success_url: `${ORIGIN}/thanks/{CHECKOUT_SESSION_ID}?session={CHECKOUT_SESSION_ID}`,
    });
    assertEquals([mode, trial_days], ["subscription", null]);
    const { location } = await pay(url);
    assertEquals(location, `${ORIGIN}/thanks/${id}?session=${id}`);
    const [row] = await until(async () => {
      const rows = await sql`select data, status from stripe_subscriptions where customer = ${await customerOf(
        "user_journey",
      )}`;
      return rows.length > 0 && rows[0]!.status === "active" && rows;
    }, "the subscription");
    const { deployment_id, owner, slot, trial } = row!.data.metadata;
    assertEquals([owner, slot, trial], ["user_journey", "plan:default", "false"]);
    assertMatch(deployment_id, /^[0-9a-f-]{36}$/);

    for (const price of [monthly, yearly]) {
      const { hint } = await readError(await start(token, price), "already_subscribed") as { hint?: object };
      assertEquals(hint, { action: "portal", subscription: row!.data.id });
    }
    assertEquals((await stack.logs()).includes("/c/pay/"), false, "URL is in no log");
  });

  await t.step("trap 24: a double click, and another click later, get one session", async () => {
    const token = await signIn("user_twice");
    const responses = await Promise.all([start(token, monthly), start(token, monthly)]);
    const ids = await Promise.all(responses.map(async (response) => (await response.json()).id as string));
    assertEquals(ids[0], ids[1]);
    assertEquals((await readAnswer(await start(token, monthly), 200, Checkout)).id, ids[0]!);
    assertEquals(await openOf("user_twice"), [ids[0]!]);
  });

  await t.step("the lookup key of a price buys it, in the session of its id", async () => {
    const keyed = await offer({}, {}, { lookup_key: "pro_monthly" });
    const token = await signIn("user_keyed");
    const { id } = await buy(token, "pro_monthly");
    assertEquals((await stripe.checkout.sessions.listLineItems(id)).data[0]!.price!.id, keyed);
    assertEquals((await readAnswer(await start(token, keyed), 200, Checkout)).id, id);
  });

  await t.step("monthly, then yearly: the first session is expired", async () => {
    const token = await signIn("user_yearly");
    const first = await buy(token, monthly);
    const second = await buy(token, yearly);
    assertEquals(await openOf("user_yearly"), [second.id]);
    assertEquals((await stripe.checkout.sessions.retrieve(first.id)).status, "expired");
  });

  await t.step("declined, back, same price: same session; declined, other price: void", async () => {
    const token = await signIn("user_declined");
    const first = await buy(token, monthly);
    assertEquals((await pay(first.url, "declined")).status, 402);
    assertEquals((await readAnswer(await start(token, monthly), 200, Checkout)).id, first.id);
    const second = await buy(token, yearly);
    assertNotEquals(second.id, first.id);
    assert((await pay(second.url)).location?.startsWith(URLS.success_url));
    const { data } = await stripe.subscriptions.list({ customer: await customerOf("user_declined"), status: "all" });
    assertEquals(data.filter(({ status }) => status !== "incomplete_expired").map(({ status }) => status), ["active"]);
  });

  await t.step("the common path has three Stripe calls", async () => {
    const token = await signIn("user_counted");
    await readAnswer(await stack.call("stripe-customer", { method: "POST", token }), 201, Customer);
    await stack.forgetStripeRequests();
    await buy(token, monthly);
    const calls = (await stack.stripeRequests()).map((request) => request.replace(/\?.*/, ""));
    assertEquals(calls, ["GET /v1/checkout/sessions", "GET /v1/subscriptions", "POST /v1/checkout/sessions"]);
  });

  await t.step(
    "trap 28: a trial is offered once: again after its session has expired, never after it began",
    async () => {
      const trial = await offer({ trial_days: "14" });
      const addon = await offer({ trial_days: "7" }, { group: "addon" });
      const token = await signIn("user_trial");
      const first = await buy(token, trial);
      assertEquals(first.trial_days, 14);
      const second = await buy(token, addon);
      assertEquals(second.trial_days, 7);
      assertEquals(await openOf("user_trial"), [second.id]);
      await pay(second.url);
      assertEquals((await buy(token, trial)).trial_days, null);
      await until(
        async () =>
          (await sql`select from billing.checkouts where owner_id = 'user_trial' and trial_used_at is not null`)
            .length >
            0,
        "the trial in the database",
      );
    },
  );

  await t.step("customer deleted after a trial: no second trial, and a new customer", async () => {
    const trial = await offer({ trial_days: "14" });
    const token = await signIn("user_deleted");
    await pay((await buy(token, trial)).url);
    const customer = await customerOf("user_deleted");
    await stripe.customers.del(customer);
    assertEquals((await buy(token, trial)).trial_days, null);
    assertNotEquals(await customerOf("user_deleted"), customer);
  });

  await t.step("a one-time price with purchase=once is sold once, until it is wholly refunded", async () => {
    const lifetime = await offer({}, { purchase: "once" }, { recurring: undefined });
    const token = await signIn("user_once");
    const { id, url, mode } = await buy(token, lifetime);
    assertEquals(mode, "payment");
    await pay(url);
    await readError(await start(token, lifetime), "already_purchased");
    const { payment_intent } = await stripe.checkout.sessions.retrieve(id);
    await stripe.refunds.create({ payment_intent: payment_intent as string, amount: 100 });
    await readError(await start(token, lifetime), "already_purchased");
    await stripe.refunds.create({ payment_intent: payment_intent as string });
    await buy(token, lifetime);
  });

  await t.step("unknown, archived and switched-off prices, and bad metadata, all answer 404", async () => {
    const token = await signIn();
    const archived = await offer({}, {}, { active: false });
    const off = await offer({ checkout: "off" });
    const bad = await offer({ trial_days: "0" });
    const range = await offer({ quantity: "5-2" });
    await stack.forgetStripeRequests();
    for (const price of ["price_none", archived, off, bad, range]) {
      await readError(await start(token, price), "price_not_offered");
    }
    assertEquals(await stack.stripeRequests(), []);
    assertStringIncludes(await stack.logs(), "trial_days");
  });

  await t.step("a quantity outside of the offer is refused", async () => {
    const seats = await offer({ quantity: "2-5" });
    const token = await signIn();
    for (const quantity of [0, -1, 1, 6, 1.5, 1e9, "NaN"]) {
      assertEquals(await readProblems(await start(token, seats, { quantity })), ["quantity"]);
    }
    const { id } = await buy(token, seats, { quantity: 3 });
    assertEquals((await stripe.checkout.sessions.listLineItems(id)).data[0]!.quantity, 3);
  });

  await t.step("trap 27: every redirect disguise is refused, and nothing is created", async () => {
    const token = await signIn();
    await stack.forgetStripeRequests();
    for (
      const url of [
        "https://evil.example/",
        "//evil.example",
        `${ORIGIN}@evil.example/`,
        `${ORIGIN}.evil.example/`,
        `${ORIGIN}\\@evil.example`,
        `${ORIGIN}1/`,
        "http://localhost:3001/",
        "http://localhost%3A3000/",
        "http://LOCALHOST:3000/",
        ` ${ORIGIN}/`,
        `${ORIGIN}/\n`,
        `https://user@${ORIGIN.slice(7)}/`,
        "javascript:alert(1)",
        "%68ttp://localhost:3000/",
        "http:\\\\localhost:3000/",
        "",
        `${ORIGIN}/${"a".repeat(2_000)}`,
      ]
    ) {
      assertEquals(await readProblems(await start(token, monthly, { success_url: url })), ["success_url"], url);
      assertEquals(await readProblems(await start(token, monthly, { cancel_url: url })), ["cancel_url"], url);
    }
    assertEquals(await stack.stripeRequests(), []);
  });

  await t.step("a customer, discounts and other fields of Stripe are refused", async () => {
    const body = { customer: "cus_1", owner: "user_x", discounts: [], price_data: {}, metadata: {} };
    assertEquals((await readProblems(await start(await signIn(), monthly, body))).sort(), Object.keys(body).sort());
  });

  await t.step(
    "organization active but buying for oneself: it does not buy unless asked, and a member without the role may not",
    async () => {
      const sign = (rol: string) => stack.sign({ sub: "user_member", v: 2, o: { id: "org_shop", slg: "shop", rol } });
      await buy(await sign("admin"), monthly);
      assertEquals((await openOf("user_member")).length, 1);
      await readError(await start(await sign("member"), monthly, { for: "organization" }), "forbidden");
      await buy(await sign("admin"), monthly, { for: "organization" });
      assertEquals((await openOf("org_shop")).length, 1);
    },
  );

  await t.step("a closed owner buys nothing", async () => {
    await sql`insert into billing.checkouts (owner_id, closed_at) values ('user_closed', now())`;
    await readError(await start(await signIn("user_closed"), monthly), "account_closed");
    assertEquals((await sql`select from stripe_customer_mapping where owner_id = 'user_closed'`).length, 0);
  });

  await t.step("a price of 0 asks for no card", async () => {
    const free = await offer({}, {}, { unit_amount: 0 });
    const { id } = await buy(await signIn(), free);
    assertEquals((await stripe.checkout.sessions.retrieve(id)).payment_method_collection, "if_required");
  });

  await testEveryEndpoint(t, stack, {
    name: "stripe-checkout",
    methods: ["POST"],
    token: await signIn("user_every"),
    caller: "user_every",
    required: ["price", "success_url", "cancel_url"],
  });
});
