import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { ProductPage } from "../_shared/contract/products.ts";
import { readAnswer, readError, readProblems, readText } from "../tests/answers.ts";
import { testBadListFields } from "../tests/bad_list_fields.ts";
import { testEveryEndpoint } from "../tests/every_endpoint.ts";
import { findLine } from "../tests/log_lines.ts";
import { type CallOptions, type Stack, startStack } from "../tests/stack.ts";

/** Ids descend in the order of creation, because rows of one second are listed by id. */
async function createCatalog({ stripe }: Stack) {
  await stripe.products.create({
    id: "prod_c",
    name: "Pro",
    description: "For growing teams",
    images: ["https://example.com/pro.png"],
    marketing_features: [{ name: "Unlimited projects" }, { name: "Support" }],
    unit_label: "seat",
    url: "https://example.com/pro",
    metadata: { tier: "2" },
    // Fields that are not public.
    statement_descriptor: "PRO",
    shippable: false,
    tax_code: "txcd_10103001",
  });
  await stripe.products.create({ id: "prod_b", name: "Bare" });
  await stripe.products.create({ id: "prod_a", name: "Old" });
  const monthly = await stripe.prices.create({
    product: "prod_c",
    currency: "usd",
    unit_amount: 2900,
    recurring: { interval: "month" },
  });
  const archived = await stripe.prices.create({ product: "prod_c", currency: "usd", unit_amount: 100 });
  await stripe.prices.update(archived.id, { active: false });
  await stripe.prices.create({ product: "prod_a", currency: "usd", unit_amount: 100 });
  await stripe.products.update("prod_c", { default_price: monthly.id });
  await stripe.products.update("prod_a", { active: false });
  return { monthly: monthly.id };
}

