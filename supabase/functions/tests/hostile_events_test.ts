/**
 * Signed events that try to make stripe-webhook fail, fetch another object or record what it did not fetch; and valid
 * events whose signature is nearly valid. `PROOF_HOSTILE_EVENTS` sets how many, `PROOF_SEED` repeats a run.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { Customer } from "../_shared/contract/customer.ts";
import { PricePage } from "../_shared/contract/prices.ts";
import type { MirroredKind } from "../_shared/contract/mirrored_kinds.ts";
import { STRIPE_EVENTS } from "../_shared/contract/stripe_events.ts";
import { readAnswer, readError } from "./answers.ts";
import { deliver, makeEvent, type SentEvent, signatureOf } from "./events.ts";
import { assertSafeAnswer, MARK } from "./hostile_answer.ts";
import { forgery, hostileEvent, STRANGE_IDS } from "./hostile_events.ts";
import { readLog } from "./log_lines.ts";
import { reconcileAll, runBackfill, walkAll } from "./reconcile_run.ts";
import { assertNoSecrets } from "./secrets.ts";
import { ORIGIN, type Stack, startStack } from "./stack.ts";

const EVENTS = Number(Deno.env.get("PROOF_HOSTILE_EVENTS") ?? 300);
const SEED = Number(Deno.env.get("PROOF_SEED") ?? 1);

/** The path that reads each kind. */
const READ: Partial<Record<MirroredKind, RegExp>> = {
  customer: /^\/v1\/customers\/[^/]+$/,
  "entitlements.active_entitlement_summary": /^\/v1\/entitlements\/active_entitlements$/,
  "checkout.session": /^\/v1\/checkout\/sessions\/[^/]+$/,
  invoice: /^\/v1\/invoices\/[^/]+$/,
  payment_intent: /^\/v1\/payment_intents\/[^/]+$/,
  price: /^\/v1\/prices\/[^/]+$/,
  product: /^\/v1\/products\/[^/]+(\/features)?$/,
  subscription: /^\/v1\/subscriptions\/[^/]+$/,
};
const QUERIES =
  /^$|^(customer=[^&]+&)?limit=100$|^expand\[0\]=(tiers&expand\[1\]=currency_options|line_items|latest_charge)$/;

/** Sends an event and checks the answer and the requests to Stripe. @returns whether it was processed */
async function tryEvent(stack: Stack, event: SentEvent): Promise<boolean> {
  await stack.forgetStripeRequests();
  const response = await deliver(stack, event);
  const answer = await response.clone().text();
  await assertSafeAnswer(response, { method: "POST", headers: [["origin", ORIGIN]] });

  const rules = Object.hasOwn(STRIPE_EVENTS, event.type) ? STRIPE_EVENTS[event.type]! : [];
  const reads = (await stack.stripeLog()).filter(({ path }) => path !== "/v1/account");
  for (const { method, path, query } of reads) {
    const expected = rules.some(({ object }) => READ[object]?.test(path));
    assert(method === "GET" && expected, `${event.type} reads ${method} ${path}`);
    assertMatch(query, QUERIES);
  }
  const processed = answer.includes('"processed"');
  assertEquals(reads.length > 0, processed, `It says ${answer} and reads ${reads.length}`);
  return processed;
}

/** The mirror has only objects that were fetched for an event, and every event is finished. */
async function assertOnlyFetched({ sql }: Stack, processed: number) {
  const unseen = await sql`
    select object, id from billing.mirror as row
    where not exists (
      select from billing.webhook_events as event
      where event.object = row.object and event.object_id = row.id and event.ticket = row.ticket
    )`;
  assertEquals([...unseen], []);
  assertEquals(
    await sql`select id from billing.webhook_events where processed_at is null`.then((rows) => [...rows]),
    [],
  );
  const [known] = await sql`select count(*)::integer as events from billing.webhook_events`;
  assertEquals(known?.events, processed);
}

