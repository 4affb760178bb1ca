import { assertEquals } from "@std/assert";
import { type Answers, type Calls, scripted, withoutPauses } from "../../../tests/gateways.ts";
import { AppError } from "../../errors.ts";
import { startTimeBudget } from "./time_budget.ts";
import type { ReconcileGateways } from "./reconcile.ts";
import { detectDrift } from "./detect_drift.ts";

const stale = ["prod_1", "prod_2", "prod_3"].map((object_id) => ({ object: "product", object_id }));
const [one, two, three] = stale.map(({ object, object_id }) => ({ object, id: object_id }));

/** What came of each look, of three rows that are stale. */
async function rereadOf(answers: Answers) {
  const calls: Calls = [];
  const all = { listLeastRecentlyFetched: [stale], drawTicket: [7, 8, 9], readObject: [one, two, three], ...answers };
  const gateways = { database: scripted(all, calls), stripe: scripted(all, calls) } as ReconcileGateways;
  return { done: await withoutPauses(() => detectDrift(startTimeBudget(30), gateways)), calls };
}

Deno.test("What is stale is read again, each under a ticket that was drawn before", async () => {
  const { done, calls } = await rereadOf({ recordDriftCheck: [0, 1, 0] });
  assertEquals(done, { refetched: 3, drifted: 1, failed: 0 });
  assertEquals(calls.slice(1, 4), [["drawTicket"], ["readObject", stale[0]], ["recordDriftCheck", 7, [one]]]);
});

Deno.test("A row that cannot be recorded keeps no other from its turn", async () => {
  const { done } = await rereadOf({ recordDriftCheck: [AppError.internal(undefined, { code: "22P05" }), 0, 0] });
  assertEquals(done, { refetched: 2, drifted: 0, failed: 1 });
});

Deno.test("An outage ends the rereading: the next look would fail as well, and the next run goes on", async () => {
  const { done, calls } = await rereadOf({
    readObject: [one, AppError.stripeUnavailable(undefined)],
    recordDriftCheck: [0],
  });
  assertEquals(done, { refetched: 1, drifted: 0, failed: 1 });
  assertEquals(calls.filter(([name]) => name === "readObject").length, 2);
});
