/** Two live subscriptions of one owner in one slot: what the reconcile ends, returns and leaves alone. */
import { assert, assertEquals } from "@std/assert";
import { Customer } from "../_shared/contract/customer.ts";
import { readAnswer } from "./answers.ts";
import { createCheckoutShop } from "./checkout_shop.ts";
import { reconcile } from "./reconcile_run.ts";
import { type Stack, startStack } from "./stack.ts";

const OURS = { checkout: "of a checkout", slot: "plan:default" };

/** A customer with two subscriptions in one slot, the older one first. */
async function twice(stack: Stack, ours = [true, true]) {
  const { stripe, sql } = stack;
  const user = await stack.newUser(`${crypto.randomUUID()}@example.com`);
  const token = await stack.signIn(user);
  const answer = await stack.call("stripe-customer", { method: "POST", token, body: { for: "user" } });
  const customer = (await readAnswer(answer, 201, Customer)).customer_id;
  const method = await stripe.paymentMethods.attach("pm_card_visa", { customer });
  const product = await stripe.products.create({ name: "Pro" });
  const recurring = { interval: "month" as const };
  const price = await stripe.prices.create({ product: product.id, currency: "eur", unit_amount: 900, recurring });
  const [deployment] = await sql`select id from billing.deployment`;
  const objects: object[] = [product];
  for (const own of ours) {
    const created = await stripe.subscriptions.create({
      customer,
      items: [{ price: price.id }],
      default_payment_method: method.id,
      metadata: own ? { ...OURS, deployment_id: deployment!.id } : {},
    });
    objects.push(created);
  }
  await sql`select record_objects(draw_ticket('test_1'), ${sql.json(objects as never)}, 'test_1')`;
  // In the order of the list; two of one second are ordered by their id.
  const [found] = await sql`
    select subscriptions from billing.duplicate_subscriptions where owner_id = ${user} and slot_by = 'customer'`;
  const [kept, extra] = found!.subscriptions as [string, string];
  return { user, customer, kept, extra };
}

const statusOf = async ({ stripe }: Stack, id: string) => (await stripe.subscriptions.retrieve(id)).status;

/** What was refunded of each payment of the subscription. */
async function refundsOf({ stripe }: Stack, customer: string): Promise<number[]> {
  const { data } = await stripe.charges.list({ customer });
  return data.map(({ amount_refunded }) => amount_refunded).sort((a, b) => a - b);
}

const rowOf = async ({ sql }: Stack, id: string) => {
  const [row] = await sql`
    select kept, outcome, canceled_at is not null as canceled, refunded_at is not null as refunded
    from billing.duplicates where subscription = ${id}`;
  return row === undefined ? undefined : { ...row };
};

const makeDue = ({ sql }: Stack) => sql`update billing.owner_checks set mended_at = '-infinity' where true`;

