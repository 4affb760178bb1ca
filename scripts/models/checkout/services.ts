/** Requests to Stripe and to the database. */
import { CallError } from "./call_error.ts";
import type { Steps } from "./process.ts";
import type { Simulation } from "./simulation.ts";
import { StripeRequest } from "./stripe_request.ts";

/** How often the SDK sends a request at most; the code has one more. */
const ATTEMPTS = 2;

/** One request to Stripe with the SDK's retries, which use the same idempotency key. @throws CallError */
export function* requestStripe<Result>(sim: Simulation, effect: () => Result, key?: string): Steps<Result> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const request = new StripeRequest(sim, effect, key);
    while (request.answer === undefined && !sim.faultOccurs("timeout")) yield;
    const { answer } = request;
    if (answer === undefined || answer === "lost" || sim.faultOccurs("answerLost")) continue;
    if (typeof answer === "object") return answer.result;
    break;
  }
  throw new CallError("stripe_unavailable");
}

/** One transaction: request, effect, answer. @throws CallError */
export function* rpc<Result>(sim: Simulation, transaction: () => Result): Steps<Result> {
  yield;
  if (sim.faultOccurs("databaseLost")) throw new CallError("database_unavailable");
  const result = transaction();
  yield;
  if (sim.faultOccurs("databaseAnswerLost")) throw new CallError("database_unavailable");
  return result;
}
