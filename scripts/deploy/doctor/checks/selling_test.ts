import { assertEquals, assertStringIncludes } from "@std/assert";
import type Stripe from "stripe";
import { environmentOf } from "../../../lib/environment.ts";
import { startTestStack, type TestStack } from "../../testing/test_stack.ts";
import { openStripe } from "../../stripe/sdk.ts";
import { report } from "../doctor.ts";
import { localDoctorTarget } from "../targets.ts";
import { checkSelling } from "./selling.ts";

async function run(stack: TestStack, variables: Record<string, string> = {}) {
  const target = localDoctorTarget(stack, environmentOf({}, "the test"));
  const found = checkSelling({ ...target, variables: { ...target.variables, ...variables } });
  return report(await found.finally(() => target.database.close()));
}

/** A stack, and a function that creates and mirrors a monthly price of a new product. */
async function startShop() {
  const stack = await startTestStack();
  await stack.sql("select confirm_account('acct_1LocalStripe00000', 'test_1')");
  const stripe = openStripe(stack.stripe_url, stack.stripe_secret_key);
  async function sell(name: string, metadata = {}, product = {}) {
    const sold = await stripe.products.create({ name, metadata: product });
    const price = await stripe.prices.create({
      product: sold.id,
      currency: "usd",
      unit_amount: 900,
      recurring: { interval: "month" },
      metadata,
    });
    await stack.sql(`select record_objects(draw_ticket('test_1'), '${JSON.stringify([sold, price])}', 'test_1')`);
    return price;
  }
  return { ...stack, stripe, sell };
}

const updates = (prices: Stripe.Price[]): Stripe.BillingPortal.ConfigurationCreateParams => ({
  features: {
    subscription_update: {
      enabled: true,
      default_allowed_updates: ["price"],
      products: prices.map(({ id, product }) => ({ product: product as string, prices: [id] })),
    },
  },
});

Deno.test("checkSelling reports a portal that is missing, or that offers what is not sold or of several slots", async () => {
  await using shop = await startShop();
  const { stripe } = shop;
  const [basic, pro] = [await shop.sell("Basic"), await shop.sell("Pro")];
  assertStringIncludes(await run(shop), "note   Selling: the customer portal's settings were never saved");
  assertStringIncludes(
    await run(shop, { STRIPE_PORTAL_CONFIGURATION: "bpc_none" }),
    "WRONG  Selling: Stripe has no portal configuration bpc_none",
  );

  const good = await stripe.billingPortal.configurations.create(updates([basic, pro]));
  await shop.setDefaultPortal(good.id);
  assertEquals(await run(shop), "ok     Selling: metadata, portal, Payment Links and tax fit together");
  const bySlot = await run(shop, { CHECKOUT_SLOT: "product" });
  assertStringIncludes(
    bySlot,
    `WRONG  Selling: the portal ${good.id} has products of several slots: plan:${
      [basic.product, pro.product].sort().join(", plan:")
    }`,
  );

  const off = await shop.sell("Off", { checkout: "off" });
  const addon = await shop.sell("Addon", {}, { group: "addon" });
  const { id } = await stripe.billingPortal.configurations.create(updates([basic, off, addon]));
  const text = await run(shop, { STRIPE_PORTAL_CONFIGURATION: id });
  assertStringIncludes(text, `WRONG  Selling: the portal ${id} offers 1 prices that are not offered, first ${off.id}`);
  assertStringIncludes(
    text,
    `WRONG  Selling: the portal ${id} has products of several slots: plan:addon, plan:default`,
  );
});

Deno.test("checkSelling reports prices whose metadata has a bad value", async () => {
  await using shop = await startShop();
  const { id, product } = await shop.sell("Typo", { quantity: "many", trial_days: "0" });
  const text = await run(shop);
  assertStringIncludes(
    text,
    `WRONG  Selling: 1 prices are not offered because of bad metadata, first ${id}: quantity, trial_days`,
  );
  assertStringIncludes(text, `correct the metadata of the price or of ${product} at Stripe`);
});

Deno.test("checkSelling reports active Payment Links of prices on offer, and no others", async () => {
  await using shop = await startShop();
  const { stripe } = shop;
  const [offered, off] = [await shop.sell("Offered"), await shop.sell("Off", { checkout: "off" })];
  const link = (price: Stripe.Price) => stripe.paymentLinks.create({ line_items: [{ price: price.id, quantity: 1 }] });
  await link(off);
  assertEquals((await run(shop)).includes("Payment Links sell"), false);
  // More than one page.
  const links: Stripe.PaymentLink[] = [];
  for (let made = 0; made < 101; made++) links.push(await link(offered));
  assertStringIncludes(await run(shop), "WRONG  Selling: 101 active Payment Links sell prices that are on offer");
  for (const { id } of links) await stripe.paymentLinks.update(id, { active: false });
  assertEquals((await run(shop)).includes("Payment Links sell"), false);
});

Deno.test("checkSelling reports that Stripe Tax is not set up while CHECKOUT_TAX is automatic", async () => {
  await using shop = await startShop();
  const automatic = { CHECKOUT_TAX: "automatic" };
  assertEquals((await run(shop, automatic)).includes("Stripe Tax"), false);
  await shop.setTaxSettings("pending");
  assertEquals((await run(shop)).includes("Stripe Tax"), false);
  assertStringIncludes(
    await run(shop, automatic),
    "WRONG  Selling: CHECKOUT_TAX is automatic, but Stripe Tax is pending, without head_office",
  );
});

Deno.test("checkSelling names what a restricted key may not read, and checks the rest", async () => {
  await using shop = await startShop();
  const { payment_links: _links, tax_settings: _tax, ...permissions } = await shop.permissions();
  await shop.setPermissions(permissions);
  const text = await run(shop, { CHECKOUT_TAX: "automatic", STRIPE_SECRET_KEY: shop.stripe_restricted_key });
  for (const what of ["Payment Links", "Stripe Tax"]) {
    assertStringIncludes(text, `note   Selling: ${what} not checked, because the Stripe key may not read it`);
  }
  assertStringIncludes(text, "the customer portal's settings were never saved");
});
