import { assertEquals, assertRejects } from "@std/assert";
import { type Answers, type Calls, passTime, scripted, withoutPauses } from "../../../tests/gateways.ts";
import { AppError } from "../../errors.ts";
import { fillCatalog, type FillGateways } from "./fill_catalog.ts";

const product = (id: string) => ({ id, object: "product" });
const price = (id: string) => ({ id, object: "price" });
const page = (...data: { id: string }[]) => ({ data, has_more: false });
const pageOfMany = (...data: { id: string }[]) => ({ data, has_more: true });
const begin = { run_id: 5, kind: null, cursor: null };

/** Without the function that waits for the next read. */
const withoutFunctions = (call: unknown[]) => call.filter((argument) => typeof argument !== "function");

/** A fill whose pages are all recorded by default. */
function fills(answers: Answers) {
  passTime();
  const calls: Calls = [];
  const all = {
    claimFill: [begin],
    recordPage: Array(20).fill(true),
    listUnlisted: [[]],
    completeFill: [true],
    ...answers,
  };
  const gateways: FillGateways = { database: scripted(all, calls), stripe: scripted(all, calls) };
  return {
    fill: () => withoutPauses(() => fillCatalog(gateways)),
    calls,
    names: () => calls.map(([name]) => name),
    argumentsOf: (wanted: string) => calls.filter(([name]) => name === wanted).map(([, ...args]) => args),
  };
}

Deno.test("Products, then prices are listed to the end, each page with where to go on", async () => {
  const { fill, calls } = fills({
    listObjects: [
      pageOfMany(product("prod_3"), product("prod_2")),
      page(product("prod_1")),
      pageOfMany(price("price_2")),
      page(price("price_1")),
    ],
  });
  await fill();
  assertEquals(calls.map(withoutFunctions), [
    ["claimFill"],
    ["listObjects", "product", undefined],
    ["recordPage", 5, [product("prod_3"), product("prod_2")], "product", "prod_2"],
    ["listObjects", "product", "prod_2"],
    ["recordPage", 5, [product("prod_1")], "price", null],
    ["listObjects", "price", undefined],
    ["recordPage", 5, [price("price_2")], "price", "price_2"],
    ["listObjects", "price", "price_2"],
    ["recordPage", 5, [price("price_1")], "price", null],
    ["listUnlisted", 5, 8],
    ["completeFill", 5, 60],
  ]);
});

for (
  const [kind, cursor, lists] of [
    ["product", null, [["product", undefined], ["price", undefined]]],
    ["product", "prod_2", [["product", "prod_2"], ["price", undefined]]],
    ["product", "price price_2\n/?#%2e", [["product", "price price_2\n/?#%2e"], ["price", undefined]]],
    ["price", null, [["price", undefined]]],
    ["price", "price_9", [["price", "price_9"]]],
  ] as const
) {
  Deno.test(`A fill that stopped at ${kind} ${JSON.stringify(cursor)} resumes there`, async () => {
    const { fill, argumentsOf } = fills({
      claimFill: [{ ...begin, kind, cursor }],
      listObjects: [page(), page()],
    });
    await fill();
    assertEquals(argumentsOf("listObjects").map(([kind, after]) => [kind, after]), lists as never);
    assertEquals(argumentsOf("completeFill"), [[5, 60]]);
  });
}

const unlisted = [{ object: "product", object_id: "prod_gone" }, { object: "price", object_id: "price_inline" }];

Deno.test("What no list shows is fetched, and becomes a tombstone only when Stripe has no such object", async () => {
  const inline = price("price_inline");
  const { fill, argumentsOf, names } = fills({
    listObjects: [page(), page()],
    listUnlisted: [unlisted],
    retrieveObject: [null, inline],
  });
  assertEquals(await fill(), "complete");
  assertEquals(argumentsOf("recordPage").slice(2), [
    [5, [{ id: "prod_gone", object: "product", deleted: true }], "price", null],
    [5, [inline], "price", null],
  ]);
  assertEquals(names().at(-1), "completeFill");
});

Deno.test("An object that no list shows and that cannot be fetched does not block the fill; an outage does", async () => {
  const lists = { listObjects: [page(), page()], listUnlisted: [unlisted] };
  const refused = AppError.stripeUnavailable({ type: "StripeInvalidRequestError" });
  const blocked = fills({ ...lists, retrieveObject: [refused, price("price_inline")] });
  assertEquals(await blocked.fill(), "complete");
  assertEquals(blocked.argumentsOf("recordPage").length, 3);
  const down = AppError.stripeUnavailable(new Error());
  const { fill, argumentsOf } = fills({ ...lists, retrieveObject: [down], failFill: [undefined] });
  await assertRejects(fill, AppError, "Stripe could not be reached");
  assertEquals(argumentsOf("recordPage").length, 2);
});

const forbidden = () => AppError.notConfigured("lacks", { type: "StripePermissionError" });

Deno.test("A kind that the key may not read is skipped, and nothing of it is taken for deleted", async () => {
  const { fill, argumentsOf } = fills({
    listObjects: [page(product("prod_1")), forbidden()],
    listUnlisted: [unlisted],
    retrieveObject: [null],
  });
  assertEquals(await fill(), "complete");
  assertEquals(argumentsOf("recordPage"), [
    [5, [product("prod_1")], "price", null],
    [5, [], "price", null],
    [5, [{ id: "prod_gone", object: "product", deleted: true }], "price", null],
  ]);
});

