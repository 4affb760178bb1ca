import { assertEquals, assertMatch } from "@std/assert";
import { PortalLink } from "../_shared/contract/portal.ts";
import { readAnswer, readError, readProblems } from "../tests/answers.ts";
import { testEveryEndpoint } from "../tests/every_endpoint.ts";
import { findLine } from "../tests/log_lines.ts";
import { act, confirmChange } from "../tests/portal_page.ts";
import { startPortalStack } from "../tests/portal_stack.ts";
import { ORIGIN } from "../tests/stack.ts";
import { until } from "../tests/until.ts";

const RETURN = `${ORIGIN}/billing?tab=plan#top`;

Deno.test("stripe-portal", async (t) => {
  await using stack = await startPortalStack();
  const { sql, stripe, basic, pro } = stack;
  const [ada, grace] = [await stack.signIn(stack.users.ada!), await stack.signIn(stack.users.grace!)];
  const call = (token: string, body: unknown) => stack.call("stripe-portal", { method: "POST", token, body });
  const ask = (token: string, flow?: unknown, more = {}) => call(token, { return_url: RETURN, flow, ...more });
  const open = async (token: string, flow?: unknown, more = {}) =>
    (await readAnswer(await ask(token, flow, more), 200, PortalLink)).url;
  const retrieve = (id: string) => stripe.subscriptions.retrieve(id);

  await t.step("POST answers 404 before there is a customer", async () => {
    await readError(await ask(ada), "customer_not_found");
  });

  const customer = await stack.signUp(ada);
  const own = await stack.subscribe(customer);
  const foreign = await stack.subscribe(await stack.signUp(grace));

  await t.step("POST answers 200 with a link, whose page cancels and resumes the subscription", async () => {
    const url = await open(ada);
    await act(url, { action: "cancel", subscription: own.id });
    assertEquals((await retrieve(own.id)).cancel_at_period_end, true);
    await act(url, { action: "resume", subscription: own.id });
    assertEquals((await retrieve(own.id)).cancel_at_period_end, false);
  });

  await t.step("each flow opens the page of its one subject, which returns unchanged to return_url", async () => {
    const price = { type: "confirm_update", subscription: own.id, price: pro.id };
    assertEquals(await confirmChange(await open(ada, price)), RETURN);
    assertEquals((await retrieve(own.id)).items.data[0]!.price.id, pro.id);
    await stack.record([await retrieve(own.id)]);
    const quantity = { type: "confirm_update", subscription: own.id, quantity: 4 };
    assertEquals(await confirmChange(await open(ada, quantity)), RETURN);
    const changed = (await retrieve(own.id)).items.data[0]!;
    assertEquals([changed.price.id, changed.quantity], [pro.id, 4]);
    for (const flow of [{ type: "payment_method" }, { type: "update", subscription: own.id }]) await open(ada, flow);
    const url = await open(ada, { type: "cancel", subscription: own.id });
    assertEquals(await act(url, { action: "cancel", subscription: own.id }), RETURN);
    const { hint } = await readError(await ask(ada, { type: "cancel", subscription: own.id }), "already_canceling");
    assertEquals(hint, { action: "resume", subscription: own.id });
    await stripe.subscriptions.update(own.id, { cancel_at_period_end: false });
  });

  await t.step("the URL is in no log", async () => {
    const response = await ask(ada);
    const { url } = await readAnswer(response.clone(), 200, PortalLink);
    await findLine(stack, response);
    const logs = await stack.logs();
    assertEquals([logs.includes(url), logs.includes(new URL(url).pathname), logs.includes("/p/session")], [
      false,
      false,
      false,
    ]);
  });

  await t.step("portal switch, then pay: an open checkout of a subscription is expired first", async () => {
    const session = await stripe.checkout.sessions.create({
      mode: "subscription",
      customer,
      line_items: [{ price: pro.id, quantity: 1 }],
      success_url: ORIGIN,
    });
    const payment = await stripe.checkout.sessions.create({
      mode: "payment",
      customer,
      line_items: [{ price_data: { currency: "usd", unit_amount: 100, product: pro.product as string }, quantity: 1 }],
      success_url: ORIGIN,
    });
    const others = await stripe.checkout.sessions.create({
      mode: "subscription",
      customer: foreign.customer as string,
      line_items: [{ price: pro.id, quantity: 1 }],
      success_url: ORIGIN,
    });
    await open(ada);
    const statuses = await Promise.all(
      [session, payment, others].map(async ({ id }) => (await stripe.checkout.sessions.retrieve(id)).status),
    );
    assertEquals(statuses, ["expired", "open", "open"]);
    await confirmChange(await open(ada, { type: "confirm_update", subscription: own.id, quantity: 3 }));
    const paid = await fetch(session.url!, {
      method: "POST",
      body: new URLSearchParams({ action: "pay", method: "visa" }),
      redirect: "manual",
    });
    await paid.body?.cancel();
    assertEquals(paid.headers.get("location"), null);
    assertEquals((await stripe.subscriptions.list({ customer })).data.map(({ id }) => id), [own.id]);
  });

  await t.step("POST answers 409 while Stripe does not expire an open checkout, and gives no link", async () => {
    const session = await stripe.checkout.sessions.create({
      mode: "subscription",
      customer,
      line_items: [{ price: pro.id, quantity: 1 }],
      success_url: ORIGIN,
    });
    await stack.forgetStripeRequests();
    await stack.fault({ method: "POST", path: `/v1/checkout/sessions/${session.id}/expire`, kind: "500", times: 3 });
    const { hint } = await readError(await ask(ada), "checkout_in_progress");
    assertEquals(hint, { action: "wait" });
    assertEquals((await stack.stripeRequests()).includes("POST /v1/billing_portal/sessions"), false);
    await stack.clearFaults();
    await open(ada);
  });

  await t.step(
    "a stranger's subscription is answered like an unknown one, and without a request to Stripe",
    async () => {
      await stack.forgetStripeRequests();
      for (const type of ["cancel", "update", "confirm_update"]) {
        for (const subscription of [foreign.id, "sub_unknown", "../customers/cus_1"]) {
          const flow = { type, subscription, ...type === "confirm_update" && { price: pro.id } };
          const { message } = await readError(await ask(ada, flow), "subscription_not_found");
          assertMatch(message, /^No such subscription/);
        }
      }
      assertEquals(await stack.stripeRequests(), []);
    },
  );

  await t.step("a price that is unknown, archived, off, one-time or of another slot answers 404", async () => {
    const prices = [
      await stack.sell("Archived", 100, { active: false }),
      await stack.sell("Off", 100, { metadata: { checkout: "off" } }),
      await stack.sell("Misspelt", 100, { metadata: { quantity: "many" } }),
      await stack.sell("Grouped", 100, {}, { metadata: { group: "addon" } }),
      await stack.sell("Once", 100, { recurring: undefined }),
      { id: "price_unknown" },
      { id: own.id },
    ];
    for (const { id } of prices) {
      const flow = { type: "confirm_update", subscription: own.id, price: id };
      await readError(await ask(ada, flow), "price_not_offered");
    }
  });

  await t.step("an offer that the portal's configuration lacks answers 409", async () => {
    const { id } = await stack.sell("Elsewhere", 100, { metadata: { quantity: "1-10" } });
    const flow = { type: "confirm_update", subscription: own.id, price: id };
    await readError(await ask(ada, flow), "not_in_portal");
  });

  await t.step("several items and invoices that are sent answer 409, an ended subscription too", async () => {
    const items = [{ price: basic.id }, { price: pro.id }];
    const several = await stack.subscribe(customer, { items });
    const sent = await stack.subscribe(customer, { collection_method: "send_invoice", days_until_due: 7 });
    for (const { id: subscription } of [several, sent]) {
      await readError(await ask(ada, { type: "update", subscription }), "not_in_portal");
      await readError(await ask(ada, { type: "confirm_update", subscription, quantity: 2 }), "not_in_portal");
    }
    await stripe.subscriptions.cancel(several.id);
    for (const type of ["cancel", "update"]) {
      await readError(await ask(ada, { type, subscription: several.id }), "subscription_ended");
    }
  });

  await t.step("a subscriber of an archived price keeps it, and may change its quantity", async () => {
    const old = await stack.sell("Old", 500);
    const kept = await stack.subscribe(customer, { items: [{ price: old.id }] });
    await stripe.prices.update(old.id, { active: false });
    await stack.record([await stripe.prices.retrieve(old.id)]);
    await open(ada, { type: "confirm_update", subscription: kept.id, quantity: 3 });
    await readError(
      await ask(ada, { type: "confirm_update", subscription: own.id, price: old.id }),
      "price_not_offered",
    );
  });

  await t.step("quantities that are negative, huge, fractional or outside the offer answer 400", async () => {
    const change = { type: "confirm_update", subscription: own.id, price: basic.id };
    for (const quantity of [-1, 0, 0.5, 1.5, 11, 1e6, Number.MAX_SAFE_INTEGER, "1e3", "NaN", "", [1], {}, true]) {
      const response = await ask(ada, { ...change, quantity });
      assertEquals(await readProblems(response), ["flow.quantity"], JSON.stringify(quantity));
    }
    assertEquals(await readProblems(await ask(ada, { type: "confirm_update", subscription: own.id })), ["flow.price"]);
  });

  await t.step(
    "trap 27: every redirect disguise and every unknown field answers 400, and nothing is created",
    async () => {
      await stack.forgetStripeRequests();
      const host = ORIGIN.replace("http://", "");
      for (
        const return_url of [
          undefined,
          "",
          "/",
          `//${host}`,
          "https://evil.example",
          `${ORIGIN}@evil.example`,
          `${ORIGIN}.evil.example`,
          `${ORIGIN}\\@evil.example`,
          `${ORIGIN}%2f@evil.example`,
          `${ORIGIN}1`,
          `http://user@${host}`,
          `https://${host}`,
          `https://evil.example/${ORIGIN}`,
          `javascript:alert(1)//${ORIGIN}`,
          `${ORIGIN}/\n`,
          ` ${ORIGIN}`,
          `${ORIGIN}/${"a".repeat(2_000)}`,
        ]
      ) {
        assertEquals(await readProblems(await call(ada, { return_url })), ["return_url"], return_url);
      }
      const unknown = { customer: foreign.customer, configuration: "bpc_1", locale: "de", owner: "user_1" };
      assertEquals(
        (await readProblems(await ask(ada, undefined, unknown))).toSorted(),
        Object.keys(unknown).toSorted(),
      );
      for (const flow of [null, "cancel", {}, { type: "customer_update" }, { type: "cancel" }]) {
        assertEquals((await readProblems(await ask(ada, flow))).every((field) => field.startsWith("flow")), true);
      }
      const more = { type: "payment_method", subscription: own.id };
      assertEquals((await readProblems(await ask(ada, more))).length, 1);
      assertEquals(await stack.stripeRequests(), []);
    },
  );

  await t.step("an organization's portal opens for its billing roles only, and by no active session", async () => {
    const o = { id: "org_acme", slg: "acme", rol: "admin" };
    const admin = await stack.signIn(stack.users.ada!, { v: 2, o });
    const acme = await stack.subscribe(await stack.signUp(admin, "organization"));
    const flow = { type: "cancel", subscription: acme.id };
    const member = await stack.signIn(stack.users.ada!, { v: 2, o: { ...o, rol: "member" } });
    await readError(await ask(member, flow, { for: "organization" }), "forbidden");
    await readError(await ask(ada, flow, { for: "organization" }), "organization_required");
    await readError(await ask(admin, flow), "subscription_not_found");
    await open(admin, flow, { for: "organization" });
  });

  await t.step("POST costs two reads with a flow, and they are counted", async () => {
    const counted = async (): Promise<number> => {
      const [row] = await sql`select sum(reads)::int as reads from billing.stripe_reads where purpose = 'portal'`;
      return row?.reads ?? 0;
    };
    const before = await counted();
    await stack.forgetStripeRequests();
    await open(ada, { type: "cancel", subscription: own.id });
    await until(async () => await counted() >= before + 2);
    assertEquals(await stack.stripeRequests(), [
      `GET /v1/subscriptions/${own.id}`,
      "GET /v1/checkout/sessions",
      "POST /v1/billing_portal/sessions",
    ]);
  });

  await t.step("POST answers 503 without a configuration, and 401 without a token", async () => {
    await stack.setDefaultPortal(null);
    const response = await ask(ada);
    await readError(response, "not_configured");
    assertMatch(JSON.stringify(await findLine(stack, response)), /STRIPE_PORTAL_CONFIGURATION/);
    await stack.setDefaultPortal(stack.configuration.id);
    const body = { return_url: RETURN };
    await readError(await stack.call("stripe-portal", { method: "POST", body }), "unauthenticated");
  });

  await t.step("POST for a customer that was deleted at Stripe answers 404 and ends the mapping", async () => {
    await stripe.customers.del(customer);
    await readError(await ask(ada), "customer_not_found");
    const [mapping] = await sql`select stripe_customer_id from stripe_customer_mapping where owner_id = ${stack.users
      .ada!}`;
    assertEquals(mapping?.stripe_customer_id, null);
  });

  await testEveryEndpoint(t, stack, {
    name: "stripe-portal",
    methods: ["POST"],
    token: ada,
    caller: stack.users.ada!,
    required: ["return_url"],
  });
});

Deno.test("stripe-portal with STRIPE_PORTAL_CONFIGURATION", async () => {
  await using stack = await startPortalStack({ STRIPE_PORTAL_CONFIGURATION: "bpc_unknown" });
  const token = await stack.signIn(stack.users.ada!);
  await stack.signUp(token);
  const ask = () => stack.call("stripe-portal", { method: "POST", token, body: { return_url: ORIGIN } });
  await readError(await ask(), "not_configured");
});
