/** Traps 5 to 9, 11, 21 and 25: whatever becomes of the events, in the end the mirror is what Stripe has. */
import fc from "fast-check";
import { anyChapter, openWorld, type World } from "./mirror_world.ts";

const HISTORIES = Number(Deno.env.get("PROOF_HISTORIES") ?? 500);
/** The same histories each time, unless another seed is given; in what order their events cross is never the same. */
const SEED = Number(Deno.env.get("PROOF_SEED") ?? 1);
/** Histories that happen at once. */
const TOGETHER = 80;
/** Milliseconds for making a failure smaller. */
const SHRINKING = 5 * 60_000;

Deno.test(`After each of ${HISTORIES} histories with lost, doubled, late and crossing events the mirror is what Stripe has`, async () => {
  await using one = await openWorld();
  await using other = await openWorld();
  const told = { histories: 0, steps: 0, processed: 0 };
  let chapters = 0;
  let failed = false;

  async function live(world: World): Promise<void> {
    while (told.histories < HISTORIES && !failed) {
      const chapter = fc.asyncProperty(anyChapter(TOGETHER), async (chapter) => {
        for (const [name, count] of Object.entries(await world.live(chapter))) told[name as keyof typeof told] += count;
      });
      await fc.assert(chapter, {
        numRuns: 1,
        seed: SEED + chapters++,
        interruptAfterTimeLimit: SHRINKING,
        markInterruptAsFailure: true,
      });
    }
  }
  // While one waits for its reconcile, the other has work.
  const lives = [live(one), live(other)].map((life) =>
    life.catch((error) => {
      failed = true;
      return error as Error;
    })
  );
  for (const error of await Promise.all(lives)) if (error) throw error;

  const met = Object.entries(one.counts).map(([name, count]) => [name, count + other.counts[name as keyof Counts]]);
  const { events, sent, lost, doubled, reordered, failed: refused, given_up } = Object.fromEntries(met);
  console.log(
    `${told.histories} histories of ${told.steps} steps, ${events} events in ${sent} deliveries: ${lost} lost, ` +
      `${doubled} doubled, ${reordered} reordered, ${refused} failed, ${given_up} given up; ` +
      `${told.processed} objects left to the reconcile; the mirror was right after each`,
  );
});

type Counts = World["counts"];
