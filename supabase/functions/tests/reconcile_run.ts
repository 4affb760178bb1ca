import { Backfilled, Run } from "../_shared/contract/reconcile.ts";
import { readAnswer } from "./answers.ts";
import type { Stack } from "./stack.ts";
import { whenAvailable } from "../../../scripts/testbed/when_available.ts";

/** Calls stripe-reconcile, and waits for the end of the run unless the body says otherwise. */
export const callReconcile = (
  stack: Stack,
  body: unknown = { wait: true },
  token = stack.reconcile_secret,
): Promise<Response> => stack.call("stripe-reconcile", { method: "POST", token, body });

/** Makes the next run poll, as after a quarter of an hour. */
export const makePollDue = async ({ sql }: Stack): Promise<void> => {
  await sql`update billing.reconcile set poll_due_at = '-infinity' where singleton`;
};

/** One run, which polls. */
export async function reconcile(stack: Stack): Promise<Run> {
  await makePollDue(stack);
  return await readAnswer(await whenAvailable(() => callReconcile(stack)), 200, Run);
}

/** One call of the backfill, which goes on where the last one stopped. */
export async function runBackfill(stack: Stack, backfill: true | "restart" = true): Promise<Backfilled> {
  return await readAnswer(await whenAvailable(() => callReconcile(stack, { backfill })), 200, Backfilled);
}

/** Lets every walk of drift detection begin with the next run, and read as much as a run may. */
export async function makeDriftDue({ sql }: Stack): Promise<void> {
  await sql`
    insert into billing.drift_reads (credit, reads_per_hour, rate_set_at) values (1000, 60000, 'infinity')
    on conflict (singleton) do update set credit = 1000, reads_per_hour = 60000, rate_set_at = 'infinity'`;
  await sql`update billing.drift_walks set started_at = '-infinity' where cursor is null`;
}

/** Runs until every list was walked to its end. @returns the sums of all runs and the state after the last */
export async function walkAll(stack: Stack, beforeRun = async () => {}): Promise<Run> {
  await makeDriftDue(stack);
  await beforeRun();
  const all = await reconcile(stack);
  for (let runs = 1; await isWalking(stack); runs++) {
    if (runs > 100) throw new Error(`Still walking after ${runs} runs`);
    await beforeRun();
    add(all, await reconcile(stack));
  }
  return all;
}

async function isWalking({ sql }: Stack): Promise<boolean> {
  const walking = await sql`select from billing.drift_walks where cursor is not null or started_at = '-infinity'`;
  return walking.length > 0;
}

/** Runs until nothing is left to do. @returns the sums of all runs and the state after the last */
export async function reconcileAll(stack: Stack): Promise<Run> {
  const all = await reconcile(stack);
  for (let runs = 1; all.state !== "done"; runs++) {
    if (runs > 100) throw new Error(`Still "${all.state}" after ${runs} runs`);
    add(all, await reconcile(stack));
  }
  return all;
}

function add(all: Run, { found, processed, failed, refetched, drifted, pruned, ...end }: Run): void {
  const done = { found, processed, failed, refetched, drifted, pruned };
  for (const [name, count] of Object.entries(done)) all[name as keyof typeof done] += count;
  Object.assign(all, end);
}
