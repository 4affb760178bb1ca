import { assert, assertEquals, assertStringIncludes } from "../testing/assert.ts";
import { isAccessible, send, visit } from "../testing/browser.ts";
import { openShop } from "../testing/shop.ts";

Deno.test("the page of an unpaid first invoice shows it, announces a declined card, and makes the subscription active", async () => {
  await using shop = await openShop("pm_card_chargeCustomerFail");
  const { id, latest_invoice, status } = await shop.subscribe();
  assertEquals(status, "incomplete");
  const { hosted_invoice_url: url } = await shop.sdk.invoices.retrieve(latest_invoice as string);
  const page = await visit(url!);
  assert(isAccessible(page));
  for (const part of ["Status: open", "$10.00", "Pay"]) assertStringIncludes(page.html, part);
  for (const method of ["declined", "declined_later", "authentication"]) {
    const refused = await send(url!, { method });
    assertEquals(refused.status, 402);
    assertStringIncludes(refused.html, 'role="alert"');
  }
  assertEquals((await send(url!, { method: "none" })).status, 400);
  const types = await shop.eventsOf(() => send(url!, { method: "visa" }));
  assert(types.includes("invoice.paid"));
  assertEquals((await shop.sdk.subscriptions.retrieve(id)).status, "active");
  assertStringIncludes((await send(url!, { method: "visa" })).html, "Status: paid");
  const { invoice_pdf } = await shop.sdk.invoices.retrieve(latest_invoice as string);
  assertEquals(new URL((await visit(invoice_pdf!)).location!, invoice_pdf!).href, url!);
});

Deno.test("the page of an unknown invoice answers 404, and that of a void one takes no payment", async () => {
  await using shop = await openShop("pm_card_chargeCustomerFail");
  const { latest_invoice } = await shop.subscribe();
  const { hosted_invoice_url: url } = await shop.sdk.invoices.retrieve(latest_invoice as string);
  assertEquals((await visit(url!.replace(/test_\w+/, "test_none"))).status, 404);
  await shop.sdk.invoices.voidInvoice(latest_invoice as string);
  assertStringIncludes((await send(url!, { method: "visa" })).html, "Status: void");
});
