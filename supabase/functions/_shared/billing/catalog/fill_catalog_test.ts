import { assertEquals, assertRejects } from "@std/assert";
import { type Answers, type Calls, passTime, scripted } from "../../../tests/gateways.ts";
import { AppError } from "../../errors.ts";
import { fillCatalog, type FillGateways } from "./fill_catalog.ts";

const product = (id: string) => ({ id, object: "product" });
const price = (id: string) => ({ id, object: "price" });
const page = (...data: { id: string }[]) => ({ data, has_more: false });
const pageOfMany = (...data: { id: string }[]) => ({ data, has_more: true });
const begin = { run_id: 5, cursor: null, retry_after: null };

/** A fill whose pages are all taken, unless it is said otherwise. */
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
    fill: () => fillCatalog(gateways),
    calls,
    names: () => calls.map(([name]) => name),
    argumentsOf: (wanted: string) => calls.filter(([name]) => name === wanted).map(([, ...args]) => args),
  };
}

Deno.test("Products, then prices are listed to the end, each page with where to go on", async () => {
  const { fill, calls } = fills({
    listProducts: [pageOfMany(product("prod_3"), product("prod_2")), page(product("prod_1"))],
    listPrices: [pageOfMany(price("price_2")), page(price("price_1"))],
  });
  await fill();
  assertEquals(calls, [
    ["claimFill"],
    ["readAccount"],
    ["confirmAccount", "acct_1"],
    ["listProducts", undefined],
    ["recordPage", 5, [product("prod_3"), product("prod_2")], "products prod_2"],
    ["listProducts", "prod_2"],
    ["recordPage", 5, [product("prod_1")], "prices"],
    ["listPrices", undefined],
    ["recordPage", 5, [price("price_2")], "prices price_2"],
    ["listPrices", "price_2"],
    ["recordPage", 5, [price("price_1")], "prices"],
    ["completeFill", 5, 60],
  ]);
});

for (
  const [cursor, products, prices] of [
    ["products", [[undefined]], [[undefined]]],
    ["products prod_2", [["prod_2"]], [[undefined]]],
    ["prices", [], [[undefined]]],
    ["prices price_9", [], [["price_9"]]],
  ] as const
) {
  Deno.test(`A fill that stopped at "${cursor}" goes on there`, async () => {
    const { fill, argumentsOf } = fills({
      claimFill: [{ ...begin, cursor }],
      listProducts: [page()],
      listPrices: [page()],
    });
    await fill();
    assertEquals(argumentsOf("listProducts"), products as never);
    assertEquals(argumentsOf("listPrices"), prices as never);
    assertEquals(argumentsOf("completeFill"), [[5, 60]]);
  });
}

Deno.test("An empty account is complete, too", async () => {
  const { fill, names } = fills({ listProducts: [page()], listPrices: [page()] });
  await fill();
  assertEquals(names().slice(3), ["listProducts", "recordPage", "listPrices", "recordPage", "completeFill"]);
});

Deno.test("An empty page ends a list, whatever it says of more", async () => {
  const { fill, names } = fills({ listProducts: [pageOfMany()], listPrices: [pageOfMany()] });
  await fill();
  assertEquals(names().filter((name) => name.startsWith("list")), ["listProducts", "listPrices"]);
});

Deno.test("What is not due, or is another's, costs Stripe nothing", async () => {
  const { fill, names } = fills({ claimFill: [{ run_id: null, cursor: null, retry_after: 12 }] });
  await fill();
  assertEquals(names(), ["claimFill"]);
});

Deno.test("A filler that was overtaken stops and neither completes nor fails", async () => {
  const { fill, names } = fills({
    listProducts: [pageOfMany(product("prod_1")), pageOfMany(product("prod_2"))],
    recordPage: [true, false],
  });
  await fill();
  assertEquals(names().slice(3), ["listProducts", "recordPage", "listProducts", "recordPage"]);
});

Deno.test("A cursor whose object was deleted makes the next filler begin again", async () => {
  const missing = AppError.stripeUnavailable(Object.assign(new Error(), { code: "resource_missing" }));
  const { fill, calls } = fills({
    claimFill: [{ ...begin, cursor: "products prod_gone" }],
    listProducts: [missing],
    failFill: [undefined],
  });
  await assertRejects(fill, AppError, "Stripe could not be reached");
  assertEquals(calls.slice(-2), [["recordPage", 5, [], "products"], ["failFill", 5, 5]]);
});

Deno.test("When beginning again cannot be noted, the failure still is, and the caller hears of Stripe", async () => {
  const missing = AppError.stripeUnavailable(Object.assign(new Error(), { code: "resource_missing" }));
  const { fill } = fills({ listProducts: [missing], recordPage: [AppError.databaseUnavailable(new Error())] });
  await assertRejects(fill, AppError, "Stripe could not be reached");
});

Deno.test("A failure is noted with the seconds that Stripe asks for", async () => {
  const { fill, argumentsOf } = fills({
    listProducts: [AppError.stripeUnavailable(new Error(), 40)],
    failFill: [undefined],
  });
  await assertRejects(fill, AppError);
  assertEquals(argumentsOf("failFill"), [[5, 40]]);
});

Deno.test("A failure that says nothing is noted with a few seconds", async () => {
  const { fill, argumentsOf } = fills({ listProducts: [new TypeError()], failFill: [undefined] });
  await assertRejects(fill, TypeError);
  assertEquals(argumentsOf("failFill"), [[5, 5]]);
});

Deno.test("A failure that cannot be noted is still the one that the caller hears of", async () => {
  const { fill } = fills({
    listProducts: [AppError.stripeUnavailable(new Error())],
    failFill: [AppError.databaseUnavailable(new Error())],
  });
  await assertRejects(fill, AppError, "Stripe could not be reached");
});

Deno.test("Trap 22: a key of another account lists nothing and records nothing", async () => {
  const { fill, names } = fills({ confirmAccount: [AppError.notConfigured("another account")], failFill: [undefined] });
  await assertRejects(fill, AppError, "not configured");
  assertEquals(names(), ["claimFill", "readAccount", "confirmAccount", "failFill"]);
});

Deno.test("An isolate fills once at a time, and again when it is asked later", async () => {
  const { fill, names } = fills({
    claimFill: [begin, begin],
    readAccount: ["acct_1", "acct_1"],
    confirmAccount: [undefined, undefined],
    listProducts: [page(), page()],
    listPrices: [page(), page()],
    completeFill: [true, true],
  });
  await Promise.all(Array.from({ length: 100 }, fill));
  assertEquals(names().filter((name) => name === "claimFill").length, 1);
  await fill();
  assertEquals(names().filter((name) => name === "claimFill").length, 2);
});

Deno.test("After a failure an isolate fills again", async () => {
  const { fill, names } = fills({
    claimFill: [AppError.databaseUnavailable(new Error()), begin],
    listProducts: [page()],
    listPrices: [page()],
  });
  await assertRejects(fill, AppError);
  await fill();
  assertEquals(names().at(-1), "completeFill");
});
