/** Attacks on stripe-webhook by a user, with a recorded delivery or with own objects at Stripe. */
import { assertEquals } from "@std/assert";
import { Customer } from "../_shared/contract/customer.ts";
import { Receipt } from "../_shared/contract/webhook.ts";
import { readAnswer, readError } from "./answers.ts";
import { deliver, makeEvent, type SentEvent, signatureOf } from "./events.ts";
import { findLines, readLog } from "./log_lines.ts";
import { callReconcile, reconcileAll } from "./reconcile_run.ts";
import { type Stack, startStack } from "./stack.ts";

const outcomeOf = async (response: Response) => (await readAnswer(response, 200, Receipt)).outcome;

const send = (stack: Stack, body: string, headers: Record<string, string>) =>
  stack.call("stripe-webhook", { method: "POST", body, headers });

/** A mirrored row of any kind. */
const mirrored = async ({ sql }: Stack, id: string) => (await sql`select * from billing.mirror where id = ${id}`)[0];

Deno.test("stripe-webhook under attack", async (t) => {
  await using stack = await startStack();
  const { sql, stripe } = stack;
  const now = () => Math.floor(Date.now() / 1_000);
  const signUp = async (user: string) => {
    const response = await stack.call("stripe-customer", { method: "POST", token: await stack.signIn(user) });
    return (await readAnswer(response, 201, Customer)).customer_id;
  };
  const [victim, attacker] = [await signUp("ada"), await signUp("grace")];
  const product = await stripe.products.create({ name: "Blend" });
  const entries = () => sql`select * from billing.webhook_events order by received_at, id`;

  await t.step("a token, a key or the secret of another endpoint answers 400", async () => {
    const body = JSON.stringify(makeEvent("product.updated", product));
    const { secret_key, publishable_key, stripe_restricted_key, reconcile_secret, clerk_secret_key } = stack;
    const token = await stack.signIn("grace");
    for (const key of [token, secret_key, publishable_key, stripe_restricted_key, reconcile_secret, clerk_secret_key]) {
      const bearer = { authorization: `Bearer ${key}`, apikey: key };
      await readError(await send(stack, body, bearer), "invalid_signature");
      for (const secret of [key, stack.stripe_webhook_secret.slice(6), stack.stripe_webhook_secret.toUpperCase()]) {
        const headers = { ...bearer, "stripe-signature": await signatureOf(stack, body, { secret }) };
        await readError(await send(stack, body, headers), "invalid_signature");
      }
    }
    assertEquals((await entries()).length, 0);
  });

  await t.step("a replayed delivery changes nothing, and is refused after five minutes", async () => {
    const body = JSON.stringify(makeEvent("product.updated", product));
    const at = (seconds: number) => signatureOf(stack, body, { timestamp: now() - seconds });
    assertEquals(await outcomeOf(await send(stack, body, { "stripe-signature": await at(0) })), "processed");
    const before = await mirrored(stack, product.id);
    await stack.forgetStripeRequests();
    for (const age of [0, 60, 290]) {
      assertEquals(await outcomeOf(await send(stack, body, { "stripe-signature": await at(age) })), "duplicate");
    }
    // Also when the ledger no longer has the event.
    await sql`delete from billing.webhook_events where true`;
    for (const age of [301, 3_600, 3_600 * 24 * 36]) {
      const old = await at(age);
      for (const signature of [old, `${old},t=${now()}`, `t=${now()},${old}`, `${old}, t=${now()},v1=0`]) {
        await readError(await send(stack, body, { "stripe-signature": signature }), "invalid_signature");
      }
    }
    assertEquals([await stack.stripeRequests(), await mirrored(stack, product.id)], [[], before]);
  });

  await t.step("deliveries with a wrong signature do not claim the event of a valid one", async () => {
    const event = makeEvent("product.updated", product);
    const secret = "whsec_of_another_project_00";
    for (let n = 0; n < 5; n++) await readError(await deliver(stack, event, { secret }), "invalid_signature");
    assertEquals(await outcomeOf(await deliver(stack, event)), "processed");
  });

  await t.step("text inside an event adds no line to the log", async () => {
    const line = '"}\u2028{"time":"2026-01-01T00:00:00.000Z","level":"error","message":"h0stile"} stripe-webhook | {';
    for (
      const event of [
        makeEvent(line, {}),
        makeEvent("product.updated", { id: line }),
        makeEvent("product.updated", product, { id: line }),
        makeEvent("product.updated", product, { api_version: line }),
        makeEvent("product.updated", product, { account: line }),
      ]
    ) {
      const response = await deliver(stack, event);
      await outcomeOf(response);
      assertEquals((await findLines(stack, response)).length, 1);
    }
    for (const text of ["\n", "\r", "\u0000", "\u0085", "\ud800"].map((end) => `evt_1${end}h0stile`)) {
      for (const fields of [{ id: text }, { type: text }, { api_version: text }]) {
        await readError(await deliver(stack, makeEvent("product.updated", product, fields)), "invalid_request");
      }
    }
    const lines = await readLog(stack);
    assertEquals(lines.filter(({ message, level }) => message === "h0stile" || level === "error"), []);
  });

  await t.step("an event that names another customer records what Stripe has", async () => {
    const { id: price } = await stripe.prices.create({
      product: product.id,
      currency: "usd",
      unit_amount: 900,
      recurring: { interval: "month" },
    });
    const params = { collection_method: "send_invoice", days_until_due: 7 } as const;
    const { id } = await stripe.subscriptions.create({ customer: victim, items: [{ price }], ...params });
    const claimed = {
      id,
      object: "subscription",
      customer: attacker,
      status: "active",
      items: { data: [{ id: "si_1" }] },
    };
    assertEquals(
      await outcomeOf(await deliver(stack, makeEvent("customer.subscription.updated", claimed))),
      "processed",
    );
    const session = { id: "cs_1", object: "checkout.session", customer: attacker, subscription: id };
    assertEquals(await outcomeOf(await deliver(stack, makeEvent("checkout.session.completed", session))), "processed");
    assertEquals((await mirrored(stack, id))?.data.customer, victim);

    const summary = {
      object: "entitlements.active_entitlement_summary",
      customer: attacker,
      entitlements: { data: [{ lookup_key: "reports" }] },
    };
    const event = makeEvent("entitlements.active_entitlement_summary.updated", summary);
    assertEquals(await outcomeOf(await deliver(stack, event)), "processed");
    const token = await stack.signIn("grace");
    const { data } = await stack.client(token).rpc("has_entitlement", { lookup_key: "reports" });
    assertEquals(data, false);
  });

  await t.step("an event that claims a deletion retires no customer that exists at Stripe", async () => {
    const gone = makeEvent("customer.deleted", { id: victim, object: "customer", deleted: true });
    assertEquals(await outcomeOf(await deliver(stack, gone)), "processed");
    const [mapping] = await sql`select stripe_customer_id from stripe_customer_mapping where clerk_user_id = ${stack
      .users.ada!}`;
    assertEquals(mapping?.stripe_customer_id, victim);
  });

  await t.step(
    "metadata that names another user, in an event or in a backfill, changes no mapping",
    async () => {
      const [deployment] = await sql`select id from billing.deployment`;
      const mappings = async () =>
        JSON.stringify(await sql`select * from stripe_customer_mapping order by clerk_user_id`);
      const before = await mappings();
      const metadata = (clerk_user_id: string, deployment_id = deployment!.id) => ({ clerk_user_id, deployment_id });
      const { ada, grace, alan } = stack.users as Record<string, string>;
      const claims = [
        metadata(ada!),
        metadata(grace!),
        metadata(alan!, crypto.randomUUID()), // of another deployment on the same account
        { clerk_user_id: alan! },
        metadata("", deployment!.id),
        metadata("authenticated"),
      ];
      for (const metadata of claims) {
        const customer = await stripe.customers.create({ metadata });
        assertEquals(await outcomeOf(await deliver(stack, makeEvent("customer.created", customer))), "processed");
      }
      await stripe.customers.update(attacker, { metadata: metadata(ada!) });
      const changed = makeEvent("customer.updated", { id: attacker, object: "customer" });
      assertEquals(await outcomeOf(await deliver(stack, changed)), "processed");
      const state = (await (await callReconcile(stack, { backfill: "restart" })).json()).state;
      assertEquals([state, await mappings()], ["done", before]);
    },
  );

  await t.step("another event with the same id does not prevent the refresh of the first event's object", async () => {
    const other = await stripe.products.create({ name: "Other" });
    const first = makeEvent("product.updated", product);
    await stack.fault({ path: `/v1/products/${product.id}`, kind: "500", times: 2 });
    await readError(await deliver(stack, first), "stripe_unavailable");
    const second: SentEvent = { ...first, data: { object: other } };
    await outcomeOf(await deliver(stack, second));
    await stripe.products.update(product.id, { name: "Blend again" });
    await sql`update billing.webhook_events set lease_until = '-infinity', due_at = '-infinity' where processed_at is null`;
    assertEquals((await reconcileAll(stack)).pending, 0);
    assertEquals((await mirrored(stack, product.id))?.data.name, "Blend again");
  });
});
