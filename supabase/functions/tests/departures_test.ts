/** People and organizations who leave: Clerk's webhooks, really delivered, and what remains at Stripe. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Customer } from "../_shared/contract/customer.ts";
import { Receipt } from "../_shared/contract/webhook.ts";
import { readAnswer, readError } from "./answers.ts";
import { type ClerkMessage, deliverClerk, makeClerkEvent } from "./clerk_events.ts";
import { findReason } from "./log_lines.ts";
import { reconcile, reconcileAll } from "./reconcile_run.ts";
import { type Stack, startStack } from "./stack.ts";
import { until } from "./until.ts";

const outcomeOf = async (response: Response) => (await readAnswer(response, 200, Receipt)).outcome;
const deleted = (stack: Stack, id: string) =>
  makeClerkEvent(stack, id.startsWith("org_") ? "organization.deleted" : "user.deleted", { id, deleted: true });

/** The customer of a user, or of an organization that the user administers. */
async function customerOf(stack: Stack, user: string, organization?: string): Promise<string> {
  let token = await stack.signIn(user);
  if (organization !== undefined) {
    token = await stack.sign({ sub: stack.users[user], o: { id: organization, rol: "admin", slg: "acme" } });
  }
  const body = { for: organization === undefined ? "user" : "organization" };
  const response = await stack.call("stripe-customer", { method: "POST", token, body });
  return (await readAnswer(response, 201, Customer)).customer_id;
}

async function newPrice({ stripe }: Stack): Promise<string> {
  const { id: product } = await stripe.products.create({ name: "Pro" });
  return (await stripe.prices.create({ product, currency: "eur", unit_amount: 900, recurring: { interval: "month" } }))
    .id;
}

async function subscribe(stack: Stack, customer: string): Promise<string> {
  const { stripe } = stack;
  const method = await stripe.paymentMethods.attach("pm_card_visa", { customer });
  const items = [{ price: await newPrice(stack) }];
  const { id } = await stripe.subscriptions.create({ customer, items, default_payment_method: method.id });
  await until(async () => (await stack.sql`select from stripe_subscriptions where id = ${id}`).length > 0);
  return id;
}

const openSession = async (stack: Stack, customer: string) =>
  (await stack.stripe.checkout.sessions.create({
    customer,
    mode: "subscription",
    line_items: [{ price: await newPrice(stack), quantity: 1 }],
    success_url: "http://localhost:3000/done",
  })).id;

const eventOf = async ({ sql }: Stack, owner: string) => {
  const [event] = await sql`
    select processed_at, outcome, last_error from billing.webhook_events where object_id = ${owner} and type like '%.deleted'`;
  return event;
};
const departed = ({ sql }: Stack, owner: string) =>
  until(async () =>
    (await sql`
    select from billing.webhook_events where object_id = ${owner} and type like '%.deleted' and outcome = 'processed'`)
      .length > 0, `the departure of ${owner}`);
const isClosed = async ({ sql }: Stack, owner: string) =>
  (await sql`select from billing.checkouts where owner_id = ${owner} and closed_at is not null`).length > 0;

