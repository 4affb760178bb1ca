import { assertEquals, assertRejects } from "@std/assert";
import { type Answers, type Calls, passTime, scripted, withoutPauses } from "../../../tests/gateways.ts";
import { AppError } from "../../errors.ts";
import { fillCatalog, type FillGateways } from "./fill_catalog.ts";

const product = (id: string) => ({ id, object: "product" });
const price = (id: string) => ({ id, object: "price" });
const page = (...data: { id: string }[]) => ({ data, has_more: false });
const pageOfMany = (...data: { id: string }[]) => ({ data, has_more: true });
const begin = { run_id: 5, cursor: null };

/** Without the function that waits for the next read. */
const withoutFunctions = (call: unknown[]) => call.filter((argument) => typeof argument !== "function");

/** A fill whose pages are all recorded by default. */
function fills(answers: Answers) {
  passTime();
  const calls: Calls = [];
  const all = {
    claimFill: [begin],
    readAccount: ["acct_1"],
    confirmAccount: [undefined],
    recordPage: Array(20).fill(true),
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
    ["readAccount"],
    ["confirmAccount", "acct_1"],
    ["listObjects", "product", undefined],
    ["recordPage", 5, [product("prod_3"), product("prod_2")], "product prod_2"],
    ["listObjects", "product", "prod_2"],
    ["recordPage", 5, [product("prod_1")], "price"],
    ["listObjects", "price", undefined],
    ["recordPage", 5, [price("price_2")], "price price_2"],
    ["listObjects", "price", "price_2"],
    ["recordPage", 5, [price("price_1")], "price"],
    ["completeFill", 5, 60],
  ]);
});

for (
  const [cursor, lists] of [
    ["product", [["product", undefined], ["price", undefined]]],
    ["product prod_2", [["product", "prod_2"], ["price", undefined]]],
    ["product of a merchant", [["product", "of a merchant"], ["price", undefined]]],
    ["price", [["price", undefined]]],
    ["price price_9", [["price", "price_9"]]],
  ] as const
) {
  Deno.test(`A fill that stopped at "${cursor}" resumes there`, async () => {
    const { fill, argumentsOf } = fills({
      claimFill: [{ ...begin, cursor }],
      listObjects: [page(), page()],
    });
    await fill();
    assertEquals(argumentsOf("listObjects").map(([kind, after]) => [kind, after]), lists as never);
    assertEquals(argumentsOf("completeFill"), [[5, 60]]);
  });
}

Deno.test("The catalog of an empty account is complete", async () => {
  const { fill, names } = fills({ listObjects: [page(), page()] });
  await fill();
  assertEquals(names().slice(3), ["listObjects", "recordPage", "listObjects", "recordPage", "completeFill"]);
});

Deno.test("An empty page ends a list, even if has_more is true", async () => {
  const { fill, argumentsOf } = fills({ listObjects: [pageOfMany(), pageOfMany()] });
  await fill();
  assertEquals(argumentsOf("listObjects").map(([kind]) => kind), ["product", "price"]);
});

Deno.test("A fill that is not due, or leased by another run, makes no request to Stripe", async () => {
  const { fill, names } = fills({ claimFill: [{ run_id: null, cursor: null }] });
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
  assertEquals(names().slice(3), ["listObjects", "recordPage", "listObjects", "recordPage"]);
});

Deno.test("A cursor whose object was deleted makes the next run list from the start", async () => {
  const missing = AppError.stripeUnavailable(
    Object.assign(new Error(), { code: "resource_missing", param: "starting_after", statusCode: 400 }),
  );
  const { fill, calls } = fills({
    claimFill: [{ ...begin, cursor: "product prod_gone" }],
    listObjects: [missing],
    failFill: [undefined],
  });
  await assertRejects(fill, AppError, "Stripe could not be reached");
  assertEquals(calls.slice(-2), [["recordPage", 5, [], "product"], ["failFill", 5, 5]]);
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
  const { fill, names } = fills({ confirmAccount: [AppError.notConfigured("another account")], failFill: [undefined] });
  await assertRejects(fill, AppError, "not configured");
  assertEquals(names(), ["claimFill", "readAccount", "confirmAccount", "failFill"]);
});

Deno.test("Concurrent calls of an isolate share one run, and a later call begins another", async () => {
  const { fill, names } = fills({
    claimFill: [begin, begin],
    readAccount: ["acct_1", "acct_1"],
    confirmAccount: [undefined, undefined],
    listObjects: Array.from({ length: 4 }, () => page()),
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
