/** Requests to the database, Stripe's account and Clerk: each has one point before its effect and one after it. */
import { CallError } from "./call_error.ts";
import { OUR_ACCOUNT } from "./owners.ts";
import type { Call, Process, Steps } from "./process.ts";
import type { Simulation } from "./simulation.ts";

/** A transaction may wait this many seconds for a row lock; its now() does not move meanwhile. */
const LONGEST_LOCK_WAIT = 3;

/** One transaction: request, effect, answer. */
export function* rpc<Result>(
  sim: Simulation,
  process: Process & Partial<Call>,
  transaction: () => Result,
): Steps<Result> {
  const { database, random } = sim;
  const sent = sim.now;
  process.paused = sim.faultOccurs("databaseIsSlow");
  yield;
  database.now = sim.quiescent ? sim.now : Math.max(sent, sim.now - random.below(LONGEST_LOCK_WAIT + 1));
  if (process.oldLease && sim.guards.everyTransactionChecksKey) throw new CallError("not_configured");
  const result = transaction();
  if (process.owner) process.mapped = database.mapping(process.owner).customer;
  yield;
  if (sim.faultOccurs("databaseAnswerLost")) throw new CallError("database_unavailable");
  return result;
}

/** One request to Stripe that reads or updates. Every process may repeat it at any time. */
export function* requestStripe<Result>(sim: Simulation, request: () => Result): Steps<Result> {
  yield;
  if (sim.faultOccurs("readFails")) throw new CallError("stripe_unavailable");
  const result = request();
  yield;
  return result;
}

/** Verifies that the key is of the account that the database belongs to. */
export function* confirmAccount(sim: Simulation, { account }: Process): Steps<void> {
  const isOurs = yield* requestStripe(sim, () => account === OUR_ACCOUNT);
  if (!isOurs) throw new CallError("not_configured");
}

/** The owner's email, or zero while Clerk is unavailable. */
export function* readProfile(sim: Simulation): Steps<number> {
  yield;
  return sim.faultOccurs("clerkDown") ? 0 : sim.email;
}
