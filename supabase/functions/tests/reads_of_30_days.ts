/** Reads at Stripe in 30 days, by the requests that the Stripe emulator received while the database's times are moved. */
import { assert, assertEquals } from "@std/assert";
import { simulateDays, STEP } from "../../../scripts/testbed/simulated_days.ts";
import type { Stack } from "./stack.ts";

/** Days that are simulated: each is like the other. */
const DAYS = Number(Deno.env.get("PROOF_DAYS") ?? 30);

/** Asserts that the reads of the purposes, by default of all, stay below a limit in 30 days. */
export async function assertReadsOf30Days(
  stack: Stack,
  { below, of }: { below: number; of?: readonly string[] },
): Promise<void> {
  await stack.forgetStripeRequests();
  const reads = Object.entries(await simulateDays(stack, DAYS));
  console.log(`${DAYS} days: ${JSON.stringify(Object.fromEntries(reads))}`);
  const received = (await stack.stripeLog()).filter(({ method }) => method === "GET").length;
  assertEquals(sum(reads), received, "The ledger has every read");

  const counted = reads.filter(([purpose]) => of?.includes(purpose) ?? true);
  assert(sum(counted) < below * DAYS / 30, `${sum(counted)} reads in ${DAYS} days`);
  const polls = sum(reads.filter(([purpose]) => purpose === "poll"));
  assert(polls >= DAYS * 24 * 60 / STEP, `${polls} polls in ${DAYS} days: events are polled every ${STEP} minutes`);
}

const sum = (reads: readonly [purpose: string, count: number][]) => reads.reduce((all, [, count]) => all + count, 0);
