import { assertEquals, assertLessOrEqual, assertNotEquals, assertRejects, assertStrictEquals } from "@std/assert";
import * as z from "zod/mini";
import { type Answers, type Calls, passTime, scripted, withoutPauses } from "../../../tests/gateways.ts";
import { until } from "../../../tests/until.ts";
import { AppError } from "../../errors.ts";
import { createList, type ListGateways } from "./list_catalog.ts";

const Shape = z.object({
  data: z.array(z.object({ id: z.string() })),
  has_more: z.boolean(),
  next_cursor: z.nullable(z.string()),
});
const SHOWN = { data: [{ id: "prod_1" }], has_more: false, next_cursor: null };
const FRESH = { ...SHOWN, data: [{ id: "prod_1", internal: "not in the shape" }], version: 1, catalog: "fresh" };
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

/** A list whose database gives these pages, with a fill and a version that get these answers. */
function createTestList(read: unknown[], fill: Answers = {}) {
  passTime();
  const calls: Calls = [];
  const { readPage } = scripted<{ readPage: () => Promise<never> }>({ readPage: read }, calls);
  const gateways: ListGateways = { database: scripted(fill, calls), stripe: scripted(fill, calls) };
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

const UNCHANGED = { version: 1, catalog: "fresh" };
const CHANGED = { version: 2, catalog: "fresh" };
const NEWER = { ...FRESH, ...CHANGED, data: [{ id: "prod_2" }] };

Deno.test("A page is read again only when the version of the catalog has grown", async () => {
  const { list, names } = createTestList([FRESH, NEWER], { readVersion: [UNCHANGED, UNCHANGED, CHANGED] });
  for (const expected of [SHOWN, SHOWN, SHOWN, { ...SHOWN, data: NEWER.data }]) {
    assertEquals(await list(), expected);
    passTime(800);
  }
  assertEquals(names(), ["readPage", "readVersion", "readVersion", "readVersion", "readPage"]);
});

Deno.test("A page is served while the version is reloaded, until that is three quarters of a second old", async () => {
  const { list, names } = createTestList([FRESH, NEWER], { readVersion: [CHANGED] });
  await list();
  passTime(600);
  assertEquals(await list(), SHOWN);
  await until(async () => (await list()).data[0]?.id === "prod_2");
  assertEquals(names(), ["readPage", "readVersion", "readPage"]);
});

Deno.test("A page that is newer than the version that is known is read once", async () => {
  const { list, names } = createTestList([FRESH, NEWER], { readVersion: [UNCHANGED] });
  await list();
  passTime(800);
  await list();
  for (let call = 0; call < 3; call++) assertEquals((await list(21)).data, NEWER.data);
  assertEquals(names(), ["readPage", "readVersion", "readPage"]);
});

Deno.test("All pages and all simultaneous calls share one version", async () => {
  const limits = [20, 21, 22, 23, 24];
  const { list, names } = createTestList(limits.map(() => FRESH), { readVersion: [UNCHANGED, UNCHANGED] });
  for (let round = 0; round < 3; round++) {
    await Promise.all([...limits, ...limits].map(list));
    passTime(800);
  }
  assertEquals(Map.groupBy(names(), (name) => name).get("readVersion")?.length, 2);
  assertEquals(Map.groupBy(names(), (name) => name).get("readPage")?.length, 5);
});

Deno.test("A version that says that the catalog is due fills it in the background", async () => {
  const { list, names } = createTestList([FRESH], { ...ANOTHER_RUN, readVersion: [{ version: 1, catalog: "due" }] });
  await list();
  passTime(800);
  assertEquals(await list(), SHOWN);
  await until(() => names().includes("claimFill"));
});

Deno.test("A page whose version is outdated is served when reading it again fails", async () => {
  const unavailable = AppError.databaseUnavailable(new Error());
  const { list, names } = createTestList([FRESH, unavailable], { readVersion: [CHANGED] });
  await list();
  passTime(800);
  for (let call = 0; call < 3; call++) assertEquals(await list(), SHOWN);
  assertEquals(names(), ["readPage", "readVersion", "readPage"]);
});

Deno.test("An empty page is remembered as any other", async () => {
  const { list, names } = createTestList([{ ...FRESH, data: [] }]);
  for (let call = 0; call < 3; call++) assertEquals((await list()).data, []);
  assertEquals(names().length, 1);
});

Deno.test("An older page is served as long as an isolate lives while the database is unavailable", async () => {
  const unavailable = () => AppError.databaseUnavailable(new Error());
  const { list } = createTestList([FRESH, unavailable()], { readVersion: Array.from({ length: 5 }, unavailable) });
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
