import { assert, assertEquals, assertMatch } from "@std/assert";
import { Receipt } from "../_shared/contract/webhook.ts";
import { readAnswer, readError, readProblems } from "../tests/answers.ts";
import { deliver, makeEvent, signatureOf } from "../tests/events.ts";
import { findLine, findReason, readLog } from "../tests/log_lines.ts";
import { type Stack, startStack } from "../tests/stack.ts";
import { until } from "../tests/until.ts";

const SECRETS = ["whsec_the_one_before_this_one", "whsec_the_one_of_today_0000"];

const outcomeOf = async (response: Response) => (await readAnswer(response, 200, Receipt)).outcome;
const ledger = ({ sql }: Stack) => sql`select * from billing.webhook_events`;

Deno.test("stripe-webhook", async (t) => {
  await using stack = await startStack({ STRIPE_WEBHOOK_SECRET: SECRETS.join(",") });
  const secret = SECRETS[1]!;
  const product = await stack.stripe.products.create({ name: "Blend" });
  const send = (body: string, signature: string | null) =>
    stack.call("stripe-webhook", {
      method: "POST",
      body,
      headers: signature === null ? {} : { "stripe-signature": signature },
    });

  await t.step("trap 13: POST fetches the object of a signed event and answers processed", async () => {
    const event = makeEvent("product.created", { id: product.id, object: "product", name: "The payload" });
    const response = await deliver(stack, event, { secret });
    assertEquals(await outcomeOf(response), "processed");
    const [row] = await stack.sql`select data from stripe_products where id = ${product.id}`;
    assertEquals(row?.data.name, "Blend");
    const { caller, status } = await findLine(stack, response);
    assertEquals([caller, status], [event.id, 200]);
    const [entry] = await ledger(stack);
    assertEquals([entry?.id, entry?.outcome, entry?.object_id], [event.id, "processed", product.id]);
  });

  await t.step("POST accepts a signature of each configured secret", async () => {
    for (const secret of SECRETS) {
      assertEquals(
        await outcomeOf(await deliver(stack, makeEvent("product.updated", product), { secret })),
        "processed",
      );
    }
  });

  await t.step("POST answers 400 to a request that Stripe did not sign, and changes nothing", async () => {
    const body = JSON.stringify(makeEvent("product.updated", product));
    const signature = await signatureOf(stack, body, { secret });
    const now = Math.floor(Date.now() / 1_000);
    const of = (header: string, name: string) => header.match(new RegExp(`${name}=([^,]+)`))?.[1];
    await stack.forgetStripeRequests();
    const before = (await ledger(stack)).length;
    const refused: Record<string, [body: string, signature: string | null]> = {
      "no signature": [body, null],
      "an empty one": [body, ""],
      "not a signature": [body, "nonsense"],
      "no timestamp": [body, `v1=${of(signature, "v1")}`],
      "no signature in it": [body, `t=${now}`],
      "of another scheme": [body, signature.replace("v1=", "v0=")],
      "of a wrong secret": [body, await signatureOf(stack, body, { secret: "whsec_of_another_account_0000" })],
      "of no secret": [body, await signatureOf(stack, body, { secret: "whsec_" })],
      "too old": [body, await signatureOf(stack, body, { secret, timestamp: now - 301 })],
      "with another timestamp than it was made for": [body, signature.replace(/t=\d+/, `t=${now + 1}`)],
      "a changed body": [body.replace("Blend", "Blond"), signature],
      "a body with a space more": [`${body} `, signature],
      "right, over other bytes": [body, await signatureOf(stack, body.replaceAll('":', '": '), { secret })],
      "an empty body": ["", signature],
      "the local stack's secret, which is not configured": [body, await signatureOf(stack, body)],
    };
    for (const [what, [body, signature]] of Object.entries(refused)) {
      const response = await send(body, signature);
      const { message } = await readError(response, "invalid_signature");
      assert(!message.includes("v1="), what);
    }
    assertEquals([(await ledger(stack)).length, await stack.stripeRequests()], [before, []]);
  });

  await t.step("POST accepts a header with several signatures, of which one is valid", async () => {
    const body = JSON.stringify(makeEvent("product.updated", product));
    const signature = await signatureOf(stack, body, { secret });
    const several = signature.replace(",v1=", `,v1=${"0".repeat(64)},v0=abc,v1=`);
    assertEquals(await outcomeOf(await send(body, several)), "processed");
  });

  await t.step("POST answers 413 to a body over four megabytes, and takes the largest events", async () => {
    await readError(await deliver(stack, "x".repeat(4_194_305), { secret }), "payload_too_large");
    // Fifty values of metadata on an invoice and on each of its ten lines, in characters of four bytes.
    const metadata = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`key_${n}`, "😀".repeat(500)]));
    const large = JSON.stringify(
      makeEvent("product.updated", { ...product, metadata, lines: Array(10).fill(metadata) }),
    );
    assert(new TextEncoder().encode(large).length > 1_048_576);
    assertEquals(await outcomeOf(await deliver(stack, large, { secret })), "processed");
  });

  await t.step("POST answers 400 to a signed body that is not an event", async () => {
    const bodies = ["{", "null", "[]", '"event"', "{}", '{"object": "v2.core.event", "id": 1}'];
    const { data: _data, ...dataless } = makeEvent("product.updated", product);
    for (const body of [...bodies, JSON.stringify(dataless)]) {
      assertEquals(await readProblems(await deliver(stack, body, { secret })), [""], body);
    }
  });

  await t.step(
    "trap 10: POST answers ignored to an event of another mode, account or kind, and logs the reason",
    async () => {
      await stack.forgetStripeRequests();
      const before = (await ledger(stack)).length;
      const ignored = [
        makeEvent("charge.succeeded", { id: "ch_1", object: "charge" }),
        makeEvent("something.of.tomorrow", {}),
        makeEvent("toString", { id: "x" }),
        makeEvent("product.updated", product, { livemode: true }),
        makeEvent("product.updated", product, { account: "acct_other" }),
        makeEvent("product.updated", product, { context: "acct_other" }),
        makeEvent("product.updated", product, { account: null, context: "org_1/acct_other" }),
        ...[-1, {}, { toString: 1 }, "", "\0", "acct_1LocalStripe00000/"].map((account) =>
          makeEvent("product.updated", product, { account } as Record<string, unknown>)
        ),
        // Thin events, the second a test of an event destination.
        makeEvent("v1.billing.meter.error_report_triggered", {}, { object: "v2.core.event", data: undefined }),
        makeEvent("v2.core.event_destination.ping", {}, { object: "v2.core.event", data: undefined, livemode: true }),
        // The customer is an account of Stripe's second API, which has no customer here.
        makeEvent("entitlements.active_entitlement_summary.updated", { customer: null, customer_account: "acct_1" }),
      ];
      for (const event of ignored) assertEquals(await outcomeOf(await deliver(stack, event, { secret })), "ignored");
      assertEquals([(await ledger(stack)).length, await stack.stripeRequests()], [before, []]);
      const notes = (await readLog(stack)).map(({ message }) => String(message)).filter((note) =>
        note.startsWith("Ignored")
      );
      for (const { id, type } of ignored) assert(notes.some((note) => note.includes(id) && note.includes(type)), type);
    },
  );

  await t.step("POST answers processed to an event that names the deployment's own account", async () => {
    for (const named of [{ account: "acct_1LocalStripe00000" }, { context: "org_1/acct_1LocalStripe00000" }]) {
      assertEquals(
        await outcomeOf(await deliver(stack, makeEvent("product.updated", product, named), { secret })),
        "processed",
      );
    }
  });

  await t.step("POST answers processed to an event whose object has an account instead of a customer", async () => {
    const customer = null, customer_account = "acct_1";
    const updated = makeEvent("product.updated", { ...product, customer, customer_account });
    assertEquals(await outcomeOf(await deliver(stack, updated, { secret })), "processed");
    const { sql } = stack;
    await stack.confirmTestKey();
    await sql`
      select record_objects(draw_ticket('test_1'), ${
      sql.json([
        { id: "sub_account", object: "subscription", customer, customer_account, status: "active", created: 1 },
        { id: "in_account", object: "invoice", customer, customer_account, status: "paid", created: 1, total: 1 },
      ])
    }, 'test_1')`;
    const rows = await sql`
      select id, customer from stripe_subscriptions where id = 'sub_account'
      union all select id, customer from stripe_invoices where id = 'in_account'`;
    assertEquals(rows.map(({ id, customer }) => [id, customer]), [["sub_account", null], ["in_account", null]]);
    // They are not the rows of a user without a customer.
    const { data } = await stack.client(await stack.signIn()).from("stripe_subscriptions").select("id");
    assertEquals(data, []);
  });

  await t.step("trap 29: POST answers ignored to invoice.upcoming, which has no id", async () => {
    const upcoming = makeEvent("invoice.upcoming", { object: "invoice", customer: "cus_1" });
    assertEquals(await outcomeOf(await deliver(stack, upcoming, { secret })), "ignored");
    const nameless = makeEvent("invoice.updated", { object: "invoice" });
    assertEquals(await outcomeOf(await deliver(stack, nameless, { secret })), "ignored");
  });

  await t.step(
    "trap 7: POST answers duplicate to the same event the second time, without a request to Stripe",
    async () => {
      const event = makeEvent("product.updated", product);
      assertEquals(await outcomeOf(await deliver(stack, event, { secret })), "processed");
      await stack.forgetStripeRequests();
      assertEquals(await outcomeOf(await deliver(stack, event, { secret })), "duplicate");
      assertEquals(await stack.stripeRequests(), []);
    },
  );

  await t.step(
    "POST answers 409 to an event that another call is processing, so that Stripe sends it again",
    async () => {
      const event = makeEvent("product.updated", product);
      await stack.fault({ path: `/v1/products/${product.id}`, latency_ms: 1_000 });
      const first = deliver(stack, event, { secret });
      await until(async () => (await ledger(stack)).some(({ id }) => id === event.id));
      await readError(await deliver(stack, event, { secret }), "event_busy");
      assertEquals(await outcomeOf(await first), "processed");
    },
  );

  await t.step("POST records a tombstone for an object that Stripe no longer has", async () => {
    const gone = await stack.stripe.products.create({ name: "Gone" });
    assertEquals(await outcomeOf(await deliver(stack, makeEvent("product.created", gone), { secret })), "processed");
    await stack.stripe.products.del(gone.id);
    const event = makeEvent("product.updated", gone);
    assertEquals(await outcomeOf(await deliver(stack, event, { secret })), "processed");
    const [row] = await stack.sql`select deleted, data from stripe_products where id = ${gone.id}`;
    assertEquals([row?.deleted, row?.data], [true, { id: gone.id, object: "product", deleted: true }]);
  });

  await t.step("trap 18: POST accepts events of another version, and logs the first", async () => {
    for (const api_version of ["2020-08-27", "2019-01-01", null]) {
      const event = makeEvent("product.updated", product, { api_version });
      assertEquals(await outcomeOf(await deliver(stack, event, { secret })), "processed");
    }
    const noted = (await readLog(stack)).filter(({ message }) => String(message).includes("npm run stripe:webhook"));
    assertEquals(noted.length, 1);
    assertMatch(String(noted[0]?.message), /2020-08-27/);
  });

  await t.step("other methods answer 405, a query 400", async () => {
    for (const method of ["GET", "PUT", "DELETE"]) {
      await readError(await stack.call("stripe-webhook", { method }), "method_not_allowed");
    }
    const body = JSON.stringify(makeEvent("product.updated", product));
    const headers = { "stripe-signature": await signatureOf(stack, body, { secret }) };
    const response = await stack.call("stripe-webhook?colour=red", { method: "POST", body, headers });
    assertEquals(await readProblems(response), ["colour"]);
  });

  await t.step("no log line contains a body or a signature", async () => {
    const customer = { id: "cus_unknown", object: "customer", email: "other@example.com" };
    const response = await deliver(stack, makeEvent("customer.updated", customer), { secret });
    assertEquals(await outcomeOf(response), "processed");
    await findLine(stack, response);
    const logs = await stack.logs();
    for (const secret of ["other@example.com", "v1=", ...SECRETS]) assertEquals(logs.includes(secret), false, secret);
  });
});

Deno.test("stripe-webhook answers not_configured while no valid secret is configured", async () => {
  for (const STRIPE_WEBHOOK_SECRET of [null, "", " , ", "sk_test_0000000000000000"]) {
    await using stack = await startStack({ STRIPE_WEBHOOK_SECRET });
    const response = await deliver(stack, makeEvent("product.updated", { id: "prod_1", object: "product" }), {
      secret: SECRETS[0],
    });
    await readError(response, "not_configured");
    assertMatch(await findReason(stack, response), /STRIPE_WEBHOOK_SECRET/);
    assertEquals((await ledger(stack)).length, 0);
  }
});
