import { assertEquals } from "@std/assert";
import { type Answers, type Calls, scripted, withoutPauses } from "../../../tests/gateways.ts";
import { AppError } from "../../errors.ts";
import { WALKS } from "../../stripe/mirrored.ts";
import { startTimeBudget } from "./time_budget.ts";
import { detectDrift, type DriftGateways } from "./detect_drift.ts";

const RUN = 5;
const claim = (kind: string, more: object = {}) => ({
  ...{ kind, scope: "all", ticket: 7, page_cursor: null, ids: null },
  ...more,
});
const products = ["prod_2", "prod_1"].map((id, n) => ({ id, object: "product", created: 20 - n }));
const [two, one] = products;
const list = (data: object[], more: object = {}) => ({ data, has_more: false, cut: [], cut_field: null, ...more });
const nothing = { drifted: 0, singles: [] };
const single = (object_id: string, object = "product") => ({ object, object_id });
const forbidden = () => AppError.notConfigured("lacks", { type: "StripePermissionError" });
const poison = () => AppError.internal(undefined, { code: "22P05" });

/** The result of a run with these answers, and the calls after the claims. */
async function run(answers: Answers, fetches = 100) {
  const calls: Calls = [];
  const gateways = { database: scripted(answers, calls), stripe: scripted(answers, calls) } as DriftGateways;
  const counts = await withoutPauses(() => detectDrift(RUN, startTimeBudget(30, fetches), gateways));
  return { counts, calls, names: calls.map(([name]) => name) };
}

Deno.test("A page is listed after its ticket was drawn, and recorded with where the next begins", async () => {
  const first = claim("product");
  const { counts, calls } = await run({
    claimDriftPage: [first, { kind: null }],
    listBare: [list(products, { has_more: true })],
    recordDriftPage: [{ drifted: 1, singles: [] }],
  });
  assertEquals(counts, { refetched: 2, drifted: 1, failed: 0 });
  assertEquals(calls, [
    ["claimDriftPage", RUN, WALKS],
    ["listBare", "product", undefined, false],
    ["recordDriftPage", RUN, first, { objects: products, cut: [], cut_field: null, oldest: 19, cursor: "prod_1" }, []],
    ["claimDriftPage", RUN, WALKS],
  ]);
});

Deno.test("The end of a list has no cursor, and a live list is listed live", async () => {
  const { calls } = await run({
    claimDriftPage: [claim("subscription", { scope: "live", page_cursor: "sub_9" }), { kind: null }],
    listBare: [list([])],
    recordDriftPage: [nothing],
  });
  assertEquals(calls[1], ["listBare", "subscription", "sub_9", true]);
  assertEquals(calls[2]![3], { objects: [], cut: [], cut_field: null, oldest: null, cursor: null });
});

Deno.test("The links of an invoice are not compared, neither on a page nor singly", async () => {
  const { calls } = await run({
    claimDriftPage: [claim("invoice"), { kind: null }],
    listBare: [list([])],
    recordDriftPage: [{ drifted: 0, singles: [single("in_1", "invoice")] }],
    drawTicket: [8],
    retrieveObject: [{ id: "in_1", object: "invoice" }],
    recordDriftCheck: [0],
  });
  const unstable = ["hosted_invoice_url", "invoice_pdf", "webhooks_delivered_at"];
  assertEquals(calls.flatMap(([name, ...args]) => name.startsWith("record") ? [args.at(-1)] : []), [
    unstable,
    unstable,
  ]);
});

Deno.test("What a list does not show is fetched singly, each under a ticket of its own", async () => {
  const { counts, calls } = await run({
    claimDriftPage: [claim("product"), { kind: null }],
    listBare: [list([])],
    recordDriftPage: [{ drifted: 0, singles: [single("prod_1"), single("prod_2")] }],
    drawTicket: [8, 9],
    retrieveObject: [one, two],
    recordDriftCheck: [1, 0],
  });
  assertEquals(counts, { refetched: 2, drifted: 1, failed: 0 });
  assertEquals(calls.slice(3, 6), [["drawTicket"], ["retrieveObject", single("prod_1")], [
    "recordDriftCheck",
    8,
    [one],
    [],
  ]]);
});

Deno.test("What the last page of a run does not show is fetched, though the work is used up", async () => {
  const { counts } = await run({
    claimDriftPage: [claim("product")],
    listBare: [list([])],
    recordDriftPage: [{ drifted: 0, singles: [single("prod_1"), single("prod_2")] }],
    drawTicket: [8, 9],
    retrieveObject: [one, two],
    recordDriftCheck: [1, 0],
  }, 5);
  assertEquals(counts, { refetched: 2, drifted: 1, failed: 0 });
});