Deno.test("Duplicates are mended: one subscription is left, the other is canceled and wholly refunded", async (t) => {
  await using stack = await startStack();
  await stack.confirmTestKey();

  await t.step("two that this deployment sold", async () => {
    const { customer, kept, extra } = await twice(stack);
    assertEquals((await reconcile(stack)).failed, 0);
    assertEquals([await statusOf(stack, kept), await statusOf(stack, extra)], ["active", "canceled"]);
    assertEquals(await refundsOf(stack, customer), [0, 900]);
    assertEquals(await rowOf(stack, extra), { kept, outcome: "mended", canceled: true, refunded: true });
    assertEquals((await stack.sql`select from billing.duplicate_subscriptions`).length, 0);
    // A further run changes nothing.
    await makeDue(stack);
    await reconcile(stack);
    assertEquals([await statusOf(stack, kept), await refundsOf(stack, customer)], ["active", [0, 900]]);
  });

  for (const path of ["/v1/subscriptions/*", "/v1/invoice_payments", "/v1/refunds"]) {
    await t.step(`a run that ends at ${path} is continued`, async () => {
      const { customer, kept, extra } = await twice(stack);
      await stack.fault({ path, kind: "500", times: 20 });
      assertEquals((await reconcile(stack)).failed > 0, true);
      assertEquals((await rowOf(stack, extra))?.outcome, null);
      await stack.clearFaults();
      await makeDue(stack);
      await reconcile(stack);
      assertEquals([await statusOf(stack, kept), await statusOf(stack, extra)], ["active", "canceled"]);
      assertEquals(await refundsOf(stack, customer), [0, 900]);
      assertEquals((await rowOf(stack, extra))?.outcome, "mended");
    });
  }

  await t.step("a refund that was made and not recorded is not made again", async () => {
    const { stripe, sql } = stack;
    const { customer, extra } = await twice(stack);
    await reconcile(stack);
    await sql`update billing.duplicates set outcome = null, refunded_at = null where subscription = ${extra}`;
    await makeDue(stack);
    await reconcile(stack);
    assertEquals(await refundsOf(stack, customer), [0, 900]);
    const { data } = await stripe.refunds.list({ limit: 100 });
    const charges = data.map(({ charge }) => charge);
    assertEquals(new Set(charges).size, charges.length);
    assertEquals((await rowOf(stack, extra))?.outcome, "mended");
  });

  await t.step("one without this deployment's metadata is flagged, and nothing is changed", async () => {
    for (const ours of [[true, false], [false, true]]) {
      const { customer, kept, extra } = await twice(stack, ours);
      await reconcile(stack);
      assertEquals([await statusOf(stack, kept), await statusOf(stack, extra)], ["active", "active"]);
      assertEquals(await refundsOf(stack, customer), [0, 0]);
      assertEquals(await rowOf(stack, extra), { kept, outcome: "flagged", canceled: false, refunded: false });
    }
  });

  await t.step("if the older one ends first, the other one stays", async () => {
    const { customer, kept, extra } = await twice(stack);
    await stack.fault({ method: "DELETE", path: "/v1/subscriptions/*", kind: "500", times: 20 });
    await reconcile(stack);
    await stack.clearFaults();
    await stack.stripe.subscriptions.cancel(kept);
    await makeDue(stack);
    await reconcile(stack);
    assertEquals([await statusOf(stack, kept), await statusOf(stack, extra)], ["canceled", "active"]);
    assertEquals(await refundsOf(stack, customer), [0, 0]);
    assertEquals((await rowOf(stack, extra))?.outcome, "dropped");
  });
});

Deno.test("A page that is open in another tab is expired once its slot is taken in another way, and no other page", async () => {
  await using stack = await startStack({}, { webhook: true });
  const { stripe, sql } = stack;
  const { signIn, offer, buy, pay, customerOf, openOf } = createCheckoutShop(stack);
  const [plan, addon] = [await offer(), await offer({}, { group: "addon" })];
  const token = await signIn("user_tabs");
  const [open, other] = [await buy(token, plan), await buy(token, addon)];
  const customer = await customerOf("user_tabs");
  await stripe.subscriptions.create({ customer, items: [{ price: plan }], default_payment_method: "pm_card_visa" });
  await stack.webhooksAnswered();

  await stack.fault({ method: "POST", path: `/v1/checkout/sessions/${open.id}/expire`, kind: "500", times: 3 });
  assertEquals((await reconcile(stack)).failed, 1);
  assertEquals((await openOf("user_tabs")).toSorted(), [open.id, other.id].toSorted());
  await stack.clearFaults();
  assertEquals((await reconcile(stack)).failed, 0);
  assertEquals(await openOf("user_tabs"), [other.id]);
  assertEquals((await pay(open.url)).location, null);
  assertEquals((await stripe.subscriptions.list({ customer })).data.length, 1);
  assertEquals((await sql`select sessions from billing.checkouts where owner_id = 'user_tabs'`)[0]!.sessions, {
    "plan:addon": other.id,
  });

  // A slot that this deployment's checkout sold costs no call.
  await pay(other.url);
  await stack.webhooksAnswered();
  await stack.forgetStripeRequests();
  assertEquals((await reconcile(stack)).failed, 0);
  assertEquals((await stack.stripeRequests()).filter((request) => request.includes("/checkout/")), []);
});

Deno.test("CHECKOUT_DUPLICATES=flag: duplicates are reported, and nothing is changed", async () => {
  await using stack = await startStack({ CHECKOUT_DUPLICATES: "flag" });
  await stack.confirmTestKey();
  const { customer, kept, extra } = await twice(stack);
  await reconcile(stack);
  assertEquals([await statusOf(stack, kept), await statusOf(stack, extra)], ["active", "active"]);
  assertEquals(await refundsOf(stack, customer), [0, 0]);
  assertEquals((await rowOf(stack, extra))?.outcome, "flagged");
  assert((await stack.sql`select from billing.duplicate_subscriptions`).length > 0);
});
