import { assertEquals, assertMatch } from "@std/assert";
import Stripe from "stripe";
import { PricePage } from "../_shared/contract/prices.ts";
import { readAnswer, readError, readProblems, readText } from "../tests/answers.ts";
import { testBadListFields } from "../tests/bad_list_fields.ts";
import { testEveryEndpoint } from "../tests/every_endpoint.ts";
import { findLine } from "../tests/log_lines.ts";
import { type CallOptions, type Stack, startStack } from "../tests/stack.ts";

const decimal = Stripe.Decimal.from;
/** Within `currency_options` the SDK serializes a Decimal as an object, but a string correctly. */
const decimalText = (text: string) => text as unknown as Stripe.Decimal;

/** Each price has its own nickname. */
async function createCatalog({ stripe }: Stack) {
  await stripe.products.create({ id: "prod_pro", name: "Pro" });
  await stripe.products.create({ id: "prod_extra", name: "Extra" });
  await stripe.products.create({ id: "prod_old", name: "Old" });
  const { id: seats } = await stripe.prices.create({
    nickname: "seats",
    product: "prod_pro",
    currency: "usd",
    lookup_key: "pro_seats",
    billing_scheme: "tiered",
    tiers_mode: "graduated",
    tax_behavior: "exclusive",
    recurring: { interval: "month", interval_count: 3, trial_period_days: 14 },
    tiers: [{ up_to: 10, flat_amount: 2000, unit_amount_decimal: decimal("0.5") }, { up_to: "inf", unit_amount: 150 }],
    currency_options: {
      eur: {
        tax_behavior: "inclusive",
        tiers: [{ up_to: 10, flat_amount_decimal: decimalText("1800.25"), unit_amount: 0 }, {
          up_to: "inf",
          unit_amount: 140,
        }],
      },
    },
    metadata: { tier: "2" },
  });
  await stripe.prices.create({
    nickname: "yearly",
    product: "prod_pro",
    currency: "eur",
    lookup_key: "pro_yearly",
    unit_amount: 29000,
    recurring: { interval: "year" },
  });
  const { id: gift } = await stripe.prices.create({
    nickname: "gift",
    product: "prod_extra",
    currency: "usd",
    lookup_key: "gift",
    custom_unit_amount: { enabled: true, minimum: 300, preset: 1000 },
  });
  const { id: blocks } = await stripe.prices.create({
    nickname: "blocks",
    product: "prod_extra",
    currency: "jpy",
    unit_amount_decimal: decimal("12.345678901234"),
    recurring: { interval: "month" },
    transform_quantity: { divide_by: 100, round: "up" },
  });
  const archived = await stripe.prices.create({
    nickname: "archived",
    product: "prod_pro",
    currency: "usd",
    lookup_key: "pro_2024",
    unit_amount: 100,
  });
  await stripe.prices.update(archived.id, { active: false });
  await stripe.prices.create({ nickname: "of an old product", product: "prod_old", currency: "usd", unit_amount: 1 });
  await stripe.products.update("prod_old", { active: false });
  return { seats, gift, blocks };
}

