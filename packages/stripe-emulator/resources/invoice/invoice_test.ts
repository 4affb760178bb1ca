import { assertEquals, assertMatch } from "../../testing/assert.ts";
import { openShop, refusal } from "../../testing/shop.ts";

/** A shop with a draft over 20 dollars. */
async function openWithDraft(params = "", card: string | null = "pm_card_visa") {
  const shop = await openShop(card);
  const of = `customer=${shop.customer.id}`;
  await shop.post("/v1/invoiceitems", `${of}&amount=2000&currency=usd&description=Setup`);
  const { body: draft } = await shop.post("/v1/invoices", `${of}&pending_invoice_items_behavior=include${params}`);
  const act = (name: string, body = "") => shop.post(`/v1/invoices/${draft.id}/${name}`, body);
  return Object.assign(shop, { draft, act });
}

Deno.test("a new draft takes the pending items of its customer", async () => {
  await using shop = await openWithDraft();
  const { draft } = shop;
  assertMatch(draft.id, /^in_\w+$/);
  assertEquals(
    [draft.status, draft.total, draft.amount_due, draft.number, draft.billing_reason, draft.auto_advance],
    ["draft", 2_000, 2_000, null, "manual", false],
  );
  const [line] = draft.lines.data;
  assertEquals([line.amount, line.description, line.parent.type], [2_000, "Setup", "invoice_item_details"]);
  const [item] = (await shop.sdk.invoiceItems.list({ customer: shop.customer.id })).data;
  assertEquals([item!.invoice, line.parent.invoice_item_details.invoice_item], [draft.id, item!.id]);
  assertEquals("line_ids" in draft, false);
});

Deno.test("a draft is open after finalize and paid after pay", async () => {
  await using shop = await openWithDraft();
  assertEquals((await shop.eventsOf(() => shop.act("finalize"))).filter((type) => type !== "customer.updated"), [
    "invoice.updated",
    "invoice.finalized",
  ]);
  const open = (await shop.get(`/v1/invoices/${shop.draft.id}`)).body;
  assertEquals([open.status, open.status_transitions.finalized_at, open.attempt_count], ["open", 1795507200, 0]);
  assertMatch(open.number, /^\w{8}-0001$/);
  assertMatch(open.hosted_invoice_url, /^http:\/\/127\.0\.0\.1:\d+\/i\/acct_\w+\/test_\w+\?s=ap$/);
  assertEquals(await shop.eventsOf(() => shop.act("pay")), [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "invoice_payment.paid",
    "invoice.updated",
    "invoice.paid",
    "invoice.payment_succeeded",
  ]);
  const paid = (await shop.get(`/v1/invoices/${shop.draft.id}`)).body;
  assertEquals([paid.status, paid.amount_paid, paid.amount_remaining], ["paid", 2_000, 0]);
});

Deno.test("a draft with auto_advance is finalized and charged after an hour", async () => {
  await using shop = await openWithDraft("&auto_advance=true");
  await shop.advanceDays(0.04);
  assertEquals((await shop.sdk.invoices.retrieve(shop.draft.id)).status, "draft");
  await shop.advanceDays(0.01);
  assertEquals((await shop.sdk.invoices.retrieve(shop.draft.id)).status, "paid");
});

Deno.test("a failed payment answers 402 with the reason and leaves the invoice open", async () => {
  await using shop = await openWithDraft("", "pm_card_chargeCustomerFail");
  const types = await shop.eventsOf(async () => {
    const refused = await shop.act("pay");
    assertEquals(refusal(refused), {
      status: 402,
      type: "card_error",
      code: "card_declined",
      message: "Your card was declined.",
    });
  });
  assertEquals(types.filter((type) => type.startsWith("invoice.payment")), ["invoice.payment_failed"]);
  const open = await shop.sdk.invoices.retrieve(shop.draft.id);
  assertEquals([open.status, open.attempted, open.attempt_count, open.amount_remaining], ["open", true, 1, 2_000]);
});

Deno.test("paying with a card that requires authentication emits invoice.payment_action_required", async () => {
  await using shop = await openWithDraft("", "pm_card_threeDSecure2Required");
  const types = await shop.eventsOf(async () => {
    assertEquals((await shop.act("pay")).body.error.code, "invoice_payment_intent_requires_action");
  });
  assertEquals(types.filter((type) => type.startsWith("invoice.payment")), [
    "invoice.payment_action_required",
    "invoice.payment_failed",
  ]);
});

