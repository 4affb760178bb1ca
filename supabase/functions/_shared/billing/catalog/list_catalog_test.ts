import { assertEquals, assertLessOrEqual, assertNotEquals, assertRejects, assertStrictEquals } from "@std/assert";
import * as z from "zod/mini";
import { type Answers, type Calls, passTime, scripted, withoutPauses } from "../../../tests/gateways.ts";
import { until } from "../../../tests/until.ts";
import { AppError } from "../../errors.ts";
import type { FillGateways } from "./fill_catalog.ts";
import { createList } from "./list_catalog.ts";

const Shape = z.object({
  data: z.array(z.object({ id: z.string() })),
  has_more: z.boolean(),
  next_cursor: z.nullable(z.string()),
});
const SHOWN = { data: [{ id: "prod_1" }], has_more: false, next_cursor: null };
const FRESH = { ...SHOWN, data: [{ id: "prod_1", secret: "not ours to tell" }], catalog: "fresh" };
const DUE = { ...FRESH, catalog: "due" };
const EMPTY = { ...FRESH, data: [], catalog: "empty" };

const FILLED = {
  claimFill: [{ run_id: 5, cursor: null, retry_after: null }],
  readAccount: ["acct_1"],
  confirmAccount: [undefined],
  listProducts: [{ data: [], has_more: false }],
  listPrices: [{ data: [], has_more: false }],
  recordPage: [true, true],
  completeFill: [true],
};
const ANOTHER_FILLS = { claimFill: [{ run_id: null, cursor: null, retry_after: 9 }] };

/** A list of its own, whose database answers these pages, and a fill with these answers. */
function lists(read: unknown[], fill: Answers = {}) {
  passTime();
  const calls: Calls = [];
  const { readPage } = scripted<{ readPage: () => Promise<never> }>({ readPage: read }, calls);
  const gateways: FillGateways = { database: scripted(fill, calls), stripe: scripted(fill, calls) };
  const list = createList<{ limit: number }, z.infer<typeof Shape>>(Shape);
  return {
    list: async (limit = 20) => await list({ limit }, readPage, gateways),
    names: () => calls.map(([name]) => name),
  };
}

/** The timer of a caller's patience outlives the answer. */
const loose = { sanitizeOps: false, sanitizeResources: false };

Deno.test("A page shows what is promised and nothing else", async () => {
  const { list, names } = lists([FRESH]);
  assertEquals(await list(), SHOWN);
  assertEquals(names(), ["readPage"]);
});

Deno.test("A page is the same object while it is fresh, and each query has its own", async () => {
  const { list } = lists([FRESH, { ...FRESH, data: [] }]);
  const page = await list();
  assertStrictEquals(await list(), page);
  assertNotEquals<unknown>(await list(21), page);
});

Deno.test("Callers at the same time share one read", async () => {
  const { list, names } = lists([FRESH]);
  await Promise.all(Array.from({ length: 100 }, () => list()));
  assertEquals(names(), ["readPage"]);
});

Deno.test("A due catalog is served at once and filled behind the answer", async () => {
  const stripe = Promise.withResolvers();
  const { list, names } = lists([DUE], { ...FILLED, listProducts: [() => stripe.promise] });
  assertEquals(await list(), SHOWN);
  stripe.resolve({ data: [], has_more: false });
  await until(() => names().includes("completeFill"));
});

Deno.test("A due catalog is served although its fill fails", async () => {
  const { list, names } = lists([DUE], { claimFill: [AppError.databaseUnavailable(new Error())] });
  assertEquals(await list(), SHOWN);
  await until(() => names().includes("claimFill"));
});

Deno.test("A due catalog is served while another fills it", async () => {
  const { list, names } = lists([DUE], ANOTHER_FILLS);
  assertEquals(await list(), SHOWN);
  await until(() => names().includes("claimFill"));
  assertEquals(names(), ["readPage", "claimFill"]);
});

Deno.test({
  name: "The first call ever fills, waits and answers what was filled",
  ...loose,
  async fn() {
    const { list, names } = lists([EMPTY, FRESH], FILLED);
    assertEquals(await list(), SHOWN);
    assertEquals(names().slice(-2), ["completeFill", "readPage"]);
  },
});

Deno.test({
  name: "While another fills for the first time, a caller waits for it",
  ...loose,
  async fn() {
    const { list } = lists([EMPTY, EMPTY, EMPTY, FRESH], ANOTHER_FILLS);
    assertEquals(await withoutPauses(() => list()), SHOWN);
  },
});

Deno.test({
  name: "A first fill that takes too long asks the caller to come back",
  ...loose,
  async fn() {
    const { list, names } = lists(Array(50).fill(EMPTY), ANOTHER_FILLS);
    const error = await withoutPauses(() => assertRejects(() => list(), AppError));
    assertEquals([error.code, error.headers["retry-after"]], ["catalog_filling", "5"]);
    assertLessOrEqual(names().length, 15);
  },
});

Deno.test({
  name: "A caller's patience ends before a first fill that hangs",
  ...loose,
  async fn() {
    const hanging = Promise.withResolvers();
    const { list } = lists(Array(50).fill(EMPTY), { claimFill: [() => hanging.promise] });
    const error = await withoutPauses(() => assertRejects(() => list(), AppError));
    assertEquals(error.code, "catalog_filling");
    hanging.resolve({ run_id: null });
  },
});

Deno.test({
  name: "A first fill that fails is answered as such, and the next call fills again",
  ...loose,
  async fn() {
    const { list } = lists([EMPTY, EMPTY, FRESH], {
      ...FILLED,
      claimFill: [...FILLED.claimFill, ...FILLED.claimFill],
      readAccount: [AppError.stripeUnavailable(new Error(), 17), "acct_1"],
      failFill: [undefined],
    });
    const error = await assertRejects(() => list(), AppError);
    assertEquals([error.code, error.headers["retry-after"]], ["stripe_unavailable", "17"]);
    assertEquals(await list(), SHOWN);
  },
});

Deno.test("A page is served while it is read again, unless it is older than three quarters of a second", async () => {
  const second = { ...FRESH, data: [{ id: "prod_2" }] };
  const third = { ...FRESH, data: [{ id: "prod_3" }] };
  const { list, names } = lists([FRESH, second, third]);
  await list();
  passTime(300);
  assertEquals(await list(), SHOWN);
  await until(async () => (await list()).data[0]?.id === "prod_2");
  assertEquals(names().length, 2);
  passTime(800);
  assertEquals((await list()).data, [{ id: "prod_3" }]);
});

Deno.test("A page of before is served for an hour while the database is away", async () => {
  const away = () => AppError.databaseUnavailable(new Error());
  const { list } = lists([FRESH, ...Array.from({ length: 5 }, away)]);
  await list();
  passTime(3_000_000);
  assertEquals(await list(), SHOWN);
  passTime(700_000);
  await assertRejects(() => list(), AppError, "The database could not be reached");
});

Deno.test("A read that fails with nothing to stand in is answered and not remembered", async () => {
  const { list } = lists([AppError.databaseUnavailable(new Error()), FRESH]);
  await assertRejects(() => list(), AppError);
  assertEquals(await list(), SHOWN);
});