Deno.test("Departures by CLERK_USER_DELETED=cancel_at_period_end, with webhooks delivered", async (t) => {
  await using stack = await startStack({}, { webhook: true });
  const { stripe, sql } = stack;

  await t.step("trap 23: a deleted user's subscriptions end with their period, and no session stays open", async () => {
    const user = await stack.newUser("leaver@example.com");
    const customer = await customerOf(stack, user);
    const subscription = await subscribe(stack, customer);
    const session = await openSession(stack, customer);
    await stack.clerk("DELETE", `/v1/users/${user}`);
    await departed(stack, user);

    const { status, cancel_at_period_end } = await stripe.subscriptions.retrieve(subscription);
    assertEquals([status, cancel_at_period_end], ["active", true]);
    assertEquals((await stripe.checkout.sessions.retrieve(session)).status, "expired");
    assert(await isClosed(stack, user));
    const [mirrored] = await sql`select cancel_at_period_end from stripe_subscriptions where id = ${subscription}`;
    assertEquals(mirrored?.cancel_at_period_end, true);
    // The customer and its mapping stay, for invoices and refunds.
    const [mapping] = await sql`select stripe_customer_id from stripe_customer_mapping where owner_id = ${user}`;
    assertEquals(mapping?.stripe_customer_id, customer);
    assertEquals((await stripe.customers.retrieve(customer)).deleted, undefined);
    assertEquals((await sql`select from billing.departed_but_billed`).length, 0);
  });

  await t.step("organization deleted: its subscription ends, its admin's own does not", async () => {
    const acme = stack.organizations.acme!;
    const own = await subscribe(stack, await customerOf(stack, "ada"));
    const shared = await subscribe(stack, await customerOf(stack, "ada", acme));
    await stack.clerk("DELETE", `/v1/organizations/${acme}`);
    await departed(stack, acme);
    assertEquals((await stripe.subscriptions.retrieve(shared)).cancel_at_period_end, true);
    assertEquals((await stripe.subscriptions.retrieve(own)).cancel_at_period_end, false);
    assertEquals([await isClosed(stack, acme), await isClosed(stack, stack.users.ada!)], [true, false]);
  });

  await t.step("a user who bought nothing is closed all the same", async () => {
    const user = await stack.newUser("idle@example.com");
    await stack.clerk("DELETE", `/v1/users/${user}`);
    await departed(stack, user);
    assert(await isClosed(stack, user));
  });

  await t.step(
    "user.deleted while a call is under way: the call creates a customer, and nothing is billed",
    async () => {
      const user = await stack.newUser("hasty@example.com");
      const token = await stack.signIn(user);
      await stack.fault({ method: "POST", path: "/v1/customers", latency_ms: 1_000 });
      const call = stack.call("stripe-customer", { method: "POST", token });
      await until(async () => (await stack.stripeRequests()).at(-1) === "POST /v1/customers");
      await stack.clerk("DELETE", `/v1/users/${user}`);
      await departed(stack, user);
      const { customer_id } = await readAnswer(await call, 201, Customer);
      assert(await isClosed(stack, user));

      // A subscription that appears all the same is ended by the reconcile.
      const subscription = await subscribe(stack, customer_id);
      assertEquals((await sql`select subscription from billing.departed_but_billed`).map((row) => row.subscription), [
        subscription,
      ]);
      await sql`update billing.checkouts set closed_at = closed_at - interval '3 minutes' where owner_id = ${user}`;
      await reconcile(stack);
      assertEquals((await stripe.subscriptions.retrieve(subscription)).cancel_at_period_end, true);
      assertEquals((await sql`select from billing.departed_but_billed`).length, 0);
    },
  );

  await t.step("email changed: the customer gets the new address, unless another was set at Stripe", async () => {
    const emailOf = async (id: string) => (await stripe.customers.retrieve(id) as { email?: string | null }).email;
    const change = (user_id: string, email_address: string) =>
      stack.clerk("POST", "/v1/email_addresses", { user_id, email_address, verified: true, primary: true });
    const user = await stack.newUser("before@example.com");
    const customer = await customerOf(stack, user);
    assertEquals(await emailOf(customer), "before@example.com");
    await change(user, "after@example.com");
    await until(async () => await emailOf(customer) === "after@example.com");
    await change(user, "later@example.com");
    await until(async () => await emailOf(customer) === "later@example.com");

    await stripe.customers.update(customer, { email: "accounting@example.com", name: "Example Ltd." });
    await change(user, "last@example.com");
    await stack.clerk("PATCH", `/v1/users/${user}`, { first_name: "Another" });
    const pending = () => sql`select from billing.webhook_events where object_id = ${user} and processed_at is null`;
    await until(async () => (await stack.clerkDeliveries()).counts.sent! >= 6 && (await pending()).length === 0);
    const { email, name } = await stripe.customers.retrieve(customer) as { email?: string; name?: string };
    assertEquals([email, name], ["accounting@example.com", "Example Ltd."]);
  });

  await t.step("a doubled delivery departs once, and a lost one is reported by the check of payers", async () => {
    const doubled = await stack.newUser("doubled@example.com");
    await subscribe(stack, await customerOf(stack, doubled));
    await stack.clerkDeliveryFault({ doubled: true });
    await stack.clerk("DELETE", `/v1/users/${doubled}`);
    await departed(stack, doubled);

    const lost = await stack.newUser("lost@example.com");
    const subscription = await subscribe(stack, await customerOf(stack, lost));
    await stack.clerkDeliveryFault({ lost: true });
    await stack.clerk("DELETE", `/v1/users/${lost}`);
    await until(async () => {
      await reconcileAll(stack);
      return (await sql`select from billing.orphaned_payers`).length > 0;
    });
    const orphans = await sql`select owner_id, subscriptions from billing.orphaned_payers`;
    assertEquals(orphans.map((row) => [row.owner_id, row.subscriptions]), [[lost, [subscription]]]);
    // It is never canceled by that alone.
    assertEquals((await stripe.subscriptions.retrieve(subscription)).cancel_at_period_end, false);
    assertEquals(await isClosed(stack, lost), false);

    // The lost message, sent again by hand in Clerk's dashboard.
    const { messages } = await stack.clerkDeliveries();
    await stack.clerk("POST", "/_local/deliver", { messages: [messages.at(-1)!.id] });
    await departed(stack, lost);
    assertEquals((await sql`select from billing.orphaned_payers`).length, 0);
  });
});