Deno.test("an invoice without a default method is paid out of band, or with a given card", async () => {
  await using shop = await openWithDraft("", null);
  assertEquals((await shop.act("pay")).status, 400);
  assertEquals((await shop.act("pay", "payment_method=pm_none")).body.error.param, "payment_method");
  assertEquals((await shop.act("pay", "paid_out_of_band=true")).body.status, "paid");
  await using other = await openWithDraft("", null);
  assertEquals((await other.act("pay", "payment_method=pm_card_visa")).body.status, "paid");
});

Deno.test("an open invoice can be voided, or marked uncollectible and then paid", async () => {
  await using shop = await openWithDraft();
  await shop.act("finalize");
  assertEquals((await shop.eventsOf(() => shop.act("mark_uncollectible"))).at(-1), "invoice.marked_uncollectible");
  assertEquals((await shop.act("pay")).body.status, "paid");
  await using other = await openWithDraft();
  await other.act("finalize");
  assertEquals((await other.eventsOf(() => other.act("void"))).at(-1), "invoice.voided");
  const closed = (await other.get(`/v1/invoices/${other.draft.id}`)).body;
  assertEquals([closed.status, closed.status_transitions.voided_at], ["void", 1795507200]);
});

Deno.test("an invoice is sent to a customer with an email address and refused without one", async () => {
  await using shop = await openWithDraft("&collection_method=send_invoice&days_until_due=7");
  const types = await shop.eventsOf(() => shop.act("send"));
  assertEquals(types.slice(-2), ["invoice.finalized", "invoice.sent"]);
  assertEquals((await shop.act("send")).body.status, "open");
  await shop.sdk.customers.update(shop.customer.id, { email: "" });
  assertEquals((await shop.act("send")).body.error.param, "email");
});

Deno.test("a draft can be edited and deleted, and its items are pending afterwards", async () => {
  await using shop = await openWithDraft();
  const path = `/v1/invoices/${shop.draft.id}`;
  assertEquals((await shop.post(path, "description=Hello&metadata[a]=b")).body.description, "Hello");
  const [item] = shop.draft.lines.data;
  const itemPath = `/v1/invoiceitems/${item.parent.invoice_item_details.invoice_item}`;
  await shop.post(itemPath, "amount=500");
  assertEquals((await shop.get(path)).body.total, 500);
  assertEquals(await shop.eventsOf(() => shop.call("DELETE", path)), ["invoice.deleted"]);
  assertEquals((await shop.get(path)).status, 404);
  assertEquals((await shop.get(itemPath)).body.invoice, null);
  assertEquals(await shop.eventsOf(() => shop.call("DELETE", itemPath)), ["invoiceitem.deleted"]);
});

Deno.test("an item can be added to an existing draft, and not after finalize", async () => {
  await using shop = await openWithDraft();
  const of = `customer=${shop.customer.id}&currency=usd`;
  await shop.post("/v1/invoiceitems", `${of}&amount=-500&invoice=${shop.draft.id}`);
  assertEquals((await shop.get(`/v1/invoices/${shop.draft.id}`)).body.total, 1_500);
  await shop.act("finalize");
  const late = await shop.post("/v1/invoiceitems", `${of}&amount=1&invoice=${shop.draft.id}`);
  assertEquals(late.body.error.code, "invoice_not_editable");
});

Deno.test("a negative invoice credits the customer's balance, which pays the next invoice", async () => {
  await using shop = await openShop();
  const of = `customer=${shop.customer.id}`;
  const invoice = async (amount: number) => {
    await shop.post("/v1/invoiceitems", `${of}&amount=${amount}&currency=usd`);
    const draft = await shop.post("/v1/invoices", `${of}&pending_invoice_items_behavior=include`);
    return (await shop.post(`/v1/invoices/${draft.body.id}/finalize`)).body;
  };
  const credit = await invoice(-700);
  assertEquals([credit.status, credit.amount_due, credit.ending_balance], ["paid", 0, -700]);
  const next = await invoice(1_000);
  assertEquals([next.starting_balance, next.total, next.amount_due, next.ending_balance], [-700, 1_000, 300, 0]);
});

