import { assertEquals, assertRejects } from "@std/assert";
import { AppError } from "../errors.ts";

type Answer = (url: URL) => unknown;

/** The requests to Stripe, and its next answers: an error has the status and the fields of one. */
const requests: string[] = [];
let answers: Answer[] = [];
const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
  const url = new URL(request.url);
  requests.push(url.pathname + decodeURIComponent(url.search));
  const answer = answers.shift()!(url) as { status?: unknown };
  return typeof answer.status === "number"
    ? Response.json({ error: { type: "invalid_request_error", ...answer } }, { status: answer.status })
    : Response.json(answer);
});

Deno.env.set("STRIPE_SECRET_KEY", "sk_test_unit");
Deno.env.set("STRIPE_API_URL", `http://127.0.0.1:${server.addr.port}`);
const { listObjects, retrieveObject } = await import("./mirrored.ts");

/** The SDK keeps its connection open. */
const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({
    name,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      requests.length = 0;
      await fn();
      assertEquals(answers, [], "Every answer was used");
    },
  });

/** Reads of which this many are allowed. */
function allow(reads: number) {
  return () => Promise.resolve(reads-- > 0);
}

const items = (ids: string[], has_more = false) => ({ object: "list", data: ids.map((id) => ({ id })), has_more });
const numbered = (name: string, count: number, first = 0) =>
  Array.from({ length: count }, (_, n) => `${name}_${first + n}`);
const invoice = (id: string, lines: object) => ({ id, object: "invoice", lines });
const missing = (status: number, param: string) => ({ status, param, code: "resource_missing", message: "No such" });

test("An invoice has all its lines, retrieved and listed", async () => {
  const first = numbered("il", 100), rest = numbered("il", 30, 100);
  const cut = invoice("in_1", items(numbered("il", 10), true));
  for (const read of ["retrieve", "list"]) {
    const answer = read === "retrieve" ? cut : { object: "list", data: [cut], has_more: false };
    answers = [() => answer, () => items(first, true), () => items(rest)];
    const object = read === "retrieve"
      ? await retrieveObject({ object: "invoice", object_id: "in_1" })
      : (await listObjects("invoice", undefined, allow(9))).data[0];
    assertEquals(JSON.parse(JSON.stringify(object)).lines, items([...first, ...rest]));
    assertEquals(requests.slice(-2), [
      "/v1/invoices/in_1/lines?limit=100",
      "/v1/invoices/in_1/lines?limit=100&starting_after=il_99",
    ]);
  }
});

test("A page whose reads are used up ends before the next cut object, and has at least one object", async () => {
  const data = [
    invoice("in_1", items(["il_1"], true)),
    invoice("in_2", items(["il_2"])),
    invoice("in_3", items(["il_3"], true)),
  ];
  for (const [reads, ids] of [[0, ["in_1", "in_2"]], [1, ["in_1", "in_2"]], [2, ["in_1", "in_2", "in_3"]]] as const) {
    const complete = ids.length === 3;
    answers = [
      () => ({ object: "list", data, has_more: false }),
      () => items(["il_1"]),
      ...complete ? [() => items(["il_3"])] : [],
    ];
    const page = await listObjects("invoice", undefined, allow(reads));
    assertEquals([page.data.map(({ id }) => id), page.has_more], [[...ids], !complete]);
  }
});

test("A subscription keeps no copy of a price, whether its items are cut or not", async () => {
  const item = (id: string) => ({
    id,
    plan: {},
    price: { id: "price_1", object: "price", product: "prod_1", active: true },
  });
  const kept = (id: string) => ({ id, price: { id: "price_1", object: "price", product: "prod_1" } });
  const list = (ids: string[], has_more: boolean) => ({ object: "list", data: ids.map(item), has_more });
  const subscription = (id: string, has_more: boolean) => ({
    id,
    object: "subscription",
    items: list(["si_1"], has_more),
  });
  answers = [
    () => ({ object: "list", data: [subscription("sub_1", false), subscription("sub_2", true)], has_more: true }),
    () => list(["si_1", "si_2"], false),
  ];
  const { data } = await listObjects("subscription", undefined, allow(9));
  assertEquals(data.map((object) => JSON.parse(JSON.stringify(object)).items.data), [
    [kept("si_1")],
    [kept("si_1"), kept("si_2")],
  ]);
});

