import { assertEquals, assertRejects } from "@std/assert";
import { type Answers, type Calls, passTime, scripted, withoutPauses } from "../../../tests/gateways.ts";
import { AppError } from "../../errors.ts";
import { backfill, type BackfillGateways } from "./backfill.ts";

const CLAIM = { run_id: 7, kind: "customer", page_cursor: null, counts: {} };
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

Deno.test("A backfill lists a kind page by page, then the next kind that the database names", async () => {
  const { answer, calls } = await run({
    claimBackfill: [CLAIM],
    listObjects: [
      { data: [customer("cus_2")], has_more: true },
      { data: [customer("cus_1")], has_more: false },
      { data: [], has_more: false },
    ],
    recordBackfillPage: [
      { kind: "customer", page_cursor: "cus_2" },
      { kind: "invoice", page_cursor: null },
      "completed",
    ],
  });
  assertEquals(answer, { state: "done", counts: { customer: 2, invoice: 0 } });
  assertEquals(calls.filter(([name]) => name === "listObjects").map(([, kind, after]) => [kind, after]), [
    ["customer", undefined],
    ["customer", "cus_2"],
    ["invoice", undefined],
  ]);
  assertEquals(calls.filter(([name]) => name === "recordBackfillPage"), [
    ["recordBackfillPage", 7, "customer", [customer("cus_2")], "cus_2"],
    ["recordBackfillPage", 7, "customer", [customer("cus_1")], null],
    ["recordBackfillPage", 7, "invoice", [], null],
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

Deno.test("A page that is repeated while mappings are rebuilt is counted once", async () => {
  const page = { data: [customer("cus_1")], has_more: false };
  const { answer } = await run({
    claimBackfill: [CLAIM],
    listObjects: [page, page],
    recordBackfillPage: [{ kind: "customer", page_cursor: null }, "completed"],
  });
  assertEquals(answer, { state: "done", counts: { customer: 1 } });
});

Deno.test("A cursor whose object was deleted lists its kind from the start", async () => {
  const { calls } = await run({
    claimBackfill: [{ ...CLAIM, page_cursor: "cus_gone" }],
    listObjects: [missing(), { data: [], has_more: false }],
    recordBackfillPage: ["completed"],
  });
  assertEquals(calls.filter(([name]) => name === "listObjects").map(([, kind, after]) => [kind, after]), [
    ["customer", "cus_gone"],
    ["customer", undefined],
  ]);
});

Deno.test("A kind that is listed per customer is retrieved for each mirrored customer, twenty a page", async () => {
  const ids = Array.from({ length: 20 }, (_, number) => `cus_${String(number).padStart(2, "0")}`);
  const summary = () => ({ id: "x", object: "entitlements.active_entitlement_summary" });
  const { answer, calls } = await run({
    claimBackfill: [{ ...CLAIM, kind: "entitlements.active_entitlement_summary" }],
    listCustomersAfter: [ids, ["cus_99"]],
    retrieveObject: Array.from({ length: 21 }, () => summary),
    recordBackfillPage: [{ kind: "entitlements.active_entitlement_summary", page_cursor: "cus_19" }, "completed"],
  });
  assertEquals(answer.counts, { "entitlements.active_entitlement_summary": 21 });
  assertEquals(calls.filter(([name]) => name === "listCustomersAfter"), [
    ["listCustomersAfter", null, 20],
    ["listCustomersAfter", "cus_19", 20],
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

Deno.test("A batch lists at most twelve pages, and answers more", async () => {
  const pages = Array.from({ length: 30 }, (_, n) => ({ data: [customer(`cus_${n}`)], has_more: true }));
  const { answer, calls } = await run({
    claimBackfill: [CLAIM],
    listObjects: pages,
    recordBackfillPage: pages.map(({ data: [{ id } = { id: "" }] }) => ({ kind: "customer", page_cursor: id })),
  });
  assertEquals(answer, { state: "more", counts: { customer: 12 } });
  assertEquals(calls.filter(([name]) => name === "listObjects").length, 12);
});

Deno.test("A kind that the key may not read is skipped and named, and the next kind is listed", async () => {
  const { answer, calls } = await run({
    claimBackfill: [CLAIM],
    listObjects: [
      AppError.notConfigured("lacks", { type: "StripePermissionError" }),
      { data: [{ id: "in_1", object: "invoice" }], has_more: false },
    ],
    recordBackfillPage: [{ kind: "invoice", page_cursor: null }, "completed"],
  });
  assertEquals(answer, { state: "done", counts: { customer: 0, invoice: 1 }, skipped: ["customer"] });
  assertEquals(calls.find(([name]) => name === "recordBackfillPage"), ["recordBackfillPage", 7, "customer", [], null]);
});

Deno.test("A key that is refused altogether ends the backfill", async () => {
  const refused = AppError.notConfigured("refused", { type: "StripeAuthenticationError" });
  const { answer, names } = await run({ claimBackfill: [CLAIM], listObjects: [refused] });
  assertEquals([answer.code, names.at(-1)], ["not_configured", "releaseBackfill"]);
});