Deno.test("A key that may read no kind of the catalog answers not_configured", async () => {
  const { fill, names } = fills({ listObjects: [forbidden(), forbidden()], failFill: [undefined] });
  assertEquals((await assertRejects(fill, AppError)).code, "not_configured");
  assertEquals(names().at(-1), "failFill");
});

Deno.test("A run that is overtaken while it fetches what no list shows stops", async () => {
  const { fill, names } = fills({
    listObjects: [page(), page()],
    listUnlisted: [unlisted],
    retrieveObject: [price("price_inline")],
    recordPage: [true, true, false],
  });
  assertEquals([await fill(), names().at(-1)], ["idle", "recordPage"]);
});

Deno.test("The catalog of an empty account is complete", async () => {
  const { fill, names } = fills({ listObjects: [page(), page()] });
  await fill();
  assertEquals(names().slice(1), [
    ...["listObjects", "recordPage", "listObjects", "recordPage"],
    ...["listUnlisted", "completeFill"],
  ]);
});

Deno.test("An empty page ends a list, even if has_more is true", async () => {
  const { fill, argumentsOf } = fills({ listObjects: [pageOfMany(), pageOfMany()] });
  await fill();
  assertEquals(argumentsOf("listObjects").map(([kind]) => kind), ["product", "price"]);
});

Deno.test("A fill that is not due, or leased by another run, makes no request to Stripe", async () => {
  const { fill, names } = fills({ claimFill: [{ run_id: null, kind: null, cursor: null }] });
  await fill();
  assertEquals(names(), ["claimFill"]);
});

Deno.test("A run lists at most twenty pages, and releases the rest to the next", async () => {
  const { fill, names, argumentsOf } = fills({
    listObjects: Array.from({ length: 30 }, (_, n) => pageOfMany(product(`prod_${n}`))),
    recordPage: Array(30).fill(true),
    failFill: [undefined],
  });
  assertEquals(await fill(), "more");
  assertEquals(names().filter((name) => name === "listObjects").length, 20);
  assertEquals([argumentsOf("failFill"), names().includes("completeFill")], [[[5, 0]], false]);
});

Deno.test("A run that was overtaken stops and neither completes nor fails", async () => {
  const { fill, names } = fills({
    listObjects: [pageOfMany(product("prod_1")), pageOfMany(product("prod_2"))],
    recordPage: [true, false],
  });
  await fill();
  assertEquals(names().slice(1), ["listObjects", "recordPage", "listObjects", "recordPage"]);
});

Deno.test("A cursor whose object was deleted makes the next run list from the start", async () => {
  const missing = AppError.stripeUnavailable(
    Object.assign(new Error(), { code: "resource_missing", param: "starting_after", statusCode: 400 }),
  );
  const { fill, calls } = fills({
    claimFill: [{ ...begin, kind: "product", cursor: "prod_gone" }],
    listObjects: [missing],
    failFill: [undefined],
  });
  await assertRejects(fill, AppError, "Stripe could not be reached");
  assertEquals(calls.slice(-2), [["recordPage", 5, [], "product", null], ["failFill", 5, 5]]);
});

Deno.test("The caller gets the error of Stripe even if the restart cannot be recorded", async () => {
  const missing = AppError.stripeUnavailable(
    Object.assign(new Error(), { code: "resource_missing", param: "starting_after", statusCode: 400 }),
  );
  const { fill } = fills({ listObjects: [missing], recordPage: [AppError.databaseUnavailable(new Error())] });
  await assertRejects(fill, AppError, "Stripe could not be reached");
});

Deno.test("A failure is recorded with the seconds of Stripe's retry-after", async () => {
  const { fill, argumentsOf } = fills({
    listObjects: [AppError.stripeUnavailable(new Error(), 40)],
    failFill: [undefined],
  });
  await assertRejects(fill, AppError);
  assertEquals(argumentsOf("failFill"), [[5, 40]]);
});

Deno.test("A failure without a retry-after is recorded with five seconds", async () => {
  const { fill, argumentsOf } = fills({ listObjects: [new TypeError()], failFill: [undefined] });
  await assertRejects(fill, TypeError);
  assertEquals(argumentsOf("failFill"), [[5, 5]]);
});

Deno.test("The caller gets the error of Stripe even if the failure cannot be recorded", async () => {
  const { fill } = fills({
    listObjects: [AppError.stripeUnavailable(new Error())],
    failFill: [AppError.databaseUnavailable(new Error())],
  });
  await assertRejects(fill, AppError, "Stripe could not be reached");
});

Deno.test("Trap 22: a key of another account lists nothing and records nothing", async () => {
  const { fill, names } = fills({ claimFill: [AppError.notConfigured("another account")] });
  await assertRejects(fill, AppError, "not configured");
  assertEquals(names(), ["claimFill"]);
});

Deno.test("Concurrent calls of an isolate share one run, and a later call begins another", async () => {
  const { fill, names } = fills({
    claimFill: [begin, begin],
    listObjects: Array.from({ length: 4 }, () => page()),
    listUnlisted: [[], []],
    completeFill: [true, true],
  });
  await Promise.all(Array.from({ length: 100 }, fill));
  assertEquals(names().filter((name) => name === "claimFill").length, 1);
  await fill();
  assertEquals(names().filter((name) => name === "claimFill").length, 2);
});

Deno.test("After a failure the next call fills", async () => {
  const { fill, names } = fills({
    claimFill: [AppError.databaseUnavailable(new Error()), begin],
    listObjects: [page(), page()],
  });
  await assertRejects(fill, AppError);
  await fill();
  assertEquals(names().at(-1), "completeFill");
});
