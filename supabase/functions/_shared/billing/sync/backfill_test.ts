import { assertEquals, assertRejects } from "@std/assert";
import { type Answers, type Calls, passTime, scripted, withoutPauses } from "../../../tests/gateways.ts";
import { AppError } from "../../errors.ts";
import { backfill, type BackfillGateways } from "./backfill.ts";

Deno.env.set("STRIPE_SECRET_KEY", "sk_test_unit");

const range = (kind: string, fields = {}) => (
  { id: 1, kind, created_from: null, created_to: null, page_cursor: null, listed: false, ...fields }
);
const SUMMARY = "entitlements.active_entitlement_summary";
const CLAIM = { run_id: 7, ranges: [range("customer")], counts: {} };
const customer = (id: string) => ({ id, object: "customer" });
const missing = () =>
  AppError.stripeUnavailable({ code: "resource_missing", param: "starting_after", statusCode: 400 });

async function run(answers: Answers) {
  passTime();
  const calls: Calls = [];
  const gateway = scripted<never>({ releaseBackfill: [undefined], ...answers }, calls);
  const gateways: BackfillGateways = { database: gateway, stripe: gateway };
  const answer = await withoutPauses(() => backfill(false, gateways)).catch((error) => error);
  return { answer, calls, names: calls.map(([name]) => name) };
}

Deno.test("A backfill lists a range page by page, and the ranges that the database names", async () => {
  const created = (id: string, created: number) => ({ ...customer(id), created });
  const rest = range("customer", { created_from: 1_700_000_000, page_cursor: "cus_2" });
  const older = range("customer", { id: 2, created_to: 1_700_000_000 });
  const { answer, calls } = await run({
    claimBackfill: [CLAIM],
    listObjects: [
      { data: [created("cus_3", 1_700_005_000), created("cus_2", 1_700_004_900)], has_more: true },
      { data: [created("cus_1", 1_700_004_800)], has_more: false },
      { data: [], has_more: false },
    ],
    recordBackfillPage: [[rest, older], [rest], "completed"],
  });
  assertEquals(answer, { state: "done", counts: { customer: 3 } });
  const lists = calls.filter(([name]) => name === "listObjects");
  assertEquals(lists.map(([, kind, after, , created]) => [kind, after, created]), [
    ["customer", undefined, {}],
    ["customer", undefined, { lt: 1_700_000_000 }],
    ["customer", "cus_2", { gte: 1_700_000_000 }],
  ]);
  assertEquals(calls.filter(([name]) => name === "recordBackfillPage").map(([, ...page]) => page), [
    [7, 1, [created("cus_3", 1_700_005_000), created("cus_2", 1_700_004_900)], "cus_2", 1_700_004_100],
    [7, 2, [created("cus_1", 1_700_004_800)], null, undefined],
    [7, 1, [], null, undefined],
  ]);
});

Deno.test("trap 12: a backfill that is completed or leased by another run lists nothing", async () => {
  const done = await run({ claimBackfill: [{ run_id: null, completed: true, counts: { customer: 3 } }] });
  assertEquals([done.answer, done.names], [{ state: "done", counts: { customer: 3 } }, ["claimBackfill"]]);
  const busy = await run({ claimBackfill: [{ run_id: null, completed: false, counts: {} }] });
  assertEquals(busy.answer, { state: "busy", counts: {} });
});

Deno.test("A backfill that was overtaken stops", async () => {
  const { answer, names } = await run({
    claimBackfill: [CLAIM],
    listObjects: [{ data: [], has_more: true }],
    recordBackfillPage: ["overtaken"],
  });
  assertEquals([answer.state, names.at(-1)], ["busy", "releaseBackfill"]);
});

Deno.test("A range that is listed to its end while mappings are rebuilt reads nothing at Stripe", async () => {
  const listed = range("customer", { listed: true });
  const { answer, calls } = await run({
    claimBackfill: [CLAIM],
    listObjects: [{ data: [customer("cus_1")], has_more: false }],
    recordBackfillPage: [[listed], [listed], "completed"],
  });
  assertEquals(answer, { state: "done", counts: { customer: 1 } });
  assertEquals(calls.filter(([name]) => name === "recordBackfillPage").slice(1), [
    ["recordBackfillPage", 7, 1, [], null, undefined],
    ["recordBackfillPage", 7, 1, [], null, undefined],
  ]);
});

Deno.test("A cursor whose object was deleted lists its range from the start", async () => {
  const { calls } = await run({
    claimBackfill: [{ ...CLAIM, ranges: [range("customer", { page_cursor: "cus_gone" })] }],
    listObjects: [missing(), { data: [], has_more: false }],
    recordBackfillPage: ["completed"],
  });
  assertEquals(calls.filter(([name]) => name === "listObjects").map(([, kind, after]) => [kind, after]), [
    ["customer", "cus_gone"],
    ["customer", undefined],
  ]);
});

