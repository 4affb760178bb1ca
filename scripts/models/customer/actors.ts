/** Who may take the next step, and who sets out. */
import { CreationRequest } from "./creation_request.ts";
import { OTHER, OURS } from "./customer.ts";
import { ensureCustomer } from "./ensure_customer.ts";
import { refreshCustomer } from "./look_at_customer.ts";
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

/** One step of a process or of a request that is under way; who sleeps seldom wakes. @returns the process */
export function stepAny(world: World): Process | undefined {
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

export function pickAny({ random, processes, stripe: { underWay } }: World): Process | CreationRequest | undefined {
  const drawn = random.below(processes.length + underWay.length);
  return processes[drawn] ?? underWay[drawn - processes.length];
}

export function startCall(world: World, name: string, account: number): Process {
  world.say?.(`${name} begins${account === OTHER ? " with a key of the other account" : ""}`);
  return world.start(name, account, function* (caller) {
    const { id, created } = yield* ensureCustomer(world, caller);
    world.say?.(`${name} answers ${created ? 201 : 200} cus_${id}`);
    world.promises.whenAnswered(world.stripe.customers[id]!, created, caller);
  });
}

export function deliver(world: World, id: number): void {
  world.start(`the event of cus_${id}`, OURS, (process) => refreshCustomer(world, process, id));
}
