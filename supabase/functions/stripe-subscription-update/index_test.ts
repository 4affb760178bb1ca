import { assertEquals } from "@std/assert";
import { OwnedSubscription } from "../_shared/contract/subscription.ts";
import { readAnswer, readError, readProblems } from "../tests/answers.ts";
import { testEveryEndpoint } from "../tests/every_endpoint.ts";
import { startPortalStack } from "../tests/portal_stack.ts";

Deno.test("stripe-subscription-update", async (t) => {
  await using stack = await startPortalStack();
  const { sql, stripe } = stack;
  const [ada, grace] = [await stack.signIn(stack.users.ada!), await stack.signIn(stack.users.grace!)];
  const own = await stack.subscribe(await stack.signUp(ada));
  const foreign = await stack.subscribe(await stack.signUp(grace));
  const call = (token: string, body: unknown) =>
    stack.call("stripe-subscription-update", { method: "POST", token, body });
  const update = async (cancel_at_period_end: boolean, subscription = own.id) =>
    await readAnswer(await call(ada, { subscription, cancel_at_period_end }), 200, OwnedSubscription);
  const ending = async (id = own.id) => {
    const { cancel_at, cancel_at_period_end } = await stripe.subscriptions.retrieve(id);
    return { cancel_at, cancel_at_period_end };
  };

  await t.step("POST ends a subscription with its period, answers 200 with it, and it is mirrored", async () => {
    await stack.forgetStripeRequests();
    const { id, will_cancel_at, current_period_end } = await update(true);
    assertEquals([id, will_cancel_at], [own.id, current_period_end]);
    assertEquals((await ending()).cancel_at_period_end, true);
    assertEquals(await update(true), await update(true));
    const updates = (await stack.stripeRequests()).filter((request) => request.startsWith("POST"));
    assertEquals(updates, [`POST /v1/subscriptions/${own.id}`], "a repetition updates nothing");
    const [row] = await sql`select cancel_at_period_end from stripe_subscriptions where id = ${own.id}`;
    assertEquals(row?.cancel_at_period_end, true);
    const [reads] = await sql`select sum(reads)::int as reads from billing.stripe_reads where purpose = 'portal'`;
    assertEquals(reads?.reads, 3, "a read a call");
  });

  await t.step("POST resumes a subscription that ends with its period, and one that ends at a time", async () => {
    assertEquals((await update(false)).will_cancel_at, null);
    assertEquals(await ending(), { cancel_at: null, cancel_at_period_end: false });
    await stripe.subscriptions.update(own.id, { cancel_at: Math.floor(Date.now() / 1_000) + 86_400 });
    assertEquals((await update(false)).will_cancel_at, null);
    assertEquals((await update(false)).will_cancel_at, null);
    assertEquals(await ending(), { cancel_at: null, cancel_at_period_end: false });
  });

  await t.step("POST answers 409 for a subscription that has ended, also when no event has arrived", async () => {
    const ended = await stack.subscribe(own.customer as string);
    await stripe.subscriptions.cancel(ended.id);
    for (const cancel_at_period_end of [true, false]) {
      await readError(await call(ada, { subscription: ended.id, cancel_at_period_end }), "subscription_ended");
    }
  });

  await t.step(
    "a stranger's subscription is answered like an unknown one, and without a request to Stripe",
    async () => {
      await stack.forgetStripeRequests();
      for (const subscription of [foreign.id, "sub_unknown", "../customers/cus_1", stack.basic.id, own.customer]) {
        const { message } = await readError(
          await call(ada, { subscription, cancel_at_period_end: true }),
          "subscription_not_found",
        );
        assertEquals(message, "No such subscription: send the id of one of this owner's");
      }
      assertEquals(await stack.stripeRequests(), []);
      assertEquals((await ending(foreign.id)).cancel_at_period_end, false);
    },
  );

  await t.step("fields that are missing, wrong or unknown answer 400", async () => {
    const body = { subscription: own.id, cancel_at_period_end: true };
    for (
      const [change, fields] of [
        [{ subscription: undefined }, ["subscription"]],
        [{ subscription: "" }, ["subscription"]],
        [{ subscription: [own.id] }, ["subscription"]],
        [{ subscription: "s".repeat(256) }, ["subscription"]],
        [{ cancel_at_period_end: undefined }, ["cancel_at_period_end"]],
        [{ cancel_at_period_end: "yes" }, ["cancel_at_period_end"]],
        [{ cancel_at_period_end: 1 }, ["cancel_at_period_end"]],
        [{ cancel_at: 1 }, ["cancel_at"]],
        [{ items: [{ price: "price_1" }], trial_end: "now" }, ["items", "trial_end"]],
        [{ customer: "cus_1" }, ["customer"]],
      ] as const
    ) {
      assertEquals((await readProblems(await call(ada, { ...body, ...change }))).toSorted(), [...fields]);
    }
  });

  await t.step(
    "an organization's subscription is changed by its billing roles only, and by no active session",
    async () => {
      const o = { id: "org_acme", slg: "acme", rol: "admin" };
      const admin = await stack.signIn(stack.users.ada!, { v: 2, o });
      const acme = await stack.subscribe(await stack.signUp(admin, "organization"));
      const ask = (token: string, owner?: string) =>
        call(token, { subscription: acme.id, cancel_at_period_end: true, ...owner && { for: owner } });
      const member = await stack.signIn(stack.users.ada!, { v: 2, o: { ...o, rol: "member" } });
      await readError(await ask(member, "organization"), "forbidden");
      await readError(await ask(ada, "organization"), "organization_required");
      await readError(await ask(admin), "subscription_not_found");
      const other = await stack.signIn(stack.users.grace!, { v: 2, o: { ...o, id: "org_other" } });
      await readError(await ask(other, "organization"), "subscription_not_found");
      assertEquals((await ending(acme.id)).cancel_at_period_end, false);
      await readAnswer(await ask(admin, "organization"), 200, OwnedSubscription);
      assertEquals((await ending(acme.id)).cancel_at_period_end, true);
    },
  );

  await t.step("POST answers 401 without a token and 503 while Stripe fails, and changes nothing", async () => {
    const body = { subscription: own.id, cancel_at_period_end: true };
    await readError(await stack.call("stripe-subscription-update", { method: "POST", body }), "unauthenticated");
    await stack.fault({ method: "POST", path: `/v1/subscriptions/${own.id}`, kind: "500", times: 2 });
    await readError(await call(ada, body), "stripe_unavailable");
    await stack.clearFaults();
    assertEquals((await ending()).cancel_at_period_end, false);
  });

  await testEveryEndpoint(t, stack, {
    name: "stripe-subscription-update",
    methods: ["POST"],
    token: ada,
    caller: stack.users.ada!,
    required: ["subscription", "cancel_at_period_end"],
  });
});