Deno.test("A kind that is listed per customer is retrieved for each subscriber, fifty a page", async () => {
  const ids = Array.from({ length: 50 }, (_, number) => `cus_${String(number).padStart(2, "0")}`);
  const summary = () => ({ id: "x", object: SUMMARY });
  const { answer, calls } = await run({
    claimBackfill: [{ ...CLAIM, ranges: [range(SUMMARY)] }],
    listSubscribersAfter: [ids, ["cus_99"]],
    retrieveObject: Array.from({ length: 51 }, () => summary),
    recordBackfillPage: [[range(SUMMARY, { page_cursor: "cus_49" })], "completed"],
  });
  assertEquals(answer.counts, { [SUMMARY]: 51 });
  assertEquals(calls.filter(([name]) => name === "listSubscribersAfter"), [
    ["listSubscribersAfter", null, 50],
    ["listSubscribersAfter", "cus_49", 50],
  ]);
});

Deno.test("A kind that is listed per customer waits for the last page of subscriptions", async () => {
  const summaries = range(SUMMARY, { id: 2 });
  const { calls } = await run({
    claimBackfill: [{ ...CLAIM, ranges: [range("subscription"), summaries] }],
    listObjects: [{ data: [], has_more: false }],
    listSubscribersAfter: [[]],
    recordBackfillPage: [[summaries], "completed"],
  });
  assertEquals(calls.map(([name]) => name).slice(-5), [
    "listObjects",
    "recordBackfillPage",
    "listSubscribersAfter",
    "recordBackfillPage",
    "releaseBackfill",
  ]);
});

Deno.test("A failure ends the batch and releases the lease", async () => {
  const { answer, names } = await run({
    claimBackfill: [CLAIM],
    listObjects: [AppError.stripeUnavailable(new Error())],
  });
  await assertRejects(() => Promise.reject(answer), AppError, "Stripe could not be reached");
  assertEquals(names.at(-1), "releaseBackfill");
});

Deno.test("A batch lists at most thirty pages, and answers more", async () => {
  const pages = Array.from({ length: 40 }, (_, n) => ({ data: [customer(`cus_${n}`)], has_more: true }));
  const { answer, calls } = await run({
    claimBackfill: [CLAIM],
    listObjects: pages,
    recordBackfillPage: pages.map(({ data: [{ id } = { id: "" }] }) => [range("customer", { page_cursor: id })]),
  });
  assertEquals(answer, { state: "more", counts: { customer: 30 } });
  assertEquals(calls.filter(([name]) => name === "listObjects").length, 30);
});

Deno.test("A batch that leaves more to do answers how far the backfill is, when the database knows it", async () => {
  const pages = Array.from({ length: 40 }, (_, n) => ({ data: [customer(`cus_${n}`)], has_more: true }));
  const recordBackfillPage = pages.map(({ data: [{ id } = { id: "" }] }) => [range("customer", { page_cursor: id })]);
  const batch = { claimBackfill: [CLAIM], listObjects: pages, recordBackfillPage };
  assertEquals((await run({ ...batch, releaseBackfill: [0.25] })).answer.share, 0.25);
  const unknown = await run({ ...batch, releaseBackfill: [null] });
  assertEquals(Object.keys(unknown.answer), ["state", "counts"]);
  const unreleased = await run({ ...batch, releaseBackfill: [AppError.databaseUnavailable(new Error())] });
  assertEquals(Object.keys(unreleased.answer), ["state", "counts"]);
});

Deno.test("Lists that are being read when another one fails are recorded", async () => {
  const { promise: failed, reject } = Promise.withResolvers();
  const { answer, calls, names } = await run({
    claimBackfill: [{ ...CLAIM, ranges: [range("customer"), range("invoice", { id: 2 })] }],
    listObjects: [() => failed, () => {
      reject(AppError.stripeUnavailable(new Error()));
      return new Promise((resume) => setTimeout(() => resume({ data: [customer("in_1")], has_more: true })));
    }],
    recordBackfillPage: [[range("invoice", { id: 2, page_cursor: "in_1" })]],
  });
  assertEquals(answer.code, "stripe_unavailable");
  assertEquals(calls.filter(([name]) => name === "recordBackfillPage").map(([, , id]) => id), [2]);
  assertEquals(names.at(-1), "releaseBackfill");
});

Deno.test("A kind that the key may not read is skipped and named, and the next kind is listed", async () => {
  const { answer, calls } = await run({
    claimBackfill: [CLAIM],
    listObjects: [
      AppError.notConfigured("lacks", { type: "StripePermissionError" }),
      { data: [{ id: "in_1", object: "invoice" }], has_more: false },
    ],
    recordBackfillPage: [[range("invoice", { id: 2 })], "completed"],
  });
  assertEquals(answer, { state: "done", counts: { customer: 0, invoice: 1 }, skipped: ["customer"] });
  assertEquals(calls.find(([name]) => name === "recordBackfillPage"), [
    "recordBackfillPage",
    7,
    1,
    [],
    null,
    undefined,
  ]);
});

Deno.test("A key that is refused altogether ends the backfill", async () => {
  const refused = AppError.notConfigured("refused", { type: "StripeAuthenticationError" });
  const { answer, names } = await run({ claimBackfill: [CLAIM], listObjects: [refused] });
  assertEquals([answer.code, names.at(-1)], ["not_configured", "releaseBackfill"]);
});
