import { assertEquals, assertMatch } from "@std/assert";
import type Stripe from "stripe";
import { Customer } from "../_shared/contract/customer.ts";
import { SubscriptionState, type SubscriptionState as State } from "../_shared/contract/subscription.ts";
import { readAnswer, readError, readProblems } from "../tests/answers.ts";
import { testEveryEndpoint } from "../tests/every_endpoint.ts";
import { createOneTimeShop } from "../tests/one_time_purchases.ts";
import { startStack } from "../tests/stack.ts";
import { createTestCatalog } from "../tests/test_catalog.ts";
import { until } from "../tests/until.ts";

const DAY = 24 * 60 * 60;
const now = () => Math.floor(Date.now() / 1_000);

Deno.test("stripe-subscription", async (t) => {
  await using stack = await startStack({}, { webhook: true });
  const { stripe, sql } = stack;
  const catalog = await createTestCatalog(stack);
  const [deployment_id, ...prices] = [await deploymentOf(), ...catalog.prices];
  let users = 0;

  async function deploymentOf(): Promise<string> {
    await (await stack.call("stripe-customer", { token: await stack.signIn() })).body?.cancel();
    return (await sql`select id from billing.deployment`)[0]!.id;
  }

  const signIn = (claims: Record<string, unknown>) => stack.sign({ exp: now() + 3_600, ...claims });
  const ask = (token: string, query = "") => stack.call(`stripe-subscription${query}`, { token });
  const read = async (token: string, query = ""): Promise<State> =>
    await readAnswer(await ask(token, query), 200, SubscriptionState);

  /** A new owner with a customer and a card. */
  async function newOwner(claims: Record<string, unknown> = {}, body = {}) {
    const token = await signIn({ sub: `user_buyer${++users}`, ...claims });
    const response = await stack.call("stripe-customer", { method: "POST", token, body });
    const { customer_id: customer } = await readAnswer(response, 201, Customer);
    return { token, customer, owner: `user_buyer${users}` };
  }

  const buy = (customer: string, more: Partial<Stripe.SubscriptionCreateParams> = {}) =>
    stripe.subscriptions.create({
      customer,
      items: [{ price: prices[0]! }],
      default_payment_method: "pm_card_visa",
      ...more,
    });
  const reach = (token: string, wanted: (state: State) => boolean, query = "") =>
    until(async () => {
      const state = await read(token, query);
      return wanted(state) && state;
    }, `the state ${wanted}`);

  /** Ends what Stripe sends by itself, so that only a sync brings a change. */
  async function loseEvents() {
    await stack.webhooksAnswered();
    await stack.deliveryFault({ lost: true, times: 1_000 });
  }

  /** Moves the owner's last sync back by three seconds. */
  const passSync = (owner: string) =>
    sql`update billing.checkouts set synced_at = synced_at - interval '3 seconds' where owner_id = ${owner}`;

  await t.step("an owner without a customer has nothing, and no request goes to Stripe", async () => {
    const token = await signIn({ sub: "user_none" });
    await stack.forgetStripeRequests();
    const nothing = {
      owner: "user_none",
      customer_id: null,
      status: "none",
      access: false,
      synced: false,
      subscriptions: [],
      purchases: [],
      entitlements: [],
      attention: [],
    };
    assertEquals(await read(token), nothing as State);
    assertEquals(await read(token, "?sync=true"), { ...nothing, synced: true } as State);
    assertEquals(await stack.stripeRequests(), []);
    const posted = await stack.call("stripe-subscription", { method: "POST", token, body: { for: "user" } });
    assertEquals(await readAnswer(posted, 200, SubscriptionState), nothing as State);
  });

  await t.step(
    "a subscription is active after its webhook, with its entitlement, and canceled after its end",
    async () => {
      const { token, customer } = await newOwner();
      const { id, created, items, currency } = await buy(customer);
      const state = await reach(token, ({ status, entitlements }) => status === "active" && entitlements.length > 0);
      const [item] = items.data;
      const { current_period_start, current_period_end } = item!;
      assertEquals([state.customer_id, state.access, state.synced], [customer, true, false]);
      assertEquals(state.entitlements, [catalog.features[0]!]);
      assertEquals(state.subscriptions, [{
        id,
        status: "active",
        slot: "plan:default",
        created,
        currency,
        items: [{
          id: item!.id,
          price: prices[0]!,
          product: item!.price.product as string,
          quantity: 1,
          current_period_start,
          current_period_end,
        }],
        current_period_end,
        trial_start: null,
        trial_end: null,
        will_cancel_at: null,
        canceled_at: null,
        ended_at: null,
        pending_change: null,
      }]);

      await stripe.subscriptions.update(id, { cancel_at_period_end: true });
      const ending = await reach(token, ({ subscriptions }) => subscriptions[0]!.will_cancel_at !== null);
      assertEquals([ending.status, ending.subscriptions[0]!.will_cancel_at], ["active", current_period_end]);

      await stripe.subscriptions.cancel(id);
      const ended = await reach(
        token,
        ({ status, entitlements }) => status === "canceled" && entitlements.length === 0,
      );
      assertEquals([ended.access, ended.subscriptions[0]!.will_cancel_at], [false, null]);
      assertEquals(typeof ended.subscriptions[0]!.ended_at, "number");
    },
  );

  await t.step("sync answers before the webhook, once in three seconds, all under one ticket", async () => {
    const { token, customer, owner } = await newOwner();
    await loseEvents();
    const { id } = await buy(customer);
    assertEquals((await read(token)).status, "none");

    await stack.forgetStripeRequests();
    const synced = await read(token, "?sync=true");
    assertEquals([synced.status, synced.synced, synced.access], ["active", true, true]);
    assertEquals([synced.subscriptions[0]!.id, synced.entitlements], [id, [catalog.features[0]!]]);
    assertEquals((await stack.stripeRequests()).toSorted(), [
      "GET /v1/entitlements/active_entitlements",
      "GET /v1/subscriptions",
    ]);
    const tickets = await sql`select distinct ticket from billing.mirror where id in (${id}, ${customer})
      and object <> 'customer'`;
    assertEquals(tickets.length, 1);
    assertEquals((await sql`select from billing.stripe_reads where purpose = 'sync'`).length > 0, true);

    await stripe.subscriptions.cancel(id);
    const answers = await Promise.all(Array.from({ length: 10 }, () => read(token, "?sync=true")));
    assertEquals(new Set(answers.map(({ synced, status }) => `${synced} ${status}`)), new Set(["false active"]));
    await passSync(owner);
    const later = await Promise.all(Array.from({ length: 10 }, () => read(token, "?sync=true")));
    assertEquals(later.filter(({ synced }) => synced).map(({ status }) => status), ["canceled"]);
    await stack.clearDeliveryFaults();
  });

  await t.step("sync answers the mirror when Stripe fails, and what Stripe has once it recovers", async () => {
    const { token, customer, owner } = await newOwner();
    await loseEvents();
    await buy(customer);
    for (const kind of ["500", "429", "drop"] as const) {
      await stack.fault({ method: "GET", path: "/v1/subscriptions", kind, times: 2 });
      const { synced, status } = await read(token, "?sync=true");
      assertEquals([synced, status], [false, "none"], kind);
      await stack.clearFaults();
      await passSync(owner);
    }
    assertEquals((await read(token, "?sync=true")).status, "active");
    await stack.clearDeliveryFaults();
  });

  await t.step("sync names the state of the owner's Checkout session, and no other session", async () => {
    const { token, owner, customer } = await newOwner();
    const stranger = await newOwner();
    const open = async (metadata: Record<string, string>) =>
      (await stripe.checkout.sessions.create({
        mode: "subscription",
        customer,
        line_items: [{ price: prices[0]!, quantity: 1 }],
        success_url: "http://localhost:3000/done",
        metadata,
        client_reference_id: owner,
      })).id;
    const own = await open({ owner, deployment_id: deployment_id! });
    const query = (id: string) => `?sync=true&session_id=${id}`;
    const { checkout, synced } = await read(token, query(own));
    assertEquals([checkout, synced], [{ status: "open", payment_status: "unpaid" }, true]);

    await stripe.checkout.sessions.expire(own);
    await passSync(owner);
    assertEquals((await read(token, query(own))).checkout, { status: "expired", payment_status: "unpaid" });
    assertEquals((await read(token, query(own))).checkout, undefined, "A sync that was not claimed has no session");

    await readError(await ask(stranger.token, query(own)), "session_not_found");
    const others = [
      await open({}),
      await open({ owner }),
      await open({ owner, deployment_id: "another" }),
      "cs_test_no",
    ];
    for (const id of others) {
      await passSync(owner);
      await readError(await ask(token, query(id)), "session_not_found");
    }
    assertEquals(await readProblems(await ask(token, `?session_id=${own}`)), ["session_id"]);
    for (const id of ["sub_1", "cs_test_", "cs_test_1/../../customers", "cs_test_%00", "x".repeat(300)]) {
      assertEquals(await readProblems(await ask(token, query(encodeURIComponent(id)))), ["session_id"], id);
    }
  });

  await t.step("sync of a paid one-time session answers the purchase and what it grants", async () => {
    const shop = await createOneTimeShop(stack);
    const { token, owner, customer } = await newOwner();
    await loseEvents();
    const { session } = await shop.buy(owner, { customer });
    const state = await read(token, `?sync=true&session_id=${session}`);
    assertEquals(state.checkout, { status: "complete", payment_status: "paid" });
    const { created, ...purchase } = state.purchases[0]!;
    assertEquals(purchase, { session, product: shop.product, price: shop.price, quantity: 1, status: "paid" });
    assertEquals([typeof created, state.entitlements, state.access, state.status], [
      "number",
      [shop.feature],
      true,
      "none",
    ]);
    await stack.clearDeliveryFaults();
  });

  await t.step("a past_due subscription keeps its access until its grace ends, and needs attention", async () => {
    const product = await stripe.products.create({ name: "Grace" });
    const { id: price } = await stripe.prices.create({
      product: product.id,
      currency: "usd",
      unit_amount: 900,
      recurring: { interval: "day", interval_count: 30 },
    });
    const { id: entitlement_feature } = await stripe.entitlements.features.create({
      name: "graced",
      lookup_key: "graced",
    });
    await stripe.products.createFeature(product.id, { entitlement_feature });
    const clock = await stripe.testHelpers.testClocks.create({ frozen_time: now() - 40 * DAY });
    const { id: customer } = await stripe.customers.create({ test_clock: clock.id });
    const owner = "user_graced";
    await sql`insert into stripe_customer_mapping (clerk_user_id, stripe_customer_id) values (${owner}, ${customer})`;
    const token = await signIn({ sub: owner });
    const { id } = await buy(customer, { items: [{ price }] });
    const { id: bad } = await stripe.paymentMethods.attach("pm_card_chargeCustomerFail", { customer });
    await stripe.subscriptions.update(id, { default_payment_method: bad });
    await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: now() - 9 * DAY });

    const pastDue = await reach(
      token,
      ({ status, attention }) => status === "past_due" && attention[0]?.pay_url !== null,
    );
    assertEquals([pastDue.access, pastDue.attention.map(({ subscription, reason }) => [subscription, reason])], [true, [
      [
        id,
        "past_due",
      ],
    ]]);
    assertMatch(pastDue.attention[0]!.pay_url!, /^http/);

    const customerEntitlements = await stripe.entitlements.activeEntitlements.list({ customer });
    assertEquals(customerEntitlements.data, [], "The local Stripe grants nothing while a subscription is past_due");

    // An event that comes later would record the period as Stripe has it.
    await stack.webhooksAnswered();

    /** Access as the endpoint and as a policy see it, which agree. */
    const access = async (): Promise<boolean> => {
      const { access, entitlements } = await read(token);
      const { data } = await stack.client(token).rpc("has_entitlement", { lookup_key: "graced" });
      assertEquals([entitlements, data], [access ? ["graced"] : [], access]);
      return access;
    };
    // The unpaid period began ten days ago. The database's clock decides, so the stored period is moved.
    const age = (days: number) =>
      sql`update stripe_subscriptions set data = jsonb_set(data, '{items,data,0,current_period_start}',
        to_jsonb((data #>> '{items,data,0,current_period_start}')::bigint - ${days * DAY}::bigint)) where id = ${id}`;
    await age(3);
    assertEquals(await access(), true, "Thirteen days");
    await age(2);
    assertEquals(await access(), false, "Fifteen days");

    const graceOf = async (grace_days: string) => {
      await stripe.products.update(product.id, { metadata: { grace_days } });
      await until(async () =>
        (await sql`select from stripe_products where id = ${product.id}
          and data #>> '{metadata,grace_days}' is not distinct from ${grace_days}`).length === 1
      );
      await stack.webhooksAnswered();
      return await access();
    };
    assertEquals(await graceOf("20"), true, "The product's own grace");
    assertEquals(await graceOf("0"), false, "No grace");
    assertEquals(await graceOf("many"), false, "A bad value is ignored");

    await stripe.subscriptions.update(id, { default_payment_method: "pm_card_visa" });
    await stripe.invoices.pay((await stripe.subscriptions.retrieve(id)).latest_invoice as string);
    const recovered = await reach(token, ({ status }) => status === "active");
    assertEquals(recovered.attention, []);
    await reach(token, ({ entitlements }) => entitlements.join() === "graced");
    assertEquals(await access(), true);
  });

  await t.step("a trial that ends within three days without a card needs attention, other trials do not", async () => {
    const { token, customer } = await newOwner();
    const trial = (days: number, more: Partial<Stripe.SubscriptionCreateParams> = {}) =>
      buy(customer, { trial_period_days: days, default_payment_method: undefined, ...more });
    const soon = await trial(2);
    await trial(9);
    await trial(2, { default_payment_method: "pm_card_visa" });
    await trial(2, { cancel_at_period_end: true });
    const state = await reach(token, ({ subscriptions }) => subscriptions.length === 4);
    assertEquals([state.status, state.access], ["trialing", true]);
    assertEquals(state.attention, [{ subscription: soon.id, reason: "trial_ending", pay_url: null }]);
  });

  await t.step("an incomplete first payment needs attention, grants nothing and names the page to pay", async () => {
    const { token, customer } = await newOwner();
    const { id } = await buy(customer, { default_payment_method: "pm_card_chargeCustomerFail" });
    const state = await reach(
      token,
      ({ status, attention }) => status === "incomplete" && attention[0]?.pay_url !== null,
    );
    assertEquals([state.access, state.entitlements], [false, []]);
    assertEquals(state.attention.map(({ subscription, reason }) => [subscription, reason]), [[id, "incomplete"]]);
  });

  await t.step("a group has its own slot, and the first status that fits is the owner's", async () => {
    const { token, customer } = await newOwner();
    const { product } = await stripe.prices.retrieve(prices[1]!);
    await stripe.products.update(product as string, { metadata: { group: "storage" } });
    await until(async () =>
      (await sql`select from stripe_products where id = ${product as string} and data #>> '{metadata,group}' = 'storage'`)
        .length === 1
    );
    await buy(customer, { trial_period_days: 20 });
    await buy(customer, { items: [{ price: prices[1]! }] });
    const state = await reach(token, ({ subscriptions }) => subscriptions.length === 2);
    assertEquals(state.subscriptions.map(({ slot }) => slot).toSorted(), ["plan:default", "plan:storage"]);
    assertEquals(state.status, "active");
  });

  await t.step("what an organization bought is read by its members, and by no other user", async () => {
    const as = (sub: string, id: string, rol: string) => signIn({ sub, v: 2, o: { id, slg: "acme", rol } });
    const { token: admin, customer } = await newOwner(
      { sub: "user_admin", v: 2, o: { id: "org_acme", slg: "acme", rol: "admin" } },
      { for: "organization" },
    );
    const { id } = await buy(customer, { default_payment_method: "pm_card_chargeCustomerFail" });
    const forAll = "?for=organization";
    const own = await reach(admin, ({ attention }) => attention[0]?.pay_url != null, forAll);
    assertEquals([own.owner, own.subscriptions[0]!.id], ["org_acme", id]);

    const member = await as("user_member", "org_acme", "member");
    const seen = await read(member, forAll);
    assertEquals(seen, { ...own, attention: [{ ...own.attention[0]!, pay_url: null }] }, "All but the page to pay");
    assertEquals((await read(member)).subscriptions, [], "An active organization is never implied");

    const other = await as("user_other", "org_other", "admin");
    assertEquals((await read(other, forAll)).customer_id, null);
    await readError(await ask(await signIn({ sub: "user_admin" }), forAll), "organization_required");
  });

  await t.step("an owner is never taken from the request", async () => {
    const token = await signIn({ sub: "user_none" });
    const fields = ["owner", "customer", "customer_id", "user_id", "organization_id", "subscription"];
    for (const field of fields) assertEquals(await readProblems(await ask(token, `?${field}=org_acme`)), [field]);
    await readError(await stack.call("stripe-subscription"), "unauthenticated");
  });

  const token = await signIn({ sub: stack.users.ada });
  await testEveryEndpoint(t, stack, {
    name: "stripe-subscription",
    methods: ["GET", "POST"],
    token,
    caller: stack.users.ada!,
  });
});