Deno.test("stripe-prices", async (t) => {
  await using stack = await startStack();
  const { seats, gift, blocks } = await createCatalog(stack);
  const token = await stack.sign({ exp: Math.floor(Date.now() / 1000) + 3_600 });
  const call = (query = "", options: CallOptions = {}) => stack.call(`stripe-prices${query}`, { token, ...options });
  const post = (body?: unknown) => call("", { method: "POST", body });
  const read = async (response: Promise<Response>) => (await readAnswer(await response, 200, PricePage));
  const nicknames = async (response: Promise<Response>) =>
    (await read(response)).data.map(({ nickname }) => nickname).sort();
  const find = async (id: string) => (await read(call())).data.find((price) => price.id === id)!;
  const created = async (id: string) => (await stack.stripe.prices.retrieve(id)).created;

  await testEveryEndpoint(t, stack, {
    name: "stripe-prices",
    methods: ["GET", "POST"],
    token,
    caller: stack.users.ada!,
  });
  await testBadListFields(t, call);

  await t.step("GET answers 401 without a token", async () => {
    await readError(await stack.call("stripe-prices"), "unauthenticated");
    await readError(await stack.call("stripe-prices", { method: "POST" }), "unauthenticated");
  });

  await t.step("trap 21: GET answers 200 with the active prices of active products, newest first", async () => {
    const { data, ...page } = await read(call());
    assertEquals(page, { has_more: false, next_cursor: null });
    assertEquals(data.map(({ nickname }) => nickname).sort(), ["blocks", "gift", "seats", "yearly"]);
    assertEquals(data, data.toSorted((a, b) => b.created - a.created || (b.id > a.id ? 1 : -1)));
  });

  await t.step("GET answers a tiered price with its tiers in every currency, with decimals as strings", async () => {
    const first = {
      up_to: 10,
      unit_amount: null,
      unit_amount_decimal: "0.5",
      flat_amount: 2000,
      flat_amount_decimal: "2000",
    };
    const rest = {
      up_to: null,
      unit_amount: 150,
      unit_amount_decimal: "150",
      flat_amount: null,
      flat_amount_decimal: null,
    };
    const none = { unit_amount: null, unit_amount_decimal: null, custom_unit_amount: null };
    assertEquals(await find(seats), {
      id: seats,
      active: true,
      product: "prod_pro",
      currency: "usd",
      type: "recurring",
      nickname: "seats",
      lookup_key: "pro_seats",
      billing_scheme: "tiered",
      ...none,
      tax_behavior: "exclusive",
      tiers: [first, rest],
      tiers_mode: "graduated",
      recurring: { interval: "month", interval_count: 3, usage_type: "licensed", meter: null, trial_period_days: 14 },
      transform_quantity: null,
      currency_options: {
        usd: { ...none, tax_behavior: "exclusive", tiers: [first, rest] },
        eur: {
          ...none,
          tax_behavior: "inclusive",
          tiers: [
            { ...first, unit_amount: 0, unit_amount_decimal: "0", flat_amount: null, flat_amount_decimal: "1800.25" },
            { ...rest, unit_amount: 140, unit_amount_decimal: "140" },
          ],
        },
      },
      metadata: { tier: "2" },
      created: await created(seats),
    });
  });

  await t.step("GET answers a price whose amount the customer chooses with its bounds", async () => {
    const { type, recurring, unit_amount, custom_unit_amount, currency_options } = await find(gift);
    const bounds = { minimum: 300, maximum: null, preset: 1000 };
    assertEquals({ type, recurring, unit_amount, custom_unit_amount }, {
      type: "one_time",
      recurring: null,
      unit_amount: null,
      custom_unit_amount: bounds,
    });
    assertEquals(currency_options?.usd?.custom_unit_amount, bounds);
  });

  await t.step("GET answers an amount with a fraction as null, and as a decimal string", async () => {
    const { unit_amount, unit_amount_decimal, transform_quantity } = await find(blocks);
    assertEquals([unit_amount, unit_amount_decimal], [null, "12.345678901234"]);
    assertEquals(transform_quantity, { divide_by: 100, round: "up" });
  });

  await t.step("GET lists every price once, page by page", async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: PricePage = await read(call(`?limit=1${cursor ? `&starting_after=${cursor}` : ""}`));
      seen.push(...page.data.map(({ id }) => id));
      assertEquals(page.has_more, page.next_cursor !== null);
      cursor = page.next_cursor;
    } while (cursor !== null);
    assertEquals(seen, (await read(call("?limit=100"))).data.map(({ id }) => id));
  });

  const filters: [query: string, body: Record<string, unknown>, expected: string[]][] = [
    ["product=prod_pro", { product: "prod_pro" }, ["seats", "yearly"]],
    ["product=prod_old", { product: "prod_old" }, []],
    ["product=prod_unknown", { product: "prod_unknown" }, []],
    ["currency=eur", { currency: "eur" }, ["yearly"]],
    ["currency=JPY", { currency: "JPY" }, ["blocks"]],
    ["type=one_time", { type: "one_time" }, ["gift"]],
    ["type=recurring", { type: "recurring" }, ["blocks", "seats", "yearly"]],
    ["interval=year", { interval: "year" }, ["yearly"]],
    ["interval=week", { interval: "week" }, []],
    ["interval=month&product=prod_pro", { interval: "month", product: "prod_pro" }, ["seats"]],
    ["type=one_time&interval=month", { type: "one_time", interval: "month" }, []],
    ["lookup_key=gift", { lookup_key: "gift" }, ["gift"]],
    ["lookup_key=gift&lookup_key=pro_yearly", { lookup_key: ["gift", "pro_yearly"] }, ["gift", "yearly"]],
    ["lookup_key=gift&currency=eur", { lookup_key: ["gift"], currency: "eur" }, []],
    ["lookup_key=GIFT", { lookup_key: "GIFT" }, []],
    ["lookup_key=gift,pro_yearly", { lookup_key: "gift,pro_yearly" }, []],
    ["lookup_key=pro_2024", { lookup_key: "pro_2024" }, []],
    ["active=false", { active: false }, ["archived"]],
    ["active=false&lookup_key=pro_2024", { active: false, lookup_key: ["pro_2024"] }, ["archived"]],
  ];
  for (const [query, body, expected] of filters) {
    await t.step(`GET and POST with ${query} list ${expected.join(" and ") || "nothing"}`, async () => {
      assertEquals(await nicknames(call(`?${query}`)), expected);
      assertEquals(await nicknames(post(body)), expected);
    });
  }

  await t.step("GET keeps the filters on the next page", async () => {
    const first = await read(call("?product=prod_pro&limit=1"));
    const second = await read(call(`?product=prod_pro&limit=1&starting_after=${first.next_cursor}`));
    assertEquals([first.has_more, second.has_more], [true, false]);
    assertEquals([...first.data, ...second.data].map(({ nickname }) => nickname).sort(), ["seats", "yearly"]);
  });

  await t.step("GET with expand=product puts the product into each price", async () => {
    const [price] = (await read(call("?lookup_key=gift&expand=product"))).data;
    assertEquals(price!.product, {
      id: "prod_extra",
      name: "Extra",
      description: null,
      active: true,
      images: [],
      marketing_features: [],
      default_price: null,
      unit_label: null,
      url: null,
      metadata: {},
      created: (await stack.stripe.products.retrieve("prod_extra")).created,
    });
    const expanded = await read(post({ lookup_key: "gift", expand: ["product"] }));
    assertEquals(expanded.data, [price!]);
  });

  await t.step("GET and POST answer 400 to an invalid filter and name it", async () => {
    const keys = Array.from({ length: 21 }, (_, n) => `lookup_key=${n}`).join("&");
    const bad: [query: string, field: RegExp][] = [
      ["product=", /^product$/],
      ["product=a&product=b", /^product$/],
      ["currency=", /^currency$/],
      ["currency=euro", /^currency$/],
      ["currency=zzz", /^currency$/],
      ["currency=%20eur", /^currency$/],
      ["currency=eur&currency=usd", /^currency$/],
      ["type=weekly", /^type$/],
      ["interval=quarter", /^interval$/],
      ["interval=", /^interval$/],
      ["lookup_key=", /^lookup_key(\.0)?$/],
      ["lookup_key=a&lookup_key=", /^lookup_key\.1$/],
      [`lookup_key=${"x".repeat(256)}`, /^lookup_key(\.0)?$/],
      ["lookup_key=%00", /^lookup_key(\.0)?$/],
      [keys, /^lookup_key$/],
      ["expand=prices", /^expand(\.0)?$/],
      ["expand=product&expand=product", /^expand$/],
      ["price=a", /^price$/],
    ];
    for (const [query, field] of bad) {
      const fields = await readProblems(await call(`?${query}`));
      assertEquals(fields.length, 1, query);
      assertMatch(fields[0]!, field, query);
    }
    const body = { product: 1, currency: ["eur"], type: null, interval: {}, lookup_key: [1], expand: "prices" };
    assertEquals(
      (await readProblems(await post(body))).sort(),
      ["currency", "expand.0", "interval", "lookup_key.0", "product", "type"],
    );
    assertEquals((await readProblems(await post({ lookup_key: { a: 1 } }))).length, 1);
  });

  await t.step("POST accepts twenty lookup keys", async () => {
    const keys = Array.from({ length: 20 }, (_, n) => n === 0 ? "gift" : `key_${n}`);
    assertEquals(await nicknames(post({ lookup_key: keys })), ["gift"]);
  });

  await t.step("POST with an empty list of lookup keys lists nothing", async () => {
    assertEquals(await nicknames(post({ lookup_key: [] })), []);
  });

  await t.step("GET answers 304 to a matching If-None-Match, POST has no ETag", async () => {
    const response = await call("?currency=eur");
    await readAnswer(response, 200, PricePage);
    const etag = response.headers.get("etag")!;
    assertEquals(response.headers.get("cache-control"), "private, no-cache");
    const unchanged = await call("?currency=eur", { headers: { "if-none-match": `"x", ${etag.replace("W/", "")}` } });
    assertEquals(await readText(unchanged, 304), "");
    assertEquals(unchanged.headers.get("etag"), etag);
    await readAnswer(await call("?currency=jpy", { headers: { "if-none-match": etag } }), 200, PricePage);

    const posted = await post({ currency: "eur" });
    await readAnswer(posted, 200, PricePage);
    assertEquals([posted.headers.get("etag"), posted.headers.get("cache-control")], [null, "no-store"]);
  });
});

Deno.test("stripe-prices with CATALOG_ACCESS=public", async (t) => {
  await using stack = await startStack({ CATALOG_ACCESS: "public" });

  await t.step("GET answers 200 to a visitor, with a page that shared caches may store", async () => {
    const response = await stack.call("stripe-prices");
    assertEquals(await readAnswer(response, 200, PricePage), { data: [], has_more: false, next_cursor: null });
    assertMatch(response.headers.get("cache-control") ?? "", /^public, max-age=\d+/);
    assertEquals((await findLine(stack, response)).caller, "visitor");
  });
});
