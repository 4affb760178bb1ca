/** The mirror converges to Stripe's state after lost, doubled, late and reordered events. */
import fc from "fast-check";
import { anyBatch, type ConvergenceFixture, startConvergenceFixture } from "./convergence_fixture.ts";

const HISTORIES = Number(Deno.env.get("PROOF_HISTORIES") ?? 500);
/** One seed gives the same histories each time. The order in which their events are processed varies. */
const SEED = Number(Deno.env.get("PROOF_SEED") ?? 1);
/** Concurrent histories; a batch on each of the two fixtures is not more than what was asked for. */
const CONCURRENCY = Math.min(80, Math.ceil(HISTORIES / 2));
/** Milliseconds to shrink a failing example. */
const SHRINK_TIME = 5 * 60_000;

Deno.test(`The mirror, after each of ${HISTORIES} histories with lost, doubled, late and reordered events, equals Stripe`, async () => {
  await using one = await startConvergenceFixture();
  await using other = await startConvergenceFixture();
  const totals = { histories: 0, steps: 0, processed: 0 };
  let batches = 0;
  let failed = false;

  async function runBatches(fixture: ConvergenceFixture): Promise<void> {
    while (totals.histories < HISTORIES && !failed) {
      const property = fc.asyncProperty(anyBatch(CONCURRENCY), async (batch) => {
        for (const [name, count] of Object.entries(await fixture.run(batch))) {
          totals[name as keyof typeof totals] += count;
        }
      });
      await fc.assert(property, {
        numRuns: 1,
        seed: SEED + batches++,
        interruptAfterTimeLimit: SHRINK_TIME,
        markInterruptAsFailure: true,
      });
    }
  }
  // While one fixture waits for its reconcile, the other works.
  const runs = [runBatches(one), runBatches(other)].map((run) =>
    run.catch((error) => {
      failed = true;
      return error as Error;
    })
  );
  for (const error of await Promise.all(runs)) if (error) throw error;

  const counts = Object.entries(one.counts).map(([name, count]) => [name, count + other.counts[name as keyof Counts]]);
  const { events, sent, lost, doubled, reordered, failed: refused, given_up } = Object.fromEntries(counts);
  console.log(
    `${totals.histories} histories of ${totals.steps} steps, ${events} events in ${sent} deliveries: ${lost} lost, ` +
      `${doubled} doubled, ${reordered} reordered, ${refused} failed, ${given_up} given up; ` +
      `${totals.processed} objects left to the reconcile; the mirror equaled Stripe after each`,
  );
});

type Counts = ConvergenceFixture["counts"];
