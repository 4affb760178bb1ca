/** The first part of a schedule: random transitions and faults. */
import type { Random } from "../lib/random.ts";
import { checkout } from "./checkout.ts";
import { copyOf, RECENT, type Row } from "./database.ts";
import { depart } from "./depart.ts";
import { type FaultProfile, type Transition, TRANSITIONS } from "./fault_profile.ts";
import { isActive, isIncomplete, SLOTS } from "./objects.ts";
import { pay } from "./pay.ts";
import type { Process } from "./process.ts";
import type { Simulation } from "./simulation.ts";
import { syncSubscription } from "./sync_subscription.ts";

const HOUR = 3600;

/** Seconds that may pass at once. */
const PAUSES = [5, 40, 70, 400, 2 * HOUR, 25 * HOUR];

export function runFaultSchedule(sim: Simulation, profile: FaultProfile): void {
  const { random, stripe, database, processes, requests } = sim;
  const { events, subscriptions } = stripe;
  let calls = 0;
  let payments = 0;
  let running: Process | undefined;
  let backup: Row | undefined;

  const transitions: Record<Transition, () => void> = {
    step() {
      const continues = running && processes.includes(running) && random.chance(profile.sameProcess);
      if (!continues) running = random.pick(processes);
      if (running) sim.step(running);
    },
    takeEffect() {
      if (requests.length > 0) random.pick(requests).takeEffect();
    },
    call() {
      if (calls === profile.calls) return;
      const price = random.pick(profile.prices);
      sim.start(`call ${++calls} (${price})`, (process) => checkout(sim, process, price));
    },
    payment() {
      if (sim.handedOut.length === 0) return;
      const id = random.pick(sim.handedOut);
      sim.start(`payment ${++payments}`, (process) => pay(sim, process, id, profile.bankDebits));
    },
    time() {
      sim.advance(random.pick(PAUSES));
    },
    crash() {
      if (processes.length === 0) return;
      const process = random.pick(processes);
      sim.log?.(`✗ ${process.name} crashes`);
      sim.end(process);
    },
    cancel() {
      const active = subscriptions.filter(isActive);
      if (active.length === 0) return;
      sim.ownerHasCanceled = true;
      stripe.setStatus(random.pick(active), "canceled");
    },
    bank() {
      const undecided = subscriptions.filter((one) => one.bankDebit && isIncomplete(one));
      if (undecided.length === 0) return;
      stripe.setStatus(random.pick(undecided), random.chance(0.7) ? "active" : "incomplete_expired");
    },
    delivery() {
      if (events.length === 0) return;
      const [id] = events.splice(random.below(events.length), 1);
      sim.start(`the event of ${id}`, (process) => syncSubscription(sim, process, id!));
    },
    lostDelivery() {
      if (events.length > 0) events.splice(random.below(events.length), 1);
    },
    deletion() {
      stripe.deleteCustomer();
      if (!sim.guards.trialBelongsToOwner) database.forgetTrial();
    },
    departure() {
      if (sim.departed) return;
      sim.departed = true;
      sim.start("the departure", () => depart(sim));
    },
    backup() {
      backup = copyOf(database.row);
      sim.log?.("A backup is taken");
    },
    restore() {
      // An outage: no call outlives it.
      if (backup === undefined || backup.attempt >= database.row.attempt) return;
      while (requests.length > 0) requests[0]!.takeEffect();
      while (processes.length > 0) sim.end(processes[0]!);
      sim.advance(RECENT + 1);
      database.row = copyOf(backup);
      sim.log?.("The backup is restored");
    },
    otherSeller() {
      const movable = stripe.active("addon");
      if (movable.length > 0 && random.chance(0.7)) {
        const moved = random.pick(movable);
        moved.slot = "plan";
        events.push(moved.id);
        sim.log?.(`  The portal moves subscription ${moved.id} to the plan`);
      } else if (random.chance(0.3)) {
        stripe.setStatus(stripe.createSubscription({ slot: random.pick(SLOTS) }), "active");
      }
    },
  };
  const { weights } = profile;
  const sum = TRANSITIONS.reduce((sum, transition) => sum + weights[transition], 0);
  for (let left = profile.length; left > 0; left--) transitions[draw(random, weights, sum)]();
}

function draw(random: Random, weights: Record<Transition, number>, sum: number): Transition {
  let drawn = random.next() * sum;
  for (const transition of TRANSITIONS) if ((drawn -= weights[transition]) < 0) return transition;
  return "step";
}