Deno.test("stripe-products", async (t) => {
  await using stack = await startStack();
  const { monthly } = await createCatalog(stack);
  const token = await stack.sign({ exp: Math.floor(Date.now() / 1000) + 3_600 });
  const call = (query = "", options: CallOptions = {}) => stack.call(`stripe-products${query}`, { token, ...options });
  const post = (body?: unknown) => call("", { method: "POST", body });
  const read = async (response: Promise<Response>) => (await readAnswer(await response, 200, ProductPage));
  const ids = async (response: Promise<Response>) => (await read(response)).data.map(({ id }) => id);

  await testEveryEndpoint(t, stack, {
    name: "stripe-products",
    methods: ["GET", "POST"],
    token,
    caller: stack.users.ada!,
  });
  await testBadListFields(t, call);

  await t.step("GET answers 401 without a token", async () => {
    await readError(await stack.call("stripe-products"), "unauthenticated");
    await readError(await stack.call("stripe-products", { method: "POST" }), "unauthenticated");
  });

  await t.step("GET answers 200 with the active products, newest first, in the documented shape", async () => {
    const { data, ...page } = await read(call());
    assertEquals(page, { has_more: false, next_cursor: null });
    const { created } = await stack.stripe.products.retrieve("prod_c");
    assertEquals(data.find(({ id }) => id === "prod_c"), {
      id: "prod_c",
      name: "Pro",
      description: "For growing teams",
      active: true,
      images: ["https://example.com/pro.png"],
      marketing_features: [{ name: "Unlimited projects" }, { name: "Support" }],
      default_price: monthly,
      unit_label: "seat",
      url: "https://example.com/pro",
      metadata: { tier: "2" },
      created,
    });
    const { created: _, ...bare } = data.find(({ id }) => id === "prod_b")!;
    assertEquals(bare, {
      id: "prod_b",
      name: "Bare",
      description: null,
      active: true,
      images: [],
      marketing_features: [],
      default_price: null,
      unit_label: null,
      url: null,
      metadata: {},
    });
    const newestFirst = data.toSorted((a, b) => b.created - a.created || (b.id > a.id ? 1 : -1));
    assertEquals(data, newestFirst);
    assertEquals(data.length, 2);
  });

  await t.step("GET lists every product once, page by page", async () => {
    const first = await read(call("?limit=1"));
    assertEquals([first.has_more, first.next_cursor], [true, first.data[0]!.id]);
    const second = await read(call(`?limit=1&starting_after=${first.next_cursor}`));
    assertEquals([second.has_more, second.next_cursor], [false, null]);
    assertEquals([...first.data, ...second.data], (await read(call())).data);
    assertEquals(await ids(call(`?starting_after=${second.data[0]!.id}`)), []);
  });

  await t.step("GET accepts the smallest and the largest limit", async () => {
    assertEquals((await ids(call("?limit=1"))).length, 1);
    assertEquals((await ids(call("?limit=100"))).length, 2);
  });

  await t.step("GET with active=false lists the archived products", async () => {
    assertEquals(await ids(call("?active=false")), ["prod_a"]);
    assertEquals(await ids(call("?active=true")), await ids(call()));
  });

  await t.step("GET with expand=prices puts the active prices into each product", async () => {
    const { data } = await read(call("?expand=prices"));
    const prices = Object.fromEntries(data.map(({ id, prices }) => [id, prices?.map(({ id }) => id)]));
    assertEquals(prices, { prod_c: [monthly], prod_b: [] });
    assertEquals((await read(call("?expand=prices&active=false"))).data[0]?.prices, []);
    assertEquals((await read(call())).data.some((product) => "prices" in product), false);
  });

  await t.step("GET refuses an unknown expand", async () => {
    for (const query of ["expand=product", "expand=", "expand=prices&expand=prices", "expand=data.prices"]) {
      const [field] = await readProblems(await call(`?${query}`));
      assertMatch(field ?? "", /^expand(\.0)?$/, query);
    }
  });

  await t.step("GET refuses the filters of prices", async () => {
    const response = await call("?product=prod_c&currency=usd&lookup_key=a");
    assertEquals((await readProblems(response)).sort(), ["currency", "lookup_key", "product"]);
  });

  await t.step("POST reads the same fields from its body", async () => {
    assertEquals(await read(post()), await read(call()));
    assertEquals(await read(post({})), await read(call()));
    assertEquals(
      await read(post({ limit: 1, active: true, expand: ["prices"] })),
      await read(call("?limit=1&active=true&expand=prices")),
    );
    assertEquals(await ids(post({ limit: "1", active: "false", expand: "prices" })), ["prod_a"]);
    assertEquals((await ids(call("?limit=1", { method: "POST", body: {} }))).length, 1);
  });

  await t.step("POST refuses fields of the wrong type", async () => {
    const body = { limit: true, active: 1, starting_after: 5, expand: [1] };
    assertEquals(await readProblems(await post(body)), ["limit", "starting_after", "active", "expand.0"]);
    assertEquals(await readProblems(await post({ limit: null, active: null })), ["limit", "active"]);
    assertEquals(await readProblems(await post({ limit: [1] })), ["limit"]);
  });

  await t.step("POST answers without an ETag and with no-store", async () => {
    const response = await post({ limit: 1 });
    await readAnswer(response, 200, ProductPage);
    assertEquals(response.headers.get("etag"), null);
    assertEquals(response.headers.get("cache-control"), "no-store");
    const conditional = await call("", { method: "POST", headers: { "if-none-match": "*" } });
    await readAnswer(conditional, 200, ProductPage);
  });

  await t.step("GET answers 304 without a body to a matching If-None-Match", async () => {
    const response = await call();
    const etag = response.headers.get("etag")!;
    await readAnswer(response, 200, ProductPage);
    assertMatch(etag, /^W\/"[0-9a-f]+"$/);
    assertEquals(response.headers.get("cache-control"), "private, no-cache");

    const strong = etag.replace("W/", "");
    const known = [etag, strong, `"other", ${etag}`, `${etag},"other"`, `"other" , ${strong} , W/"x"`, "*", ` * `];
    for (const tags of known) {
      const unchanged = await call("", { headers: { "if-none-match": tags } });
      assertEquals(await readText(unchanged, 304), "", tags);
      assertEquals(unchanged.headers.get("etag"), etag);
      assertEquals(unchanged.headers.get("cache-control"), "private, no-cache");
    }
    for (const tags of ['"other"', 'W/"other", "another"', strong.slice(1, -1), strong.toUpperCase(), "", '"*"']) {
      await readAnswer(await call("", { headers: { "if-none-match": tags } }), 200, ProductPage);
    }
  });

  await t.step("GET gives equal pages the same ETag, and different pages different ones", async () => {
    const etag = async (query: string) => {
      const response = await call(query);
      await response.body?.cancel();
      return response.headers.get("etag");
    };
    assertEquals(await etag("?limit=2"), await etag("?limit=3"));
    assertNotEquals(await etag("?limit=1"), await etag("?limit=2"));
  });

  await t.step("GET answers 401 to a caller without a token even when the page is unchanged", async () => {
    await readError(
      await stack.call("stripe-products", { headers: { "if-none-match": "*" } }),
      "unauthenticated",
    );
  });

  await t.step("GET answers 500 without details when a mirrored product is malformed", async () => {
    const broken = { id: "prod_broken", object: "product", active: false, created: 1, name: "s3cret" };
    await stack.sql`insert into public.stripe_products (ticket, data) values (0, ${stack.sql.json(broken)})`;
    const response = await call("?active=false&limit=7");
    await readError(response, "internal");
    await stack.sql`delete from public.stripe_products where id = 'prod_broken'`;
    const { level, cause } = await findLine(stack, response) as { level: string; cause: { fields: string[] } };
    assertEquals([level, cause.fields], ["error", ["data.1.metadata"]]);
    assertEquals((await stack.logs()).includes("s3cret"), false);
  });
});

Deno.test("stripe-products with CATALOG_ACCESS=public", async (t) => {
  await using stack = await startStack({ CATALOG_ACCESS: "public" });

  await t.step("GET answers 200 to a visitor, with a page that shared caches may store", async () => {
    const response = await stack.call("stripe-products");
    assertEquals(await readAnswer(response, 200, ProductPage), { data: [], has_more: false, next_cursor: null });
    assertMatch(response.headers.get("cache-control") ?? "", /^public, max-age=\d+/);
    assertEquals((await findLine(stack, response)).caller, "visitor");
    const headers = { "if-none-match": response.headers.get("etag")! };
    const unchanged = await stack.call("stripe-products", { headers });
    assertEquals(await readText(unchanged, 304), "");
    assertEquals(unchanged.headers.get("cache-control"), response.headers.get("cache-control"));
  });

  await t.step("GET answers 200 to a user, and the log line names the user", async () => {
    const response = await stack.call("stripe-products", { token: await stack.signIn("grace") });
    await readAnswer(response, 200, ProductPage);
    assertEquals((await findLine(stack, response)).caller, stack.users.grace);
  });

  await t.step("an error is not stored by shared caches", async () => {
    await readProblems(await stack.call("stripe-products?limit=0"));
    await readError(await stack.call("stripe-products", { token: "bad" }), "unauthenticated");
  });
});