const tiers = [{ up_to: null }];
const option = { unit_amount: null };
const tiered = (id: string, currencies: string[], withTiers: string[] = []) => ({
  id,
  object: "price",
  billing_scheme: "tiered",
  currency: "usd",
  tiers,
  currency_options: Object.fromEntries(
    currencies.map((code) => [code, withTiers.includes(code) ? { ...option, tiers } : option]),
  ),
});

test("A page of prices is never asked for the tiers of a currency, but each price for those that it has", async () => {
  const flat = { id: "price_flat", object: "price", billing_scheme: "per_unit", currency: "usd", currency_options: {} };
  const data = [tiered("price_a", ["usd", "eur"]), tiered("price_b", ["usd"]), tiered("price_c", ["usd", "gbp"]), flat];
  answers = [
    () => ({ object: "list", data, has_more: false }),
    () => tiered("price_a", ["usd", "eur"], ["eur"]),
    () => tiered("price_c", ["usd", "gbp"], ["gbp"]),
  ];
  const page = await listObjects("price", undefined, allow(9));
  assertEquals(JSON.parse(JSON.stringify(page.data)), [
    tiered("price_a", ["usd", "eur"], ["usd", "eur"]),
    tiered("price_b", ["usd"], ["usd"]),
    tiered("price_c", ["usd", "gbp"], ["usd", "gbp"]),
    flat,
  ]);
  assertEquals(requests, [
    "/v1/prices?limit=100&expand[0]=data.tiers&expand[1]=data.currency_options",
    "/v1/prices/price_a?expand[0]=tiers&expand[1]=currency_options&expand[2]=currency_options.eur.tiers",
    "/v1/prices/price_c?expand[0]=tiers&expand[1]=currency_options&expand[2]=currency_options.gbp.tiers",
  ]);
});

test("An expansion that Stripe refuses costs one price its tiers in other currencies, and no page", async () => {
  const data = [tiered("price_a", ["usd", "eur"]), tiered("price_b", ["usd", "eur"])];
  answers = [
    () => ({ object: "list", data, has_more: false }),
    () => ({ status: 400, message: "This property cannot be expanded" }),
    () => tiered("price_b", ["usd", "eur"], ["eur"]),
  ];
  const page = await listObjects("price", undefined, allow(9));
  assertEquals(JSON.parse(JSON.stringify(page.data)), [
    tiered("price_a", ["usd", "eur"], ["usd"]),
    tiered("price_b", ["usd", "eur"], ["usd", "eur"]),
  ]);
});

test("An object is missing when Stripe says so of the object itself", async () => {
  const refs = [["product", "prod_1", "id"], ["price", "price_1", "price"], ["invoice", "in_1", "invoice"]] as const;
  for (const [object, object_id, param] of refs) {
    answers = [() => missing(404, param)];
    assertEquals(await retrieveObject({ object, object_id }), null);
  }
  answers = [() => missing(400, "customer")];
  const object = "entitlements.active_entitlement_summary";
  assertEquals(await retrieveObject({ object, object_id: "cus_1" }), null);
});

test("A missing cursor or parameter makes no object missing", async () => {
  const page = { object: "list", data: [{ id: "si_1", price: {} }], has_more: true };
  const subscription = { id: "sub_1", object: "subscription", items: page };
  for (const error of [missing(400, "starting_after"), missing(404, "starting_after"), missing(400, "price")]) {
    answers = [() => subscription, () => page, () => error];
    const read = retrieveObject({ object: "subscription", object_id: "sub_1" });
    assertEquals((await assertRejects(() => read, AppError)).code, "stripe_unavailable");
  }
  answers = [() => page, () => missing(400, "starting_after")];
  const object = "entitlements.active_entitlement_summary";
  await assertRejects(() => retrieveObject({ object, object_id: "cus_1" }), AppError);
  answers = [() => subscription, () => missing(400, "subscription")];
  assertEquals(await retrieveObject({ object: "subscription", object_id: "sub_1" }), null);
});

test("An id is one segment of a path, whatever characters it has", async () => {
  const object_id = "a/b?c#d %2e ü";
  answers = [({ pathname }) => ({ id: decodeURIComponent(pathname.slice("/v1/products/".length)), object: "product" })];
  assertEquals((await retrieveObject({ object: "product", object_id }))?.id, object_id);
});
