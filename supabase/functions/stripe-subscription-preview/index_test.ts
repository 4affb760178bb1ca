import { assertEquals } from "@std/assert";
import type Stripe from "stripe";
import { ChangePreview, PortalLink } from "../_shared/contract/portal.ts";
import { readAnswer, readError, readProblems } from "../tests/answers.ts";
import { testEveryEndpoint } from "../tests/every_endpoint.ts";
import { confirmChange } from "../tests/portal_page.ts";
import { startPortalStack } from "../tests/portal_stack.ts";
import { ORIGIN } from "../tests/stack.ts";

Deno.test("stripe-subscription-preview", async (t) => {
  await using stack = await startPortalStack();
  const { stripe, basic, pro, year } = stack;
  const [ada, grace] = [await stack.signIn(stack.users.ada!), await stack.signIn(stack.users.grace!)];
  const customer = await stack.signUp(ada);
  const foreign = await stack.subscribe(await stack.signUp(grace));
  const call = (token: string, body: unknown) =>
    stack.call("stripe-subscription-preview", { method: "POST", token, body });
  const preview = async (body: unknown) => await readAnswer(await call(ada, body), 200, ChangePreview);
  const confirm = async (change: object) => {
    const body = { return_url: ORIGIN, flow: { type: "confirm_update", ...change } };
    const response = await stack.call("stripe-portal", { method: "POST", token: ada, body });
    await confirmChange((await readAnswer(response, 200, PortalLink)).url);
  };
  // The amounts depend on the second of the change.
  await stack.stopClock();

  const cases: [name: string, from: { price: string; quantity?: number }, to: { price: string; quantity?: number }][] =
    [
      ["an upgrade", { price: basic.id }, { price: pro.id }],
      ["a downgrade", { price: pro.id }, { price: basic.id }],
      ["a larger quantity", { price: basic.id }, { price: basic.id, quantity: 5 }],
      ["a smaller quantity", { price: pro.id, quantity: 8 }, { price: pro.id, quantity: 2 }],
      ["an upgrade of several", { price: basic.id, quantity: 3 }, { price: pro.id }],
      ["another interval", { price: basic.id }, { price: year.id }],
    ];
  for (const [name, from, to] of cases) {
    await t.step(`the previewed amount of ${name} is the amount that the portal's confirmation charges`, async () => {
      const { id } = await stack.subscribe(customer, { items: [from] });
      await stack.advanceClock(10 * 86_400);
      const before = (await stripe.invoices.list({ subscription: id })).data.length;
      const { due, total, amount_due, subtotal, quantity } = await preview({ subscription: id, ...to });
      assertEquals((await stripe.invoices.list({ subscription: id })).data.length, before, "a preview creates nothing");
      await confirm({ subscription: id, ...to });
      const after = await stripe.subscriptions.retrieve(id, { expand: ["latest_invoice"] });
      const charged = after.latest_invoice as Stripe.Invoice;
      assertEquals((await stripe.invoices.list({ subscription: id })).data.length, before + 1);
      assertEquals(
        [due, total, subtotal, amount_due],
        ["now", charged.total, charged.subtotal, charged.amount_paid],
      );
      assertEquals([after.items.data[0]!.price.id, after.items.data[0]!.quantity], [to.price, quantity]);
      await stripe.subscriptions.cancel(id);
    });
  }

  await t.step("the preview of a change in a trial is the charge that ends the trial", async () => {
    const { id } = await stack.subscribe(customer, { trial_period_days: 14 });
    const { due, amount_due } = await preview({ subscription: id, price: pro.id });
    await confirm({ subscription: id, price: pro.id });
    const { latest_invoice, status } = await stripe.subscriptions.retrieve(id, { expand: ["latest_invoice"] });
    assertEquals([due, amount_due, status], ["now", (latest_invoice as Stripe.Invoice).amount_paid, "active"]);
    await stripe.subscriptions.cancel(id);
  });

  await t.step("a change that is charged later is due with the next invoice", async () => {
    const { id } = await stack.subscribe(customer);
    const setting = async (proration_behavior: "always_invoice" | "create_prorations") =>
      await stripe.billingPortal.configurations.update(stack.configuration.id, {
        features: {
          subscription_update: {
            enabled: true,
            default_allowed_updates: ["price", "quantity"],
            products: stack.offered([basic, pro, year]),
            proration_behavior,
          },
        },
      });
    await setting("create_prorations");
    const { due, amount_due } = await preview({ subscription: id, price: pro.id });
    await confirm({ subscription: id, price: pro.id });
    await stack.advanceClock(32 * 86_400);
    const { latest_invoice } = await stripe.subscriptions.retrieve(id, { expand: ["latest_invoice"] });
    assertEquals([due, amount_due], ["next_invoice", (latest_invoice as Stripe.Invoice).amount_due]);
    await setting("always_invoice");
    await stripe.subscriptions.cancel(id);
  });

  const own = await stack.subscribe(customer);

  await t.step(
    "a stranger's subscription is answered like an unknown one, and without a request to Stripe",
    async () => {
      await stack.forgetStripeRequests();
      for (const subscription of [foreign.id, "sub_unknown", "../customers/cus_1"]) {
        await readError(await call(ada, { subscription, price: pro.id }), "subscription_not_found");
      }
      assertEquals(await stack.stripeRequests(), []);
    },
  );

  await t.step(
    "a price or a quantity that is not offered, and fields that are wrong or unknown, are refused",
    async () => {
      const archived = await stack.sell("Archived", 100, { active: false });
      for (const price of [archived.id, "price_unknown", foreign.id]) {
        await readError(await call(ada, { subscription: own.id, price }), "price_not_offered");
      }
      const elsewhere = await stack.sell("Elsewhere", 100);
      await readError(await call(ada, { subscription: own.id, price: elsewhere.id }), "not_in_portal");
      for (const quantity of [-1, 0, 1.5, 11, 1e6, Number.MAX_SAFE_INTEGER, "x", null]) {
        assertEquals(await readProblems(await call(ada, { subscription: own.id, price: pro.id, quantity })), [
          "quantity",
        ]);
      }
      const body = { subscription: own.id, price: pro.id };
      assertEquals(await readProblems(await call(ada, { ...body, price: basic.id })), ["price"]);
      assertEquals(await readProblems(await call(ada, { ...body, proration_date: 1 })), ["proration_date"]);
      assertEquals(await readProblems(await call(ada, { ...body, price: undefined })), ["price"]);
    },
  );

  await t.step("an ended subscription answers 409, a missing configuration 503, and no token 401", async () => {
    const body = { subscription: own.id, price: pro.id };
    await stack.setDefaultPortal(null);
    await readError(await call(ada, body), "not_configured");
    await stack.setDefaultPortal(stack.configuration.id);
    await readError(await stack.call("stripe-subscription-preview", { method: "POST", body }), "unauthenticated");
    await stripe.subscriptions.cancel(own.id);
    await readError(await call(ada, body), "subscription_ended");
  });

  await t.step("an organization's changes are previewed for its billing roles only", async () => {
    const o = { id: "org_acme", slg: "acme", rol: "admin" };
    const admin = await stack.signIn(stack.users.ada!, { v: 2, o });
    const acme = await stack.subscribe(await stack.signUp(admin, "organization"));
    const body = { subscription: acme.id, price: pro.id, for: "organization" };
    const member = await stack.signIn(stack.users.ada!, { v: 2, o: { ...o, rol: "member" } });
    await readError(await call(member, body), "forbidden");
    await readError(await call(ada, body), "organization_required");
    await readError(await call(admin, { ...body, for: "user" }), "subscription_not_found");
    await readAnswer(await call(admin, body), 200, ChangePreview);
  });

  await testEveryEndpoint(t, stack, {
    name: "stripe-subscription-preview",
    methods: ["POST"],
    token: ada,
    caller: stack.users.ada!,
    required: ["subscription", "price"],
  });
});
