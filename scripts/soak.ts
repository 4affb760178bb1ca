/**
 * `npm run soak [-- COUNT]`: searches new random schedules of the customer and checkout models for a violated
 * invariant, a million of each by default, and a tenth as many walks of the mirror model.
 */
import { readArguments, runCommand } from "./lib/command.ts";
import { Failure } from "./lib/failure.ts";
import { stopRequested } from "./lib/stop_requests.ts";
import * as checkout from "./models/checkout/schedule.ts";
import * as customer from "./models/customer/schedule.ts";
import { searchWalks, traceWalk } from "./models/mirror/random_walk.ts";

/** Schedules between two checks of the clock and of Ctrl-C. */
const BATCH = 2_000;
const PROGRESS = 2_000;
const SCHEDULES_PER_WALK = 10;

await runCommand(async () => {
  const [text = "1000000"] = readArguments({}).positionals;
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new Failure(`Invalid number of schedules: expected a whole number from 1, got "${text}"`);
  }

  let stopped = false;
  stopRequested().then(() => stopped = true);
  const first = crypto.getRandomValues(new Uint32Array(1))[0]!;
  const began = performance.now();
  let shown = began;
  let ran = 0;
  let walked = 0;
  const summary = () =>
    `${ran.toLocaleString("en")} schedules of each model, ${walked.toLocaleString("en")} walks in ${
      Math.round((performance.now() - began) / 1000)
    } s, seeds from ${first}`;

  while (ran < count && !stopped) {
    const batch = Math.min(BATCH, count - ran);
    for (const { searchSchedules, traceSchedule } of [customer, checkout]) {
      const found = searchSchedules(first + ran, batch);
      if (found) throw new Failure(`${traceSchedule(found.seed)}\n${summary()}`);
    }
    ran += batch;
    const walks = Math.ceil(batch / SCHEDULES_PER_WALK);
    const broken = searchWalks(first + walked, walks);
    if (broken) throw new Failure(`${traceWalk(broken.seed)}\n${summary()}`);
    walked += walks;
    if (performance.now() - shown > PROGRESS) {
      shown = performance.now();
      console.log(summary());
    }
    await new Promise((resume) => setTimeout(resume));
  }
  console.log(`${summary()}: no invariant violated${stopped ? " (stopped)" : ""}`);
  return stopped ? 130 : 0;
});