Deno.test("an invoice shows ten of its lines, and the list of lines all of them", async () => {
  await using shop = await openShop();
  const of = `customer=${shop.customer.id}`;
  for (let amount = 1; amount <= 12; amount++) {
    await shop.post("/v1/invoiceitems", `${of}&amount=${amount}&currency=usd`);
  }
  const { body } = await shop.post("/v1/invoices", `${of}&pending_invoice_items_behavior=include`);
  assertEquals([body.total, body.lines.data.length, body.lines.has_more], [78, 10, true]);
  const lines = await shop.sdk.invoices.listLineItems(body.id, { limit: 5 }).autoPagingToArray({ limit: 100 });
  assertEquals(new Set(lines.map(({ amount }) => amount)).size, 12);
  assertEquals((await shop.get("/v1/invoices/in_none/lines")).status, 404);
});

Deno.test("invoices are filtered by each of Stripe's filters", async () => {
  await using shop = await openWithDraft();
  const { id: subscription, latest_invoice: paid } = await shop.subscribe();
  const ids = async (query: string) =>
    (await shop.get(`/v1/invoices?${query}`)).body.data.map(({ id }: { id: string }) => id);
  assertEquals(await ids(`customer=${shop.customer.id}`), [paid, shop.draft.id]);
  assertEquals(await ids(`subscription=${subscription}`), [paid]);
  assertEquals(await ids("status=draft"), [shop.draft.id]);
  assertEquals(await ids("status=open"), []);
  assertEquals(await ids("collection_method=send_invoice"), []);
  assertEquals(await ids("created[gt]=1795507200"), []);
  assertEquals(await ids(`limit=1&starting_after=${paid}`), [shop.draft.id]);
  assertEquals((await shop.get("/v1/invoices?customer=cus_none")).status, 400);
  assertEquals((await shop.get("/v1/invoices/in_none")).body.error.message, "No such invoice: 'in_none'");
});

const OPEN_ONLY = "You can only pass in open invoices. This invoice isn't open.";
const REFUSED: [
  when: string,
  before: string[],
  act: string,
  body: string,
  code: string | undefined,
  message: string,
][] = [
  [
    "finalizing twice",
    ["finalize"],
    "finalize",
    "",
    "invoice_not_editable",
    "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
  ],
  ["paying twice", ["pay"], "pay", "", undefined, "Invoice is already paid"],
  ["paying a void invoice", ["finalize", "void"], "pay", "", undefined, "This invoice is void and can't be paid."],
  ["voiding a draft", [], "void", "", undefined, OPEN_ONLY],
  ["voiding a paid invoice", ["pay"], "void", "", undefined, OPEN_ONLY],
  ["marking a draft uncollectible", [], "mark_uncollectible", "", undefined, OPEN_ONLY],
  [
    "sending an invoice with charge_automatically",
    [],
    "send",
    "",
    undefined,
    "You can only manually send an invoice if its collection method is 'send_invoice'.",
  ],
  [
    "editing a finalized invoice",
    ["finalize"],
    "",
    "description=x",
    "invoice_not_editable",
    "This invoice is no longer editable",
  ],
];
for (const [when, before, act, body, code, message] of REFUSED) {
  Deno.test(`${when} is refused`, async () => {
    await using shop = await openWithDraft();
    for (const name of before) await shop.act(name);
    const { status, body: answer } = await shop.post(`/v1/invoices/${shop.draft.id}${act && `/${act}`}`, body);
    assertEquals([status, answer.error.code, answer.error.message], [400, code, message]);
  });
}

Deno.test("deleting an open invoice, or a draft of a subscription, is refused", async () => {
  await using shop = await openWithDraft();
  await shop.act("finalize");
  const path = `/v1/invoices/${shop.draft.id}`;
  assertEquals((await shop.call("DELETE", path)).body.error.message, "You can only delete draft invoices.");
  const { id } = await shop.subscribe();
  await shop.advanceDays(30);
  const [draft] = (await shop.sdk.invoices.list({ subscription: id, status: "draft" })).data;
  assertEquals((await shop.call("DELETE", `/v1/invoices/${draft!.id}`)).status, 400);
});