Deno.test("stripe-webhook, for any signed event, does not fail, and fetches and records only its object", async () => {
  await using stack = await startStack();
  let processed = 0, tried = 0;
  for (const id of STRANGE_IDS) {
    for (const [type, rules] of Object.entries(STRIPE_EVENTS).filter(([type]) => /updated|completed/.test(type))) {
      processed += Number(await tryEvent(stack, makeEvent(type, { [rules[0]!.idIn]: id })));
      tried++;
    }
  }
  const property = fc.asyncProperty(hostileEvent, async (event) => {
    processed += Number(await tryEvent(stack, event));
  });
  await fc.assert(property, { numRuns: EVENTS, seed: SEED });
  await assertOnlyFetched(stack, processed);

  const lines = await readLog(stack);
  // Hostile events name other API versions than the endpoint's.
  const expected = ({ message }: Record<string, unknown>) => String(message).startsWith("The webhook endpoint uses ");
  assertEquals(lines.filter((line) => line.level !== "info" && !expected(line)), []);
  const output = (await stack.logs()).split("\n").filter((line) => line.includes(" | "));
  assertEquals(
    output.filter((line) => !/ \| (\{"time":.*\}|Listening .*|)$/.test(line)),
    [],
    "The output has a line that is not a log line",
  );
  assert(lines.every((line) => JSON.stringify(line).length < 2_000), "An event determines the length of a line");
  assertNoSecrets(output.join("\n"), "The log");
  console.log(`${tried + EVENTS} events tried, ${processed} processed, seed ${SEED}`);
});

Deno.test("stripe-webhook, for any nearly valid signature, answers invalid_signature", async () => {
  await using stack = await startStack();
  const body = JSON.stringify(makeEvent("product.updated", { id: "prod_1", object: "product", name: MARK }));
  const property = fc.asyncProperty(forgery, async (forge) => {
    const signature = forge(await signatureOf(stack, body));
    const response = await stack.call("stripe-webhook", {
      method: "POST",
      body,
      headers: { "stripe-signature": signature },
    });
    await readError(response, "invalid_signature");
  });
  await fc.assert(property, { numRuns: Math.ceil(EVENTS / 2), seed: SEED });
  assertEquals(await stack.stripeRequests(), []);
  assertEquals((await stack.sql`select from billing.webhook_events`).length, 0);
  assertEquals((await stack.logs()).includes(MARK), false);
});

Deno.test("Text that PostgreSQL cannot store is replaced and recorded by webhook, fill, customer and backfill", async () => {
  await using stack = await startStack();
  const { sql, stripe } = stack;
  const names = ["Blend\u0000\u0000", "\\u0000", "\\\\\u0000\\\\u0000", "\u0000"];
  const expected = ["Blend\ufffd\ufffd", "\\u0000", "\\\\\ufffd\\\\u0000", "\ufffd"];
  const recorded = async () =>
    (await sql`select data ->> 'name' as name from stripe_products order by id`)
      .map(({ name }) => name);

  for (const [n, name] of names.entries()) {
    const product = await stripe.products.create({ id: `prod_${n}`, name, metadata: { [MARK]: name } });
    assertEquals(await tryEvent(stack, makeEvent("product.created", product)), true);
  }
  assertEquals(await recorded(), expected);
  await stripe.prices.create({ product: "prod_0", currency: "usd", unit_amount: 900, nickname: "\u0000" });
  await readAnswer(await stack.call("stripe-prices", { token: await stack.signIn() }), 200, PricePage);

  // A user with such a name gets a customer, and the backfill records its page.
  const token = await stack.sign({ email: "ada@example.com", name: "Ada\u0000" });
  await readAnswer(await stack.call("stripe-customer", { method: "POST", token }), 201, Customer);
  await runBackfill(stack);
  assertEquals(await recorded(), expected);

  await reconcileAll(stack); // processes the events of the creations
  const { refetched, drifted, failed } = await walkAll(stack);
  assertEquals([refetched >= names.length, drifted, failed], [true, 0, 0]);
});
