import { assert, assertEquals } from "@std/assert";
import { Customer } from "../_shared/contract/customer.ts";
import { InvoicePage } from "../_shared/contract/invoices.ts";
import { readAnswer, readError, readProblems } from "../tests/answers.ts";
import { testEveryEndpoint } from "../tests/every_endpoint.ts";
import { startStack } from "../tests/stack.ts";

Deno.test("stripe-invoices", async (t) => {
  await using stack = await startStack();
  const { sql, stripe } = stack;
  await stack.confirmTestKey();
  const signIn = (sub: string, claims = {}) =>
    stack.sign({ sub, exp: Math.floor(Date.now() / 1_000) + 3_600, ...claims });
  const [ada, grace] = [await signIn(stack.users.ada!), await signIn(stack.users.grace!)];
  const signUp = async (token: string, owner = "user") => {
    const response = await stack.call("stripe-customer", { method: "POST", token, body: { for: owner } });
    return (await readAnswer(response, 201, Customer)).customer_id;
  };
  const record = (objects: unknown[]) =>
    sql`select record_objects(draw_ticket('test_1'), ${sql.json(objects as never)}, 'test_1')`;
  const list = async (token: string, query = "") =>
    await readAnswer(await stack.call(`stripe-invoices${query}`, { token }), 200, InvoicePage);
  const expire = () => sql`update stripe_invoices set fetched_at = now() - interval '4 seconds' where true`;

  await t.step(
    "GET answers 200 with no invoice before there is a customer, and without a request to Stripe",
    async () => {
      await stack.forgetStripeRequests();
      assertEquals(await list(ada), { data: [], has_more: false, next_cursor: null });
      assertEquals(await list(ada, "?invoice=in_1"), { data: [], has_more: false, next_cursor: null });
      assertEquals(await stack.stripeRequests(), ["GET /v1/account"]); // of a key that is new
    },
  );

  const [own, other] = [await signUp(ada), await signUp(grace)];
  const draftOf = async (customer: string) => {
    await stripe.invoiceItems.create({ customer, amount: 900, currency: "usd", description: "Setup" });
    return await stripe.invoices.create({
      customer,
      collection_method: "send_invoice",
      days_until_due: 7,
      pending_invoice_items_behavior: "include",
    });
  };
  const open = await stripe.invoices.finalizeInvoice((await draftOf(own)).id!);
  const foreign = await stripe.invoices.finalizeInvoice((await draftOf(other)).id!);
  const draft = await draftOf(own);
  await record([open, foreign, draft]);

  await t.step("GET and POST answer the caller's own invoices without drafts", async () => {
    const { data } = await list(ada);
    const [invoice] = data;
    assertEquals([data.length, invoice?.id, invoice?.number], [1, open.id, open.number]);
    const { status, total, amount_due, amount_remaining, subscription, due_date } = invoice!;
    assertEquals([status, total, amount_due, amount_remaining, subscription], ["open", 900, 900, 900, null]);
    assertEquals([due_date, invoice?.hosted_invoice_url], [open.due_date, open.hosted_invoice_url]);
    const posted = await stack.call("stripe-invoices", { method: "POST", token: ada, body: { limit: 1 } });
    assertEquals((await readAnswer(posted, 200, InvoicePage)).data, data);
  });

  await t.step("a named invoice is fetched from Stripe, at most once in three seconds", async () => {
    await expire();
    await stripe.invoices.pay(open.id!, { paid_out_of_band: true });
    await stack.forgetStripeRequests();
    const [paid] = (await list(ada, `?invoice=${open.id}`)).data;
    assertEquals([paid?.status, paid?.amount_remaining], ["paid", 0]);
    assertEquals(await list(ada, `?invoice=${open.id}`), { data: [paid!], has_more: false, next_cursor: null });
    assertEquals(await stack.stripeRequests(), [`GET /v1/invoices/${open.id}`]);
    const [reads] = await sql`select sum(reads)::int as reads from billing.stripe_reads where purpose = 'portal'`;
    assertEquals(reads?.reads, 1);
  });

  await t.step("a named invoice is answered from the mirror when Stripe fails", async () => {
    await expire();
    await stack.fault({ path: `/v1/invoices/${open.id}`, kind: "500", times: 2 });
    assertEquals((await list(ada, `?invoice=${open.id}`)).data[0]?.status, "paid");
    await stack.clearFaults();
  });

  await t.step("an invoice that was deleted at Stripe is answered no more", async () => {
    await expire();
    await stripe.invoices.del(draft.id!);
    assertEquals((await list(ada, `?invoice=${draft.id}`)).data, []);
    const [row] = await sql`select deleted from stripe_invoices where id = ${draft.id!}`;
    assertEquals(row?.deleted, true);
  });

  await t.step(
    "another customer's invoice is answered like an unknown one, and without a request to Stripe",
    async () => {
      await expire();
      await stack.forgetStripeRequests();
      for (const id of [foreign.id, "in_unknown", "", "../customers", "in_1/lines", "in_1?expand=customer"]) {
        if (id !== "") assertEquals((await list(ada, `?invoice=${encodeURIComponent(id!)}`)).data, []);
        const page = await stack.call(`stripe-invoices?starting_after=${encodeURIComponent(id!)}`, { token: ada });
        assertEquals(await readProblems(page), ["starting_after"], id);
      }
      assertEquals(await stack.stripeRequests(), []);
    },
  );

  await t.step("the pages have every invoice once, newest first, also of one second", async () => {
    const invoices = Array.from({ length: 7 }, (_, n) => ({
      ...foreign,
      id: `in_page${n}`,
      number: `P-${n}`,
      created: 1_700_000_000 + Math.floor(n / 3),
      lines: { data: [] },
    }));
    await record(invoices);
    const seen: string[] = [];
    for (let query = "?limit=2";;) {
      const page = await list(grace, query);
      seen.push(...page.data.map(({ id }) => id));
      assert(page.data.length <= 2);
      if (!page.has_more) break;
      query = `?limit=2&starting_after=${page.next_cursor}`;
    }
    assertEquals(seen, [foreign.id, ...invoices.map(({ id }) => id).toReversed()]);
  });

  await t.step("limits and names that are out of bounds, two selections and unknown fields answer 400", async () => {
    for (
      const [query, field] of [
        ["limit=0", "limit"],
        ["limit=101", "limit"],
        ["limit=1.5", "limit"],
        ["limit=-1", "limit"],
        [`invoice=${"x".repeat(256)}`, "invoice"],
        ["invoice=a&invoice=b", "invoice"],
        ["invoice=in_1&starting_after=in_2", "starting_after"],
        ["customer=cus_1", "customer"],
        ["status=draft", "status"],
      ]
    ) {
      assertEquals(await readProblems(await stack.call(`stripe-invoices?${query}`, { token: ada })), [field]);
    }
  });

  await t.step(
    "an organization's invoices are shown to its billing roles only, and only when they are asked for",
    async () => {
      const o = { id: "org_acme", slg: "acme", rol: "admin" };
      const admin = await signIn(stack.users.ada!, { v: 2, o });
      const acme = await signUp(admin, "organization");
      const invoice = await stripe.invoices.finalizeInvoice((await draftOf(acme)).id!);
      await record([invoice]);
      assertEquals((await list(admin, "?for=organization")).data.map(({ id }) => id), [invoice.id]);
      assertEquals((await list(admin)).data.map(({ id }) => id), [open.id]);
      const member = await signIn(stack.users.ada!, { v: 2, o: { ...o, rol: "member" } });
      for (const query of ["", `&invoice=${invoice.id}`]) {
        const ask = (token: string) => stack.call(`stripe-invoices?for=organization${query}`, { token });
        await readError(await ask(member), "forbidden");
        await readError(await ask(ada), "organization_required");
        const stranger = await signIn(stack.users.grace!, { v: 2, o: { ...o, id: "org_other" } });
        assertEquals((await list(stranger, `?for=organization${query}`)).data, []);
      }
    },
  );

  await testEveryEndpoint(t, stack, {
    name: "stripe-invoices",
    methods: ["GET", "POST"],
    token: ada,
    caller: stack.users.ada!,
  });
});