Deno.test("stripe-subscription without grace, and with a slot for each product", async () => {
  await using stack = await startStack({ BILLING_GRACE_DAYS: "0", CHECKOUT_SLOT: "product" }, { webhook: true });
  const { stripe, sql } = stack;
  const { prices } = await createTestCatalog(stack);
  const token = await stack.signIn();
  const response = await stack.call("stripe-customer", { method: "POST", token });
  const { customer_id: customer } = await readAnswer(response, 201, Customer);
  const { id, items } = await stripe.subscriptions.create({
    customer,
    items: [{ price: prices[0]! }],
    default_payment_method: "pm_card_visa",
  });
  const read = async () => await readAnswer(await stack.call("stripe-subscription", { token }), 200, SubscriptionState);
  const { subscriptions } = await until(async () => {
    const state = await read();
    return state.access && state;
  });
  // A later event would put back what the next lines change.
  await stack.webhooksAnswered();
  assertEquals(subscriptions[0]!.slot, `plan:${items.data[0]!.price.product}`);
  assertEquals([...await sql`select grace_days from stripe_access_policy`].map(({ grace_days }) => grace_days), [0]);
  await sql`update stripe_subscriptions set data = data || '{"status": "past_due"}' where id = ${id}`;
  await sql`update stripe_entitlements set data = data #- '{entitlements,data}' where id = ${customer}`;
  assertEquals((await read()).access, false);
});
