/** One schedule: chaos, then quiet, then what must be true. Its seed names it completely. */
import { ASSUMPTIONS, type Assumptions } from "./assumptions.ts";
import { CreationRequest } from "./creation_request.ts";
import { ensureCustomer } from "./ensure_customer.ts";
import { ALL_GUARDS, type Guards } from "./guards.ts";
import { lookAtCustomer } from "./look_at_customer.ts";
import { Broken, type Promised } from "./promises.ts";
import { Random } from "./random.ts";
import type { Refusal } from "./refusal.ts";
import { OTHER, OURS } from "./stripe.ts";
import { drawTemper, type Happening, HAPPENINGS, type Temper } from "./temper.ts";
import { type Process, World } from "./world.ts";

export interface Rules {
  guards?: Guards;
  assumptions?: Assumptions;
}

/** Runs one schedule. @returns the promise that it broke, if it did */
export function runSchedule(
  seed: number,
  { guards = ALL_GUARDS, assumptions = ASSUMPTIONS }: Rules = {},
  say?: (line: string) => void,
): Promised | undefined {
  const temper = drawTemper(new Random(~seed));
  const world = new World({ seed, guards, assumptions, faults: temper.faults, say });
  try {
    chaos(world, temper);
    quiet(world);
    return undefined;
  } catch (error) {
    if (error instanceof Broken) return error.promise;
    throw error;
  }
}

/** Anything happens at any time. */
function chaos(world: World, temper: Temper): void {
  const { random, stripe, processes, events } = world;
  let calls = 0;
  let running: Process | undefined;

  const happen: Record<Happening, () => void> = {
    step() {
      if (running?.steps && !running.asleep && random.chance(temper.goesOn)) world.step(running);
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
      const waited = [leaseUntil ?? 0, (failedAt ?? -60) + 60].map((until) => until - world.now + 1).filter((s) =>
        s > 0
      );
      if (waited.length > 0) world.pass(random.pick(waited));
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

/** Nothing goes wrong any more, time passes, and everybody calls again. */
function quiet(world: World): void {
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

/** One step of a process or of a request that is under way; who sleeps seldom wakes. @returns the process */
function stepAny(world: World): Process | undefined {
  const any = pickAny(world);
  if (any === undefined || (any.asleep && !world.calm && !world.random.chance(0.1))) return undefined;
  any.asleep = false;
  if (any instanceof CreationRequest) {
    any.step();
    return undefined;
  }
  world.step(any);
  return any;
}

function pickAny({ random, processes, stripe: { underWay } }: World): Process | CreationRequest | undefined {
  const drawn = random.below(processes.length + underWay.length);
  return processes[drawn] ?? underWay[drawn - processes.length];
}

function startCall(world: World, name: string, account: number): Process {
  world.say?.(`${name} begins${account === OTHER ? " with a key of the other account" : ""}`);
  return world.start(name, account, function* (caller) {
    const { id, created } = yield* ensureCustomer(world, caller);
    world.say?.(`${name} answers ${created ? 201 : 200} cus_${id}`);
    world.promises.whenAnswered(world.stripe.customers[id]!, created, caller);
  });
}

function deliver(world: World, id: number): void {
  world.start(`the event of cus_${id}`, OURS, (process) => lookAtCustomer(world, process, id));
}
