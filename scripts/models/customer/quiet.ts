/** The second part of a schedule: nothing goes wrong any more, time passes, and somebody calls again. */
import { deliver, startCall, stepAny } from "./actors.ts";
import { OURS } from "./customer.ts";
import { Broken } from "./promises.ts";
import type { Refusal } from "./refusal.ts";
import type { World } from "./world.ts";

export function quiet(world: World): void {
  const { random, processes, stripe, events, promises } = world;
  world.calm = true;
  world.say?.("Quiet");
  // Whatever webhook is not delivered now is lost.
  for (const id of events.splice(0)) if (random.chance(0.5)) deliver(world, id);
  while (processes.length + stripe.underWay.length > 0) stepAny(world);

  settle(world);
  world.pass(25 * 3600);
  settle(world); // The answer may be a day old; behind it somebody looks.
  settle(world);
  promises.atTheEnd();
}

/** Calls until there is an answer, which must not take long. */
function settle(world: World): void {
  const { row } = world.database;
  const began = world.now;
  for (let failures = 0;;) {
    const opens = row.customer === null && row.claimedAt === null;
    const refusal = callAlone(world);
    if (refusal === undefined) return;
    if (opens) throw new Broken("nobodyFailsForNothing");
    if (refusal.code === "stripe_unavailable") failures++;
    if (failures > 1 || world.now > began + 300) throw new Broken("wellIsSoon");
    world.pass(refusal.retryAfter);
  }
}

function callAlone(world: World): Refusal | undefined {
  const call = startCall(world, "a quiet call", OURS);
  while (world.processes.length > 0) world.step(world.processes[0]!);
  return call.refusal;
}
