import { assert, assertEquals, assertMatch } from "@std/assert";
import { Customer } from "../_shared/contract/customer.ts";
import { Receipt } from "../_shared/contract/webhook.ts";
import { readAnswer, readError, readProblems } from "../tests/answers.ts";
import { clerkHeaders, deliverClerk, makeClerkEvent } from "../tests/clerk_events.ts";
import { findLine, findReason, readLog } from "../tests/log_lines.ts";
import { type Stack, startStack } from "../tests/stack.ts";
import { until } from "../tests/until.ts";

const SECRETS = ["the key before this one", "the key of today"].map((key) => `whsec_${btoa(key)}`);

const outcomeOf = async (response: Response) => (await readAnswer(response, 200, Receipt)).outcome;
const ledger = ({ sql }: Stack) => sql`select * from billing.webhook_events`;

async function customerOf(stack: Stack, user: string): Promise<string> {
  const response = await stack.call("stripe-customer", { method: "POST", token: await stack.signIn(user) });
  return (await readAnswer(response, 201, Customer)).customer_id;
}

Deno.test("clerk-webhook", async (t) => {
  await using stack = await startStack({ CLERK_WEBHOOK_SIGNING_SECRET: SECRETS.join(",") });
  const secret = SECRETS[1]!;
  const ada = stack.users.ada!;
  const updated = () => makeClerkEvent(stack, "user.updated", { id: ada, object: "user", first_name: "The payload" });

  await t.step("POST describes the customer as Clerk has the user now and answers processed", async () => {
    const customer = await customerOf(stack, "ada");
    await stack.clerk("PATCH", `/v1/users/${ada}`, { first_name: "Augusta" });
    const message = await updated();
    const response = await deliverClerk(stack, message, { secret });
    assertEquals(await outcomeOf(response), "processed");
    const described = await stack.stripe.customers.retrieve(customer) as { name?: string };
    assertEquals(described.name, "Augusta Lovelace");
    const { caller, status } = await findLine(stack, response);
    assertEquals([caller, status], [message.id, 200]);
    const [entry] = await ledger(stack);
    assertEquals([entry?.id, entry?.object, entry?.object_id, entry?.outcome], [
      message.id,
      "clerk.user",
      ada,
      "processed",
    ]);
  });

  await t.step("POST accepts a signature of each configured secret", async () => {
    for (const secret of SECRETS) {
      assertEquals(await outcomeOf(await deliverClerk(stack, await updated(), { secret })), "processed");
    }
  });

  await t.step("POST answers duplicate to a replayed message, without a request to Stripe", async () => {
    const message = await updated();
    assertEquals(await outcomeOf(await deliverClerk(stack, message, { secret })), "processed");
    await stack.forgetStripeRequests();
    const before = (await ledger(stack)).length;
    assertEquals(await outcomeOf(await deliverClerk(stack, message, { secret })), "duplicate");
    assertEquals([(await ledger(stack)).length, await stack.stripeRequests()], [before, []]);
  });

  await t.step("POST answers 400 to a forged message, and changes nothing", async () => {
    const message = await makeClerkEvent(stack, "user.deleted", { id: ada, object: "user", deleted: true });
    const headers = await clerkHeaders(stack, message, { secret });
    const now = Math.floor(Date.now() / 1_000);
    await stack.forgetStripeRequests();
    const before = (await ledger(stack)).length;
    const without = (name: string) => Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));
    const changed = (change: Record<string, string>) => ({ ...headers, ...change });
    const refused: Record<string, [headers: Record<string, string>, body?: string]> = {
      "no headers": [{}],
      "no id": [without("svix-id")],
      "no timestamp": [without("svix-timestamp")],
      "no signature": [without("svix-signature")],
      "not a signature": [changed({ "svix-signature": "nonsense" })],
      "of another scheme": [changed({ "svix-signature": headers["svix-signature"]!.replace("v1,", "v2,") })],
      "of another instance's secret": [
        await clerkHeaders(stack, message, { secret: `whsec_${btoa("another instance")}` }),
      ],
      "too old": [await clerkHeaders(stack, message, { secret, timestamp: now - 310 })],
      "of the future": [await clerkHeaders(stack, message, { secret, timestamp: now + 310 })],
      "with another timestamp": [changed({ "svix-timestamp": String(now + 1) })],
      "under another id": [changed({ "svix-id": "msg_another" })],
      "a changed body": [headers, message.body.replace(ada, "user_another")],
      "a body with a space more": [headers, `${message.body} `],
      "an empty body": [headers, ""],
    };
    for (const [what, [headers, body = message.body]] of Object.entries(refused)) {
      const response = await stack.call("clerk-webhook", { method: "POST", body, headers });
      const { message: text } = await readError(response, "invalid_signature");
      assert(!text.includes("v1,"), what);
    }
    assertEquals([(await ledger(stack)).length, await stack.stripeRequests()], [before, []]);
    assertEquals((await stack.sql`select from billing.checkouts`).length, 0);
  });

  await t.step("POST answers 400 to a signed body that is not an event", async () => {
    const bodies = [
      "[]",
      '"event"',
      "{}",
      '{"type": 1}',
      '{"type": "user.updated"}',
      '{"type":"user.updated","data":{}}',
    ];
    const ids = ["org_1", "user_", "user_1/../x", "user_a b", 5, null].map((id) =>
      JSON.stringify({ type: "user.deleted", data: { id } })
    );
    for (const body of [...bodies, ...ids]) {
      assertEquals(await readProblems(await deliverClerk(stack, { id: "msg_odd", body }, { secret })), [""], body);
    }
  });

  await t.step("POST answers ignored to an event of another type, and logs it", async () => {
    const before = (await ledger(stack)).length;
    for (const type of ["user.created", "session.ended", "organizationMembership.deleted", "toString"]) {
      const message = await makeClerkEvent(stack, type, { id: ada });
      assertEquals(await outcomeOf(await deliverClerk(stack, message, { secret })), "ignored");
      const notes = (await readLog(stack)).map(({ message }) => String(message));
      assert(notes.some((note) => note.startsWith(`Ignored "${message.id}" (${type})`)), type);
    }
    assertEquals((await ledger(stack)).length, before);
  });

  await t.step("POST finishes an event of a user who bought nothing, without a request", async () => {
    await stack.forgetStripeRequests();
    const message = await makeClerkEvent(stack, "user.updated", { id: "user_of_no_purchase" });
    assertEquals(await outcomeOf(await deliverClerk(stack, message, { secret })), "processed");
    assertEquals(await stack.stripeRequests(), []);
  });

  await t.step("POST answers 409 to a message that another call is processing", async () => {
    const message = await updated();
    await stack.fault({ path: "/v1/customers/*", latency_ms: 1_000 });
    const first = deliverClerk(stack, message, { secret });
    await until(async () => (await ledger(stack)).some(({ id }) => id === message.id));
    await readError(await deliverClerk(stack, message, { secret }), "event_busy");
    assertEquals(await outcomeOf(await first), "processed");
  });

  await t.step("POST answers 413 to a body over 256 KB", async () => {
    const body = "x".repeat(262_145);
    await readError(await deliverClerk(stack, { id: "msg_large", body }, { secret }), "payload_too_large");
  });

  await t.step("other methods answer 405, a query 400", async () => {
    for (const method of ["GET", "PUT", "DELETE"]) {
      await readError(await stack.call("clerk-webhook", { method }), "method_not_allowed");
    }
    const message = await updated();
    const headers = await clerkHeaders(stack, message, { secret });
    const response = await stack.call("clerk-webhook?colour=red", { method: "POST", body: message.body, headers });
    assertEquals(await readProblems(response), ["colour"]);
  });

  await t.step("no log line contains a body, a signature or a secret", async () => {
    const logs = await stack.logs();
    for (const secret of ["The payload", "v1,", ...SECRETS]) assertEquals(logs.includes(secret), false, secret);
  });
});

Deno.test("clerk-webhook answers not_configured while no valid secret is configured", async () => {
  for (const CLERK_WEBHOOK_SIGNING_SECRET of [null, " , ", "sk_test_0000000000000000", "whsec_not base64!"]) {
    await using stack = await startStack({ CLERK_WEBHOOK_SIGNING_SECRET });
    const message = await makeClerkEvent(stack, "user.updated", { id: stack.users.ada });
    const response = await deliverClerk(stack, message, { secret: SECRETS[0] });
    await readError(response, "not_configured");
    assertMatch(await findReason(stack, response), /CLERK_WEBHOOK_SIGNING_SECRET/);
    assertEquals((await ledger(stack)).length, 0);
  }
});
