/** Every order of a few calls and of their payments, without faults, with a bounded number of switches. */
import { Random } from "../lib/random.ts";
import { violationOf } from "../lib/violation.ts";
import { ASSUMPTIONS } from "./assumptions.ts";
import { checkout } from "./checkout.ts";
import { RECENT } from "./database.ts";
import { NO_FAULTS } from "./faults.ts";
import { ALL_GUARDS, type Guards } from "./guards.ts";
import type { Invariant } from "./invariants.ts";
import type { Price } from "./objects.ts";
import { pay } from "./pay.ts";
import type { Process } from "./process.ts";
import { Simulation } from "./simulation.ts";
import type { StripeBehavior } from "./stripe.ts";

/** Calls that finished before, calls at once, and how often a process that could continue has to wait. */
export interface Bounds {
  readonly before: readonly Price[];
  readonly calls: readonly Price[];
  readonly switches: number;
}

export const BOUNDS: readonly Bounds[] = [
  { before: [], calls: ["monthly", "monthly"], switches: 3 },
  { before: [], calls: ["monthly", "yearly"], switches: 3 },
  { before: [], calls: ["monthly", "addon"], switches: 3 },
  { before: ["monthly"], calls: ["yearly", "yearly"], switches: 2 },
  { before: ["monthly"], calls: ["yearly", "addon"], switches: 2 },
  { before: [], calls: ["monthly", "yearly", "addon"], switches: 1 },
];

/** All combinations of what Stripe's documentation leaves open. */
export const BEHAVIORS: readonly StripeBehavior[] = [true, false].flatMap((createsIncomplete) =>
  (["cancels", "refuses", "leaves"] as const).map((expiryDuringPayment) => ({
    createsIncomplete,
    expiryDuringPayment,
    sessionLife: 24 * 3600,
  }))
);

export interface Searched {
  schedules: number;
  violated: Invariant | undefined;
}

/** Depth-first: after each schedule the last choice that has an alternative takes it. */
export function searchEverySchedule(
  bounds: Bounds,
  behavior: StripeBehavior,
  guards: Guards = ALL_GUARDS,
): Searched {
  const choices: { taken: number; of: number }[] = [];
  for (let schedules = 1;; schedules++) {
    let depth = 0;
    const choose = (of: number): number => {
      if (depth === choices.length) choices.push({ taken: 0, of });
      return choices[depth++]!.taken;
    };
    const violated = violationOf<Invariant>(() => runBounded(bounds, behavior, guards, choose));
    while (choices.length > 0 && choices.at(-1)!.taken + 1 === choices.at(-1)!.of) choices.pop();
    if (violated || choices.length === 0) return { schedules, violated };
    choices.at(-1)!.taken++;
  }
}

/** No fault, no declined card; an authentication takes one step. */
class Fixed extends Random {
  override next = () => 0.999;
  override below = (limit: number) => Math.min(1, limit - 1);
  override pick = <Item>(items: readonly Item[]) => items[0]!;
}

function runBounded(
  { before, calls, switches }: Bounds,
  behavior: StripeBehavior,
  guards: Guards,
  choose: (of: number) => number,
): void {
  const random = new Fixed(0);
  const options = { random, behavior, offersTrial: true, guards, assumptions: ASSUMPTIONS, faults: NO_FAULTS };
  const sim = new Simulation({ ...options, log: undefined });
  sim.quiescent = true;
  const { processes, requests } = sim;
  const step = (process: Process) => {
    sim.step(process);
    while (requests.length > 0) requests[0]!.takeEffect();
  };
  for (const price of before) {
    const process = sim.start("an earlier call", (process) => checkout(sim, process, price));
    while (processes.length > 0) step(process);
    sim.advance(RECENT + 1);
  }

  for (const price of calls) sim.start(`a call (${price})`, (process) => checkout(sim, process, price));
  let paid = 0;
  let left = switches;
  let running: Process | undefined;
  for (;;) {
    for (const id of sim.handedOut.slice(paid)) sim.start("a payment", (process) => pay(sim, process, id, 0));
    paid = sim.handedOut.length;
    if (processes.length === 0) return;
    const current = running && processes.includes(running) ? running : undefined;
    const others = processes.filter((process) => process !== current);
    const allowed = current === undefined ? others : [current, ...(left > 0 ? others : [])];
    const next = allowed[allowed.length > 1 ? choose(allowed.length) : 0]!;
    if (current !== undefined && next !== current) left--;
    running = next;
    step(next);
  }
}
