import { assertEquals, assertRejects } from "@std/assert";
import { type Answers, type Calls, passTime, scripted, withoutPauses } from "../../../tests/gateways.ts";
import { AppError } from "../../errors.ts";
import { type DueEventGateways, processDueEvents } from "./process_due_events.ts";
import { startTimeBudget } from "./time_budget.ts";

const REF = { object: "price", object_id: "price_1" };
const due = (count: number) => Array.from({ length: count }, (_, n) => ({ ticket: n + 1, ...REF }));
const PRICE = { id: "price_1", object: "price" };

/** The calls during a budget of 30 seconds, and how many syncs were recorded and failed. */
async function process(answers: Answers) {
  const calls: Calls = [];
  const gateways = { database: scripted(answers, calls), stripe: scripted(answers, calls) } as DueEventGateways;
  const processing = withoutPauses(() => processDueEvents(startTimeBudget(30, 50), gateways));
  const { counts, error } = await processing.then(
    (counts) => ({ counts, error: undefined }),
    (error) => ({ counts: undefined, error }),
  );
  return { calls, counts, error };
}

const timeOut = () => {
  passTime(10_000);
  throw AppError.stripeUnavailable(undefined);
};

Deno.test("Due objects are synced batch by batch until none is due", async () => {
  const { calls, counts, error } = await process({
    claimDueObjects: [due(5), due(2), []],
    retrieveObject: Array(7).fill(PRICE),
    recordObjects: Array(7).fill(undefined),
  });
  assertEquals(error, undefined);
  assertEquals(counts, { recorded: 7, failed: 0 });
  assertEquals(calls.filter(([name]) => name === "claimDueObjects"), Array(3).fill(["claimDueObjects", 5]));
});

Deno.test("An object that fails does not block the others", async () => {
  const { counts } = await process({
    claimDueObjects: [due(3), []],
    retrieveObject: [PRICE, AppError.stripeUnavailable(undefined), PRICE],
    recordObjects: Array(2).fill(undefined),
    failSync: ["retry"],
  });
  assertEquals(counts, { recorded: 2, failed: 1 });
});

Deno.test("A run whose every sync times out ends soon after its budget", async () => {
  const { counts } = await process({
    claimDueObjects: [due(20)],
    retrieveObject: Array(20).fill(timeOut),
    failSync: Array(20).fill("retry"),
  });
  assertEquals(counts, { recorded: 0, failed: 4 });
});

Deno.test("A batch that was leased in time is finished after the budget while Stripe answers", async () => {
  const slowly = () => {
    passTime(10_000);
    return PRICE;
  };
  const { counts } = await process({
    claimDueObjects: [due(6)],
    retrieveObject: Array(6).fill(slowly),
    recordObjects: Array(6).fill(undefined),
  });
  assertEquals(counts, { recorded: 6, failed: 0 });
});

Deno.test("A refused key ends the run with not_configured", async () => {
  const { error } = await process({
    claimDueObjects: [due(3)],
    retrieveObject: [AppError.notConfigured("STRIPE_SECRET_KEY is refused", undefined)],
    failSync: ["retry"],
  });
  await assertRejects(() => Promise.reject(error), AppError, "not configured");
});

Deno.test("A run syncs at most as many objects as its budget allows, and finishes the batch that it leased", async () => {
  const { counts, calls } = await process({
    claimDueObjects: Array.from({ length: 20 }, () => due(5)),
    retrieveObject: Array(100).fill(PRICE),
    recordObjects: Array(100).fill(undefined),
  });
  assertEquals(counts, { recorded: 50, failed: 0 });
  assertEquals(calls.filter(([name]) => name === "claimDueObjects").length, 10);
});

Deno.test("A kind that the key may not read is read once, retried in an hour, and holds up no other kind", async () => {
  const forbidden = AppError.notConfigured("lacks", { type: "StripePermissionError" });
  const invoices = [1, 2, 3].map((ticket) => ({ ticket, object: "invoice", object_id: `in_${ticket}` }));
  const { calls, counts, error } = await process({
    claimDueObjects: [[...invoices, ...due(1)], []],
    retrieveObject: [forbidden, PRICE],
    recordObjects: [undefined],
    failSync: ["retry", "retry", "dead"],
  });
  assertEquals([error, counts], [undefined, { recorded: 1, failed: 3 }]);
  const failure = { failure: "permanent", reason: "not_permitted", retry_after: 3_600 };
  const failed = calls.filter(([name]) => name === "failSync").map(([, ...args]) => args);
  assertEquals(failed, invoices.map(({ ticket, object_id }) => [ticket, object_id, failure]));
});
