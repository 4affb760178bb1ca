import { assertEquals } from "@std/assert";
import { type Answers, type Calls, scripted, withoutPauses } from "../../../tests/gateways.ts";
import { AppError } from "../../errors.ts";
import { startTimeBudget } from "./time_budget.ts";
import { detectDrift, type DriftGateways } from "./detect_drift.ts";

const due = ["prod_1", "prod_2", "prod_3"].map((object_id) => ({ object: "product", object_id }));
const [one, two, three] = due.map(({ object, object_id }) => ({ object, id: object_id }));

/** The result of a drift check of three rows. */
async function check(answers: Answers) {
  const calls: Calls = [];
  const all = { listLeastRecentlyFetched: [due], drawTicket: [7, 8, 9], retrieveObject: [one, two, three], ...answers };
  const gateways = { database: scripted(all, calls), stripe: scripted(all, calls) } as DriftGateways;
  return { counts: await withoutPauses(() => detectDrift(startTimeBudget(30, 50), gateways)), calls };
}

Deno.test("Each object is fetched under a ticket that was drawn before", async () => {
  const { counts, calls } = await check({ recordDriftCheck: [0, 1, 0] });
  assertEquals(counts, { refetched: 3, drifted: 1, failed: 0 });
  assertEquals(calls.slice(1, 4), [["drawTicket"], ["retrieveObject", due[0]], ["recordDriftCheck", 7, [one]]]);
});

Deno.test("An object that cannot be recorded does not block the others", async () => {
  const { counts } = await check({ recordDriftCheck: [AppError.internal(undefined, { code: "22P05" }), 0, 0] });
  assertEquals(counts, { refetched: 2, drifted: 0, failed: 1 });
});

Deno.test("An outage ends the drift check after the first failure", async () => {
  const { counts, calls } = await check({
    retrieveObject: [one, AppError.stripeUnavailable(undefined)],
    recordDriftCheck: [0],
  });
  assertEquals(counts, { refetched: 1, drifted: 0, failed: 1 });
  assertEquals(calls.filter(([name]) => name === "retrieveObject").length, 2);
});

Deno.test("A kind that the key may not read is read once, and the other kinds are checked", async () => {
  const invoices = ["in_1", "in_2"].map((object_id) => ({ object: "invoice", object_id }));
  const { counts, calls } = await check({
    listLeastRecentlyFetched: [[...invoices, ...due]],
    drawTicket: [1, 2, 3, 4],
    retrieveObject: [AppError.notConfigured("lacks", { type: "StripePermissionError" }), one, two, three],
    recordDriftCheck: [0, 0, 0],
  });
  assertEquals(counts, { refetched: 3, drifted: 0, failed: 1 });
  assertEquals(calls.filter(([name]) => name === "retrieveObject").length, 4);
});
