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
const FRESH = { ...SHOWN, data: [{ id: "prod_1", internal: "not in the shape" }], catalog: "fresh" };
const DUE = { ...FRESH, catalog: "due" };
const EMPTY = { ...FRESH, data: [], catalog: "empty" };

const FILLED = {
  claimFill: [{ run_id: 5, kind: null, cursor: null }],
  listObjects: [{ data: [], has_more: false }, { data: [], has_more: false }],
  recordPage: [true, true],
  listUnlisted: [[]],
  completeFill: [true],
};
const ANOTHER_RUN = { claimFill: [{ run_id: null, kind: null, cursor: null }] };

/** A list whose database gives these pages, with a fill that gets these answers. */
function createTestList(read: unknown[], fill: Answers = {}) {
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

/** The timer of a waiting caller outlives the response. */
const loose = { sanitizeOps: false, sanitizeResources: false };

Deno.test("A page has the fields of its public shape and no others", async () => {
  const { list, names } = createTestList([FRESH]);
  assertEquals(await list(), SHOWN);
  assertEquals(names(), ["readPage"]);
});

Deno.test("A page is the same object while it is fresh, and each query has its own", async () => {
  const { list } = createTestList([FRESH, { ...FRESH, data: [] }]);
  const page = await list();
  assertStrictEquals(await list(), page);
  assertNotEquals<unknown>(await list(21), page);
});

Deno.test("Concurrent calls share one read", async () => {
  const { list, names } = createTestList([FRESH]);
  await Promise.all(Array.from({ length: 100 }, () => list()));
  assertEquals(names(), ["readPage"]);
});

Deno.test("A due catalog is served at once and filled in the background", async () => {
  const stripe = Promise.withResolvers();
  const { list, names } = createTestList([DUE], {
    ...FILLED,
    listObjects: [() => stripe.promise, { data: [], has_more: false }],
  });
  assertEquals(await list(), SHOWN);
  stripe.resolve({ data: [], has_more: false });
  await until(() => names().includes("completeFill"));
});

Deno.test("A due catalog is served even if its fill fails", async () => {
  const { list, names } = createTestList([DUE], { claimFill: [AppError.databaseUnavailable(new Error())] });
  assertEquals(await list(), SHOWN);
  await until(() => names().includes("claimFill"));
});

Deno.test("A due catalog is served while another run fills it", async () => {
  const { list, names } = createTestList([DUE], ANOTHER_RUN);
  assertEquals(await list(), SHOWN);
  await until(() => names().includes("claimFill"));
  assertEquals(names(), ["readPage", "claimFill"]);
});

Deno.test({
  name: "The first call fills the catalog, waits and answers the result",
  ...loose,
  async fn() {
    const { list, names } = createTestList([EMPTY, FRESH], FILLED);
    assertEquals(await list(), SHOWN);
    assertEquals(names().slice(-2), ["completeFill", "readPage"]);
  },
});

Deno.test({
  name: "A caller waits while another run fills the catalog for the first time",
  ...loose,
  async fn() {
    const { list } = createTestList([EMPTY, EMPTY, EMPTY, FRESH], ANOTHER_RUN);
    assertEquals(await withoutPauses(() => list()), SHOWN);
  },
});

Deno.test({
  name: "A first fill that is not complete answers catalog_filling at once, and the next call resumes it",
  ...loose,
  async fn() {
    const many = Array.from({ length: 20 }, (_, n) => ({ data: [{ id: `prod_${n}` }], has_more: true }));
    const { list, names } = createTestList([EMPTY, EMPTY, FRESH], {
      ...FILLED,
      claimFill: [...FILLED.claimFill, ...FILLED.claimFill],
      listObjects: [...many, ...FILLED.listObjects],
      recordPage: Array(22).fill(true),
      failFill: [undefined],
    });
    const error = await assertRejects(() => list(), AppError);
    assertEquals([error.code, error.headers["retry-after"]], ["catalog_filling", "1"]);
    assertEquals(names().at(-1), "failFill");
    assertEquals(await list(), SHOWN);
  },
});

Deno.test({
  name: "A first fill that takes too long answers catalog_filling",
  ...loose,
  async fn() {
    const { list, names } = createTestList(Array(50).fill(EMPTY), ANOTHER_RUN);
    const error = await withoutPauses(() => assertRejects(() => list(), AppError));
    assertEquals([error.code, error.headers["retry-after"]], ["catalog_filling", "5"]);
    assertLessOrEqual(names().length, 15);
  },
});

Deno.test({
  name: "A first fill that hangs answers catalog_filling",
  ...loose,
  async fn() {
    const hanging = Promise.withResolvers();
    const { list } = createTestList(Array(50).fill(EMPTY), { claimFill: [() => hanging.promise] });
    const error = await withoutPauses(() => assertRejects(() => list(), AppError));
    assertEquals(error.code, "catalog_filling");
    hanging.resolve({ run_id: null });
  },
});

Deno.test({
  name: "A first fill that fails answers its error, and the next call fills again",
  ...loose,
  async fn() {
    const { list } = createTestList([EMPTY, EMPTY, FRESH], {
      ...FILLED,
      claimFill: [...FILLED.claimFill, ...FILLED.claimFill],
      listObjects: [AppError.stripeUnavailable(new Error(), 17), ...FILLED.listObjects],
      failFill: [undefined],
    });
    const error = await assertRejects(() => list(), AppError);
    assertEquals([error.code, error.headers["retry-after"]], ["stripe_unavailable", "17"]);
    assertEquals(await list(), SHOWN);
  },
});

Deno.test("A page is served while it is reloaded, until it is three quarters of a second old", async () => {
  const second = { ...FRESH, data: [{ id: "prod_2" }] };
  const third = { ...FRESH, data: [{ id: "prod_3" }] };
  const { list, names } = createTestList([FRESH, second, third]);
  await list();
  passTime(300);
  assertEquals(await list(), SHOWN);
  await until(async () => (await list()).data[0]?.id === "prod_2");
  assertEquals(names().length, 2);
  passTime(800);
  assertEquals((await list()).data, [{ id: "prod_3" }]);
});

Deno.test("An empty page is remembered as any other", async () => {
  const { list, names } = createTestList([{ ...FRESH, data: [] }]);
  for (let call = 0; call < 3; call++) assertEquals((await list()).data, []);
  assertEquals(names().length, 1);
});

Deno.test("An older page is served as long as an isolate lives while the database is unavailable", async () => {
  const unavailable = () => AppError.databaseUnavailable(new Error());
  const { list } = createTestList([FRESH, ...Array.from({ length: 5 }, unavailable)]);
  await list();
  passTime(190_000);
  assertEquals(await list(), SHOWN);
  passTime(11_000);
  await assertRejects(() => list(), AppError, "The database could not be reached");
});

Deno.test("A failed read without an older page answers its error, which is not cached", async () => {
  const { list } = createTestList([AppError.databaseUnavailable(new Error()), FRESH]);
  await assertRejects(() => list(), AppError);
  assertEquals(await list(), SHOWN);
});
