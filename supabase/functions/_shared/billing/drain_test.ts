import { assertEquals, assertRejects } from "@std/assert";
import { type Answers, type Calls, passTime, scripted, withoutPauses } from "../../tests/gateways.ts";
import { AppError } from "../errors.ts";
import { drain } from "./drain.ts";
import type { Looked } from "./look_and_record.ts";
import { beginStretch } from "./pace.ts";
import type { ReconcileGateways } from "./reconcile.ts";

const SUBJECT = { object: "product", object_id: "prod_1" };
const due = (count: number) => Array.from({ length: count }, (_, n) => ({ ticket: n + 1, events: 1, ...SUBJECT }));
const PRODUCT = { id: "prod_1", object: "product" };

/** What was asked during a stretch of 30 seconds, and how the looks ended. */
async function drainOf(answers: Answers) {
  const calls: Calls = [];
  const outcomes: Looked["outcome"][] = [];
  const gateways = { database: scripted(answers, calls), stripe: scripted(answers, calls) } as ReconcileGateways;
  const draining = withoutPauses(() => drain(beginStretch(30), gateways, (outcome) => void outcomes.push(outcome)));
  const error = await draining.then(() => undefined, (error) => error);
  return { calls, outcomes, error };
}

const timeOut = () => {
  passTime(10_000);
  throw AppError.stripeUnavailable(undefined);
};

Deno.test("What is due is looked at, batch after batch, until nothing is", async () => {
  const { calls, outcomes, error } = await drainOf({
    claimDueObjects: [due(20), due(2), []],
    readObject: Array(22).fill(PRODUCT),
    recordObjects: Array(22).fill(undefined),
  });
  assertEquals(error, undefined);
  assertEquals(outcomes, Array(22).fill("recorded"));
  assertEquals(calls.filter(([name]) => name === "claimDueObjects"), Array(3).fill(["claimDueObjects", 20]));
});

Deno.test("One object that fails keeps no other from its turn", async () => {
  const { outcomes } = await drainOf({
    claimDueObjects: [due(3), []],
    readObject: [PRODUCT, AppError.stripeUnavailable(undefined), PRODUCT],
    recordObjects: Array(2).fill(undefined),
    failLook: ["retry"],
  });
  assertEquals(outcomes, ["recorded", "retry", "recorded"]);
});

Deno.test("A Stripe that lets every look time out ends the run soon after its time", async () => {
  const { outcomes } = await drainOf({
    claimDueObjects: [due(20)],
    readObject: Array(20).fill(timeOut),
    failLook: Array(20).fill("retry"),
  });
  assertEquals(outcomes, Array(4).fill("retry"));
});

Deno.test("What was leased in time is finished after it, while Stripe answers", async () => {
  const slowly = () => {
    passTime(10_000);
    return PRODUCT;
  };
  const { outcomes } = await drainOf({
    claimDueObjects: [due(6)],
    readObject: Array(6).fill(slowly),
    recordObjects: Array(6).fill(undefined),
  });
  assertEquals(outcomes, Array(6).fill("recorded"));
});

Deno.test("A key that is refused ends the run, and says so", async () => {
  const { error } = await drainOf({
    claimDueObjects: [due(3)],
    readObject: [AppError.notConfigured("STRIPE_SECRET_KEY is refused", undefined)],
    failLook: ["retry"],
  });
  await assertRejects(() => Promise.reject(error), AppError, "not configured");
});