Deno.test("A single object that cannot be recorded does not block the others", async () => {
  const { counts, names } = await run({
    claimDriftPage: [claim("product"), { kind: null }],
    listBare: [list([])],
    recordDriftPage: [{ drifted: 0, singles: [single("prod_1"), single("prod_2")] }],
    drawTicket: [8, 9],
    retrieveObject: [one, two],
    recordDriftCheck: [poison(), 0],
  });
  assertEquals(counts, { refetched: 1, drifted: 0, failed: 1 });
  assertEquals(names.at(-1), "claimDriftPage");
});

Deno.test("A page that cannot be recorded is passed, and its objects are fetched singly", async () => {
  const { counts, calls } = await run({
    claimDriftPage: [claim("product"), { kind: null }],
    listBare: [list(products, { has_more: true })],
    recordDriftPage: [poison(), { drifted: 0, singles: [single("prod_1")] }],
    drawTicket: [8],
    retrieveObject: [one],
    recordDriftCheck: [0],
  });
  assertEquals(counts, { refetched: 3, drifted: 0, failed: 1 });
  assertEquals(calls[3]![3], { objects: [], cut: [], cut_field: null, oldest: 19, cursor: "prod_1" });
});

Deno.test("A kind that Stripe lists by customer is fetched customer by customer", async () => {
  const object = "entitlements.active_entitlement_summary";
  const summary = claim(object, { scope: "customer", ids: ["cus_1", "cus_2"] });
  const { counts, calls, names } = await run({
    claimDriftPage: [summary, claim(object, { scope: "customer", ids: [] }), { kind: null }],
    drawTicket: [8, 9],
    retrieveObject: [{ id: "cus_1", object }, { id: "cus_2", object }],
    recordDriftCheck: [0, 0],
    recordDriftPage: [nothing, nothing],
  });
  assertEquals(counts, { refetched: 2, drifted: 0, failed: 0 });
  assertEquals(names.includes("listBare"), false);
  const cursors = calls.flatMap(([name, , , page]) =>
    name === "recordDriftPage" ? [(page as { cursor: unknown }).cursor] : []
  );
  assertEquals(cursors, ["cus_2", null]);
});

Deno.test("A kind that the key may not read is reported and left out, and the next is read", async () => {
  const invoices = claim("invoice");
  const { counts, calls } = await run({
    claimDriftPage: [invoices, claim("product"), { kind: null }],
    listBare: [forbidden(), list(products)],
    stopDriftWalk: [undefined],
    recordDriftPage: [nothing],
  });
  assertEquals(counts, { refetched: 2, drifted: 0, failed: 1 });
  assertEquals(calls[2], ["stopDriftWalk", RUN, invoices, false]);
});

Deno.test("A list whose cursor was deleted is read from its start, which is no failure", async () => {
  const gone = AppError.stripeUnavailable({ code: "resource_missing", statusCode: 400, param: "starting_after" });
  const place = claim("product", { page_cursor: "prod_9" });
  const { counts, calls } = await run({
    claimDriftPage: [place, { kind: null }],
    listBare: [gone],
    stopDriftWalk: [undefined],
  });
  assertEquals(counts.failed, 0);
  assertEquals(calls[2], ["stopDriftWalk", RUN, place, true]);
});

Deno.test("An outage ends the run after the first failure, and the walk resumes where it was", async () => {
  const { counts, names } = await run({
    claimDriftPage: [claim("product")],
    listBare: [AppError.stripeUnavailable(undefined)],
  });
  assertEquals(counts, { refetched: 0, drifted: 0, failed: 1 });
  assertEquals(names, ["claimDriftPage", "listBare"]);
});

Deno.test("A run that was overtaken stops", async () => {
  const { names } = await run({
    claimDriftPage: [claim("product")],
    listBare: [list(products)],
    recordDriftPage: [null],
  });
  assertEquals(names, ["claimDriftPage", "listBare", "recordDriftPage"]);
});

Deno.test("A run reads as many pages as its work allows", async () => {
  const { names } = await run({
    claimDriftPage: Array(9).fill(claim("product")),
    listBare: Array(9).fill(list(products)),
    recordDriftPage: Array(9).fill(nothing),
  }, 20);
  assertEquals(names.filter((name) => name === "listBare").length, 4);
});

Deno.test("A run without time reads nothing", async () => {
  assertEquals((await run({}, 0)).names, []);
});
