/** The first part of a schedule: anything happens at any time. */
import { deliver, pickAny, startCall, stepAny } from "./actors.ts";
import { OTHER, OURS } from "./customer.ts";
import type { Process } from "./process.ts";
import type { Random } from "./random.ts";
import { type Happening, HAPPENINGS, type Temper } from "./temper.ts";
import type { World } from "./world.ts";

export function chaos(world: World, temper: Temper): void {
  const { random, stripe, processes, events } = world;
  let calls = 0;
  let running: Process | undefined;

  const happen: Record<Happening, () => void> = {
    step() {
      if (running?.steps && !running.asleep && random.chance(temper.hasTimeLeft)) world.step(running);
      else running = stepAny(world);
    },
    call() {
      if (calls < temper.calls) startCall(world, `call ${++calls}`, random.chance(temper.otherAccount) ? OTHER : OURS);
    },
    time() {
      const [first, last] = random.pick(temper.pauses);
      world.pass(random.between(first, last));
    },
    turn() {
      const { leaseUntil, failedAt } = world.database.row;
      const ends = [leaseUntil ?? 0, (failedAt ?? -60) + 60].filter((end) => end >= world.now);
      if (ends.length > 0) world.pass(random.pick(ends) - world.now + 1);
    },
    sleep() {
      const sleeper = pickAny(world);
      if (sleeper) sleeper.asleep = true;
    },
    crash() {
      if (processes.length > 0) world.crash(random.pick(processes));
    },
    deletion() {
      const living = stripe.living();
      if (living.length > 0) stripe.remove(random.pick(living));
    },
    event() {
      if (events.length > 0) deliver(world, events.splice(random.below(events.length), 1)[0]!);
    },
    email() {
      world.troubled = true; // A creation that is sent again with another email is refused.
      world.email++;
    },
  };
  const { weights } = temper;
  const sum = HAPPENINGS.reduce((sum, happening) => sum + weights[happening], 0);
  for (let left = temper.length; left > 0; left--) {
    world.moment++;
    happen[draw(random, weights, sum)]();
  }
}

function draw(random: Random, weights: Record<Happening, number>, sum: number): Happening {
  let drawn = random.next() * sum;
  for (const happening of HAPPENINGS) if ((drawn -= weights[happening]) < 0) return happening;
  return "step";
}
