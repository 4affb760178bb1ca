/** The first part of a schedule: random transitions and faults. */
import type { Random } from "../lib/random.ts";
import { deliver, pickAny, startCall, stepAny } from "./actors.ts";
import { type FaultProfile, type Transition, TRANSITIONS } from "./fault_profile.ts";
import { oldLease } from "./ensure_customer.ts";
import { REFUSED_EMAIL } from "./customer.ts";
import { OTHER_ACCOUNT, OUR_ACCOUNT } from "./owners.ts";
import type { Process } from "./process.ts";
import { startRebuild } from "./rebuild_mappings.ts";
import type { Simulation } from "./simulation.ts";

export function runFaultSchedule(sim: Simulation, profile: FaultProfile): void {
  const { random, stripe, processes, events, owners, database } = sim;
  let calls = 0;
  let emails = sim.email;
  let running: Process | undefined;

  const transitions: Record<Transition, () => void> = {
    step() {
      if (running?.steps && !running.paused && random.chance(profile.sameProcess)) sim.step(running);
      else running = stepAny(sim);
    },
    call() {
      if (calls === profile.calls) return;
      const account = random.chance(profile.otherAccount) ? OTHER_ACCOUNT : OUR_ACCOUNT;
      const owner = owners.length > 1 ? random.pick(owners) : owners[0]!;
      const isOld = account === OTHER_ACCOUNT && profile.beforeSwitch > 0 && random.chance(profile.beforeSwitch);
      startCall(sim, `call ${++calls}`, owner, account, isOld ? oldLease(sim) : undefined);
    },
    time() {
      const [first, last] = random.pick(profile.pauses);
      sim.advance(random.between(first, last));
    },
    leaseEnd() {
      const ends = owners.flatMap((owner) => {
        const { leaseUntil, failedAt } = database.mapping(owner);
        return [leaseUntil ?? 0, (failedAt ?? -60) + 60].filter((end) => end >= sim.now);
      });
      if (ends.length > 0) sim.advance(random.pick(ends) - sim.now + 1);
    },
    pause() {
      const any = pickAny(sim);
      if (any) any.paused = true;
    },
    crash() {
      if (processes.length > 0) sim.crash(random.pick(processes));
    },
    deletion() {
      const living = owners.flatMap((owner) => stripe.living(owner));
      if (living.length > 0) stripe.remove(random.pick(living));
    },
    delivery() {
      if (events.length > 0) deliver(sim, events.splice(random.below(events.length), 1)[0]!);
    },
    email() {
      sim.email = sim.random.chance(0.3) ? REFUSED_EMAIL : ++emails;
    },
    crowd() {
      stripe.addCrowd();
    },
    rebuild() {
      startRebuild(sim);
    },
  };
  const { weights } = profile;
  const sum = TRANSITIONS.reduce((sum, transition) => sum + weights[transition], 0);
  for (let left = profile.length; left > 0; left--) {
    sim.moment++;
    transitions[draw(random, weights, sum)]();
  }
}

function draw(random: Random, weights: Record<Transition, number>, sum: number): Transition {
  let drawn = random.next() * sum;
  for (const transition of TRANSITIONS) if ((drawn -= weights[transition]) < 0) return transition;
  return "step";
}