Deno.test("Departures that are refused or interrupted", async (t) => {
  await using stack = await startStack();
  const { stripe, sql } = stack;
  const makeDue = () =>
    sql`update billing.webhook_events set due_at = now(), lease_until = '-infinity' where processed_at is null`;
  const mirror = (subscription: object) =>
    sql`select record_objects(draw_ticket('test_1'), ${sql.json([subscription] as never)}, 'test_1')`;
  await stack.confirmTestKey();

  async function payer(): Promise<{ user: string; customer: string; subscription: string }> {
    const user = await stack.newUser(`${crypto.randomUUID()}@example.com`);
    const customer = await customerOf(stack, user);
    const method = await stripe.paymentMethods.attach("pm_card_visa", { customer });
    const items = [{ price: await newPrice(stack) }];
    const created = await stripe.subscriptions.create({ customer, items, default_payment_method: method.id });
    await mirror(created);
    return { user, customer, subscription: created.id };
  }
  const willEnd = async (id: string) => (await stripe.subscriptions.retrieve(id)).cancel_at_period_end;

  await t.step("user.deleted of a user that Clerk still has changes nothing, and is dead-lettered", async () => {
    const { user, subscription } = await payer();
    const message: ClerkMessage = await deleted(stack, user);
    const response = await deliverClerk(stack, message);
    await readError(response, "clerk_unavailable");
    for (let tries = 0; tries < 7; tries++) {
      await makeDue();
      await reconcile(stack);
    }
    assertEquals([(await eventOf(stack, user))?.outcome, (await eventOf(stack, user))?.last_error], [
      "dead",
      "unconfirmed",
    ]);
    assertEquals([await isClosed(stack, user), await willEnd(subscription)], [false, false]);
  });

  await t.step(
    "user.updated of a user that Clerk does not have changes nothing, until a signed deletion comes",
    async () => {
      const { user, subscription } = await payer();
      await stack.clerk("DELETE", `/v1/users/${user}`);
      await readError(
        await deliverClerk(stack, await makeClerkEvent(stack, "user.updated", { id: user })),
        "clerk_unavailable",
      );
      assertEquals([await isClosed(stack, user), await willEnd(subscription)], [false, false]);
      assertEquals(await outcomeOf(await deliverClerk(stack, await deleted(stack, user))), "processed");
      assertEquals([await isClosed(stack, user), await willEnd(subscription)], [true, true]);
      const open = await sql`select from billing.webhook_events where object_id = ${user} and processed_at is null`;
      assertEquals(open.length, 0);
      // A late event of the departed user is finished without a change.
      const late = await makeClerkEvent(stack, "user.updated", { id: user });
      assertEquals(await outcomeOf(await deliverClerk(stack, late)), "processed");
    },
  );

  await t.step("user.deleted with another instance's key: signed by its secret it is forged", async () => {
    const { user, subscription } = await payer();
    await stack.clerk("DELETE", `/v1/users/${user}`);
    const message = await deleted(stack, user);
    const secret = `whsec_${btoa("of another instance")}`;
    await readError(await deliverClerk(stack, message, { secret }), "invalid_signature");
    assertEquals([await isClosed(stack, user), await willEnd(subscription)], [false, false]);
  });

  await t.step(
    "user.deleted with another instance's key: an event of another instance than the key's waits",
    async () => {
      const { user, subscription } = await payer();
      await stack.clerk("DELETE", `/v1/users/${user}`);
      for (const instance_id of ["ins_another", undefined]) {
        const message = await makeClerkEvent(stack, "user.deleted", { id: user, deleted: true }, { instance_id });
        const response = await deliverClerk(stack, message);
        await readError(response, "not_configured");
        assertMatch(await findReason(stack, response), /another Clerk instance/);
      }
      await makeDue();
      await reconcile(stack);
      assertEquals([await isClosed(stack, user), await willEnd(subscription)], [false, false]);
      assertEquals(await outcomeOf(await deliverClerk(stack, await deleted(stack, user))), "processed");
      assertEquals(await willEnd(subscription), true);
    },
  );

  await t.step("a departure that Stripe interrupts is finished by the reconcile", async () => {
    const { user, customer, subscription } = await payer();
    const session = await openSession(stack, customer);
    await stack.clerk("DELETE", `/v1/users/${user}`);
    await stack.fault({ path: "/v1/subscriptions*", kind: "500", times: 20 });
    const response = await deliverClerk(stack, await deleted(stack, user));
    await readError(response, "stripe_unavailable");
    // The first steps were done: nothing can be bought any more.
    assertEquals(await isClosed(stack, user), true);
    assertEquals((await stripe.checkout.sessions.retrieve(session)).status, "expired");
    await stack.clearFaults();
    await makeDue();
    await reconcile(stack);
    assertEquals([await willEnd(subscription), (await eventOf(stack, user))?.outcome], [true, "processed"]);
  });

  await t.step("while Clerk is down nothing changes, and the event is kept", async () => {
    const { user, subscription } = await payer();
    await readError(await deliverClerk(stack, await deleted(stack, user)), "clerk_unavailable");
    assertEquals((await eventOf(stack, user))?.outcome, null);
    await stack.clerk("DELETE", `/v1/users/${user}`);
    await makeDue();
    await reconcile(stack);
    assertEquals([await willEnd(subscription), (await eventOf(stack, user))?.outcome], [true, "processed"]);
  });

  await t.step("more than a page of subscriptions and sessions is ended", async () => {
    const { user, customer } = await payer();
    const price = await newPrice(stack);
    const { data: [method] } = await stripe.paymentMethods.list({ customer });
    const line_items = [{ price, quantity: 1 }];
    for (let made = 0; made < 101; made += 10) {
      await Promise.all(
        Array.from(
          { length: 10 },
          () => stripe.subscriptions.create({ customer, items: [{ price }], default_payment_method: method!.id }),
        ),
      );
      await Promise.all(
        Array.from({ length: 10 }, () =>
          stripe.checkout.sessions.create({
            customer,
            mode: "subscription",
            line_items,
            success_url: "http://localhost:3000",
          })),
      );
    }
    await stack.clerk("DELETE", `/v1/users/${user}`);
    assertEquals(await outcomeOf(await deliverClerk(stack, await deleted(stack, user))), "processed");
    let live = 0;
    for await (const each of stripe.subscriptions.list({ customer, limit: 100 })) {
      if (!each.cancel_at_period_end) live++;
    }
    const open = await stripe.checkout.sessions.list({ customer, status: "open" });
    assertEquals([live, open.data.length], [0, 0]);
  });
});

for (
  const [policy, ended] of [["cancel_now", "canceled"], ["keep", "active"]] as const
) {
  Deno.test(`CLERK_USER_DELETED=${policy}: a deleted user's subscription is ${ended}`, async () => {
    await using stack = await startStack({ CLERK_USER_DELETED: policy }, { webhook: true });
    const { stripe, sql } = stack;
    const user = await stack.newUser("leaver@example.com");
    const customer = await customerOf(stack, user);
    const subscription = await subscribe(stack, customer);
    const session = await openSession(stack, customer);
    await stack.clerk("DELETE", `/v1/users/${user}`);
    await departed(stack, user);
    assertEquals((await stripe.subscriptions.retrieve(subscription)).status, ended);
    assertEquals((await stripe.checkout.sessions.retrieve(session)).status, "expired");

    await sql`update billing.checkouts set closed_at = closed_at - interval '3 minutes' where owner_id = ${user}`;
    await reconcile(stack);
    const after = await stripe.subscriptions.retrieve(subscription);
    assertEquals([after.status, after.cancel_at_period_end], [ended, false]);
    assertEquals((await sql`select from billing.departed_but_billed`).length, policy === "keep" ? 1 : 0);
  });
}
