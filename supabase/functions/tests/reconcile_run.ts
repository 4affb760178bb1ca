import { Run } from "../_shared/contract/reconcile.ts";
import { readAnswer } from "./answers.ts";
import type { Stack } from "./stack.ts";

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
  return await readAnswer(await callReconcile(stack), 200, Run);
}

/** Runs until nothing is left to do. @returns the sums of all runs and the state after the last */
export async function reconcileAll(stack: Stack): Promise<Run> {
  const all = await reconcile(stack);
  for (let runs = 1; all.state !== "done"; runs++) {
    if (runs > 100) throw new Error(`Still "${all.state}" after ${runs} runs`);
    const { found, processed, failed, refetched, drifted, pruned, ...end } = await reconcile(stack);
    const done = { found, processed, failed, refetched, drifted, pruned };
    for (const [name, count] of Object.entries(done)) all[name as keyof typeof done] += count;
    Object.assign(all, end);
  }
  return all;
}
