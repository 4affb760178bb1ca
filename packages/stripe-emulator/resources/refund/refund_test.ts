import { assertEquals, assertMatch } from "../../testing/assert.ts";
import { openShop, refusal } from "../../testing/shop.ts";

type Shop = Awaited<ReturnType<typeof openShop>>;

/** The payment intent of a subscription's first invoice, as an application finds it. */
async function paidIntent(shop: Shop): Promise<string> {
  const { latest_invoice } = await shop.subscribe();
  const { data: [payment] } = await shop.sdk.invoicePayments.list({ invoice: latest_invoice as string });
  return payment!.payment.payment_intent as string;
}

const chargeOf = async (shop: Shop, intent: string) =>
  (await shop.sdk.paymentIntents.retrieve(intent, { expand: ["latest_charge"] })).latest_charge as {
    id: string;
    amount_refunded: number;
    refunded: boolean;
    disputed: boolean;
  };

Deno.test("a paid invoice has a payment, its intent and its charge, each with its event", async () => {
  await using shop = await openShop();
  const types = await shop.eventsOf(() => shop.subscribe());
  const order = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "invoice_payment.paid",
    "invoice.paid",
  ];
  assertEquals(types.filter((type) => order.includes(type)), order);
  const [invoice] = (await shop.sdk.invoices.list({ expand: ["data.payments"] })).data;
  const [payment] = invoice!.payments!.data;
  assertEquals([payment!.status, payment!.amount_paid, payment!.is_default], ["paid", 1_000, true]);
  const intent = await shop.sdk.paymentIntents.retrieve(payment!.payment.payment_intent as string);
  assertEquals([intent.status, intent.amount_received, intent.customer], ["succeeded", 1_000, shop.customer.id]);
  const { data } = await shop.sdk.invoicePayments.list({
    payment: { type: "payment_intent", payment_intent: intent.id },
  });
  assertEquals(data.map(({ id }) => id), [payment!.id]);
});

Deno.test("a failed invoice keeps one payment intent for every attempt, and voiding cancels it", async () => {
  await using shop = await openShop("pm_card_chargeCustomerFail");
  const { id, latest_invoice, status } = await shop.subscribe();
  assertEquals(status, "incomplete");
  await shop.post(`/v1/invoices/${latest_invoice}/pay`);
  const [intent, ...others] = (await shop.sdk.paymentIntents.list()).data;
  assertEquals([intent!.status, others.length], ["requires_payment_method", 0]);
  assertEquals((await shop.sdk.charges.list({ payment_intent: intent!.id })).data.map((one) => one.status), [
    "failed",
    "failed",
  ]);
  await shop.sdk.invoices.voidInvoice(latest_invoice as string);
  assertEquals((await shop.sdk.paymentIntents.retrieve(intent!.id)).status, "canceled");
  assertEquals((await shop.sdk.subscriptions.retrieve(id)).status, "incomplete_expired");
});

Deno.test("a whole refund happens once: the second is refused", async () => {
  await using shop = await openShop();
  const intent = await paidIntent(shop);
  const types = await shop.eventsOf(() =>
    shop.sdk.refunds.create({ payment_intent: intent, reason: "duplicate", metadata: { a: "b" } })
  );
  assertEquals(types, ["refund.created", "charge.refunded"]);
  const charge = await chargeOf(shop, intent);
  assertEquals([charge.amount_refunded, charge.refunded], [1_000, true]);
  assertEquals(refusal(await shop.post("/v1/refunds", `payment_intent=${intent}`)), {
    status: 400,
    type: "invalid_request_error",
    code: "charge_already_refunded",
    message: `Charge ${charge.id} has already been refunded.`,
  });
  const { data: [refund] } = await shop.sdk.refunds.list({ payment_intent: intent });
  assertEquals([refund!.amount, refund!.reason, refund!.status], [1_000, "duplicate", "succeeded"]);
  const changed = await shop.eventsOf(() => shop.sdk.refunds.update(refund!.id, { metadata: { a: "c" } }));
  assertEquals(changed, ["refund.updated"]);
});

Deno.test("partial refunds add up, and none exceeds what is left", async () => {
  await using shop = await openShop();
  const intent = await paidIntent(shop);
  const charge = (await chargeOf(shop, intent)).id;
  await shop.sdk.refunds.create({ charge, amount: 300 });
  assertEquals((await chargeOf(shop, intent)).refunded, false);
  const { param, message } = refusal(await shop.post("/v1/refunds", `charge=${charge}&amount=701`));
  assertEquals(param, "amount");
  assertMatch(message, /\$7\.01.*\$7\.00/);
  await shop.sdk.refunds.create({ payment_intent: intent });
  assertEquals((await chargeOf(shop, intent)).refunded, true);
});

Deno.test("a refund of nothing paid, and of two things, is refused", async () => {
  await using shop = await openShop("pm_card_chargeCustomerFail");
  await shop.subscribe();
  const [intent] = (await shop.sdk.paymentIntents.list()).data;
  assertEquals((await shop.post("/v1/refunds", `payment_intent=${intent!.id}`)).status, 400);
  assertEquals((await shop.post("/v1/refunds")).status, 400);
});

Deno.test("a refund that the bank returns no longer counts", async () => {
  await using shop = await openShop();
  const intent = await paidIntent(shop);
  const { id } = await shop.sdk.refunds.create({ payment_intent: intent });
  const types = await shop.eventsOf(() => shop.control(`refunds/${id}/fail`));
  assertEquals(types, ["refund.updated", "refund.failed", "charge.refund.updated"]);
  const { status, failure_reason } = await shop.sdk.refunds.retrieve(id);
  assertEquals([status, failure_reason], ["failed", "expired_or_canceled_card"]);
  const { amount_refunded, refunded } = await chargeOf(shop, intent);
  assertEquals([amount_refunded, refunded], [0, false]);
  assertEquals((await shop.control(`refunds/${id}/fail`)).status, 400);
});

for (const outcome of ["won", "lost"]) {
  Deno.test(`a disputed charge cannot be refunded, and the dispute is ${outcome} by a control call`, async () => {
    await using shop = await openShop();
    const intent = await paidIntent(shop);
    const { id: charge } = await chargeOf(shop, intent);
    let dispute = "";
    const opened = await shop.eventsOf(async () => dispute = (await shop.control("disputes", { charge })).body.id);
    assertEquals(opened, ["charge.dispute.created", "charge.dispute.funds_withdrawn"]);
    assertEquals((await chargeOf(shop, intent)).disputed, true);
    assertEquals((await shop.post("/v1/refunds", `charge=${charge}`)).body.error.code, "charge_disputed");
    const { data: [listed] } = await shop.sdk.disputes.list({ payment_intent: intent });
    assertEquals([listed!.id, listed!.status], [dispute, "needs_response"]);

    const review = await shop.eventsOf(() => shop.control(`disputes/${dispute}`, { status: "under_review" }));
    assertEquals(review, ["charge.dispute.updated"]);
    const closed = await shop.eventsOf(() => shop.control(`disputes/${dispute}`, { status: outcome }));
    assertEquals(closed, ["charge.dispute.closed", ...(outcome === "won" ? ["charge.dispute.funds_reinstated"] : [])]);
    assertEquals((await shop.sdk.disputes.retrieve(dispute)).status, outcome);
    assertEquals((await shop.control(`disputes/${dispute}`, { status: "won" })).status, 400);
    assertEquals((await shop.control("disputes", { charge })).status, 400);
  });
}
