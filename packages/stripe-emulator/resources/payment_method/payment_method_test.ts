import { openAccount } from "../../testing/account.ts";
import { assertEquals, assertMatch } from "../../testing/assert.ts";
import { refusal } from "../../testing/shop.ts";

Deno.test("a card can be created from a token, attached, made the default and detached", async () => {
  await using account = openAccount();
  const { sdk } = account;
  const card = await sdk.paymentMethods.create({
    type: "card",
    card: { token: "tok_visa" },
    billing_details: { name: "Ada" },
  });
  assertEquals([card.card!.brand, card.card!.last4, card.customer, card.billing_details.name], [
    "visa",
    "4242",
    null,
    "Ada",
  ]);
  const customer = await sdk.customers.create({});
  assertEquals((await sdk.paymentMethods.attach(card.id, { customer: customer.id })).customer, customer.id);
  const updated = await sdk.customers.update(customer.id, { invoice_settings: { default_payment_method: card.id } });
  assertEquals(updated.invoice_settings.default_payment_method, card.id);
  assertEquals((await sdk.customers.listPaymentMethods(customer.id)).data.map(({ id }) => id), [card.id]);
  assertEquals((await sdk.paymentMethods.list({ customer: customer.id, type: "sepa_debit" })).data, []);

  assertEquals((await sdk.paymentMethods.detach(card.id)).customer, null);
  const after = await account.get(`/v1/customers/${customer.id}`);
  assertEquals(after.body.invoice_settings.default_payment_method, null);
  assertEquals((await account.post(`/v1/payment_methods/${card.id}/detach`)).status, 400);
});

Deno.test("a shared test card is copied for each customer that uses it", async () => {
  await using account = openAccount();
  const body = "payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa";
  const [first, second] = [await account.post("/v1/customers", body), await account.post("/v1/customers", body)];
  const [a, b] = [first.body, second.body].map(({ invoice_settings }) => invoice_settings.default_payment_method);
  assertMatch(a, /^pm_1\w+$/);
  assertEquals([a === b, (await account.get(`/v1/payment_methods/${a}`)).body.customer], [false, first.body.id]);
});

Deno.test("a customer's `source` becomes its default source", async () => {
  await using account = openAccount();
  const { body } = await account.post("/v1/customers", "source=tok_visa");
  assertMatch(body.default_source, /^card_\w+$/);
  assertEquals(
    (await account.post("/v1/customers", "source=tok_none")).body.error.message,
    "No such token: 'tok_none'",
  );
});

Deno.test("a bank account shows its last digits and country", async () => {
  await using account = openAccount();
  const body = "type=sepa_debit&sepa_debit[iban]=";
  const { body: bank } = await account.post("/v1/payment_methods", `${body}AT611904300234573201`);
  assertEquals([bank.type, bank.sepa_debit.last4, bank.sepa_debit.country], ["sepa_debit", "3201", "AT"]);
  assertEquals((await account.post("/v1/payment_methods", `${body}nonsense`)).status, 400);
});

Deno.test("attaching another customer's card, an unknown one or a declined one is refused", async () => {
  await using account = openAccount();
  const { body: ada } = await account.post("/v1/customers");
  const { body: bob } = await account.post("/v1/customers");
  const attach = (id: string, customer: string) =>
    account.post(`/v1/payment_methods/${id}/attach`, `customer=${customer}`);
  const { body: card } = await attach("pm_card_visa", ada.id);
  assertEquals((await attach(card.id, bob.id)).status, 400);
  assertEquals((await attach("pm_card_visa", "cus_none")).body.error.code, "resource_missing");
  assertEquals((await attach("pm_none", ada.id)).status, 404);
  assertEquals(refusal(await attach("pm_card_chargeDeclined", ada.id)), {
    status: 402,
    type: "card_error",
    code: "card_declined",
    message: "Your card was declined.",
  });
  const foreign = await account.post(`/v1/customers/${bob.id}`, `invoice_settings[default_payment_method]=${card.id}`);
  assertEquals([foreign.status, foreign.body.error.param], [400, "invoice_settings[default_payment_method]"]);
});
