/** Which process takes the next step, and how calls and deliveries begin. */
import { CreationRequest } from "./creation_request.ts";
import { ensureCustomer } from "./ensure_customer.ts";
import { MEMBERS, OTHER_ACCOUNT, OUR_ACCOUNT, type Owner } from "./owners.ts";
import type { Call, CallStart, Process } from "./process.ts";
import { refreshCustomer } from "./refresh_customer.ts";
import type { Simulation } from "./simulation.ts";

/** One step of a process or of a request that is under way; a paused one seldom resumes. @returns the process */
export function stepAny(sim: Simulation): Process | undefined {
  const any = pickAny(sim);
  if (any === undefined || (any.paused && !sim.quiescent && !sim.random.chance(0.1))) return undefined;
  any.paused = false;
  if (any instanceof CreationRequest) {
    any.step();
    return undefined;
  }
  sim.step(any);
  return any;
}

export function pickAny(
  { random, processes, stripe: { underWay } }: Simulation,
): Process | CreationRequest | undefined {
  const drawn = random.below(processes.length + underWay.length);
  return processes[drawn] ?? underWay[drawn - processes.length];
}

/** Starts a call for the owner: by the user, or by any member of the organization. */
export function startCall(
  sim: Simulation,
  name: string,
  owner: Owner,
  account: number,
  lease?: CallStart["oldLease"],
): Call {
  const userId = owner.kind === "user" ? owner.id : sim.random.pick(MEMBERS);
  sim.log?.(
    `${name} begins: user ${userId} for ${owner.kind} ${owner.id}${
      account === OTHER_ACCOUNT ? " with a key of the other account" : ""
    }${lease ? ", before the database was switched to our account" : ""}`,
  );
  return sim.start<CallStart>({ name, account, owner, userId, ...lease && { oldLease: lease } }, function* (call) {
    const { id, created } = yield* ensureCustomer(sim, call);
    sim.log?.(`${name} answers ${created ? 201 : 200} cus_${id}`);
    sim.invariants.whenAnswered(sim.stripe.customers[id]!, created, call);
  });
}

export function deliver(sim: Simulation, id: number): void {
  const start = { name: `the event of cus_${id}`, account: OUR_ACCOUNT };
  sim.start(start, (process) => refreshCustomer(sim, process, id));
}
