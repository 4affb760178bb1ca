/** What every process does with the database, Stripe's account and Clerk: one point before the effect, one after it. */
import { Refusal } from "./refusal.ts";
import { OURS } from "./customer.ts";
import type { Process, Steps } from "./process.ts";
import type { World } from "./world.ts";

/** A transaction may wait so many seconds for the row; its now() stands still meanwhile. */
const ROW_LOCK = 3;

/** One transaction: under way, done, and its answer under way. */
export function* rpc<Result>(world: World, caller: Process, transaction: () => Result): Steps<Result> {
  const { database, random } = world;
  const sent = world.now;
  caller.asleep = world.suffers("databaseIsSlow");
  yield;
  database.now = world.calm ? world.now : Math.max(sent, world.now - random.below(ROW_LOCK + 1));
  const result = transaction();
  caller.held = database.row.customer;
  yield;
  if (world.suffers("databaseAnswerLost")) throw new Refusal("database_unavailable");
  return result;
}

/** One reading or describing request to Stripe, which may be repeated by anybody at any time. */
export function* ask<Result>(world: World, request: () => Result): Steps<Result> {
  yield;
  if (world.suffers("readFails")) throw new Refusal("stripe_unavailable");
  const result = request();
  yield;
  return result;
}

/** That our key is of the account which the database belongs to. */
export function* confirmAccount(world: World, { account }: Process): Steps<void> {
  const ours = yield* ask(world, () => account === OURS);
  if (!ours) throw new Refusal("not_configured");
}

/** The user's email, or zero while Clerk is down. */
export function* readProfile(world: World): Steps<number> {
  yield;
  return world.suffers("clerkDown") ? 0 : world.email;
}
