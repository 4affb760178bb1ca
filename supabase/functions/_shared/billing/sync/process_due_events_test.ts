import { assertEquals, assertRejects } from "@std/assert";
import { type Answers, type Calls, passTime, scripted, withoutPauses } from "../../../tests/gateways.ts";
import { AppError } from "../../errors.ts";
import { processDueEvents } from "./process_due_events.ts";
import { startTimeBudget } from "./time_budget.ts";
import type { ReconcileGateways } from "./reconcile.ts";

const SUBJECT = { object: "product", object_id: "prod_1" };
const due = (count: number) => Array.from({ length: count }, (_, n) => ({ ticket: n + 1, events: 1, ...SUBJECT }));
const PRODUCT = { id: "prod_1", object: "product" };

/** What was asked during a stretch of 30 seconds, and how many looks ended how. */
async function drainOf(answers: Answers) {
  const calls: Calls = [];
  const gateways = { database: scripted(answers, calls), stripe: scripted(answers, calls) } as ReconcileGateways;
  const draining = withoutPauses(() => processDueEvents(startTimeBudget(30), gateways));
  const { looks, error } = await draining.then(
    (looks) => ({ looks, error: undefined }),
    (error) => ({ looks: undefined, error }),
  );
  return { calls, looks, error };
}

const timeOut = () => {
  passTime(10_000);
  throw AppError.stripeUnavailable(undefined);
};

Deno.test("What is due is looked at, batch after batch, until nothing is", async () => {
  const { calls, looks, error } = await drainOf({
    claimDueObjects: [due(5), due(2), []],
    readObject: Array(7).fill(PRODUCT),
    recordObjects: Array(7).fill(undefined),
  });
  assertEquals(error, undefined);
  assertEquals(looks, { recorded: 7, failed: 0 });
  assertEquals(calls.filter(([name]) => name === "claimDueObjects"), Array(3).fill(["claimDueObjects", 5]));
});

Deno.test("One object that fails keeps no other from its turn", async () => {
  const { looks } = await drainOf({
    claimDueObjects: [due(3), []],
    readObject: [PRODUCT, AppError.stripeUnavailable(undefined), PRODUCT],
    recordObjects: Array(2).fill(undefined),
    failSync: ["retry"],
  });
  assertEquals(looks, { recorded: 2, failed: 1 });
});

Deno.test("A Stripe that lets every look time out ends the run soon after its time", async () => {
  const { looks } = await drainOf({
    claimDueObjects: [due(20)],
    readObject: Array(20).fill(timeOut),
    failSync: Array(20).fill("retry"),
  });
  assertEquals(looks, { recorded: 0, failed: 4 });
});

Deno.test("What was leased in time is finished after it, while Stripe answers", async () => {
  const slowly = () => {
    passTime(10_000);
    return PRODUCT;
  };
  const { looks } = await drainOf({
    claimDueObjects: [due(6)],
    readObject: Array(6).fill(slowly),
    recordObjects: Array(6).fill(undefined),
  });
  assertEquals(looks, { recorded: 6, failed: 0 });
});

Deno.test("A key that is refused ends the run, and says so", async () => {
  const { error } = await drainOf({
    claimDueObjects: [due(3)],
    readObject: [AppError.notConfigured("STRIPE_SECRET_KEY is refused", undefined)],
    failSync: ["retry"],
  });
  await assertRejects(() => Promise.reject(error), AppError, "not configured");
});
