/** The second part of a schedule: no more faults occur, then calls for every owner must succeed. */
import { deliver, startCall, stepAny } from "./actors.ts";
import type { CallError } from "./call_error.ts";
import { Violation } from "./invariants.ts";
import { OUR_ACCOUNT, type Owner } from "./owners.ts";
import type { Simulation } from "./simulation.ts";

export function runToQuiescence(sim: Simulation): void {
  const { random, processes, stripe, events, owners, invariants } = sim;
  sim.quiescent = true;
  sim.log?.("Quiescence");
  // An event that is not delivered now is lost.
  for (const id of events.splice(0)) if (random.chance(0.5)) deliver(sim, id);
  while (processes.length + stripe.underWay.length > 0) stepAny(sim);

  for (const owner of owners) callUntilAnswered(sim, owner);
  sim.advance(25 * 3600);
  // The first answer may be a day old; its background refresh corrects the second.
  for (let round = 0; round < 2; round++) for (const owner of owners) callUntilAnswered(sim, owner);
  invariants.atQuiescence();
}

/** Calls until there is an answer, which must take few failures and little time. */
function callUntilAnswered(sim: Simulation, owner: Owner): void {
  const began = sim.now;
  for (let failures = 0;;) {
    const { customer, claimedAt } = sim.database.mapping(owner);
    const error = callAlone(sim, owner);
    if (error === undefined) return;
    if (customer === null && claimedAt === null) throw new Violation("noFailureWithoutFault");
    if (error.code === "stripe_unavailable") failures++;
    if (failures > 1 || sim.now > began + 300) throw new Violation("recoversWithinMinutes");
    sim.advance(error.retryAfter);
  }
}

function callAlone(sim: Simulation, owner: Owner): CallError | undefined {
  const call = startCall(sim, "a call at quiescence", owner, OUR_ACCOUNT);
  while (sim.processes.length > 0) sim.step(sim.processes[0]!);
  return call.error;
}
