/** A rebuild of the mappings from metadata, and the state that a lost mapping leaves. */
import { metadataOf, OUR_ACCOUNT, OUR_DEPLOYMENT, type Owner } from "./owners.ts";
import type { Process, Steps } from "./process.ts";
import { rpc } from "./services.ts";
import type { Simulation } from "./simulation.ts";

const DAY = 24 * 3600;

export function startRebuild(sim: Simulation): void {
  const start = { name: "the rebuild", account: OUR_ACCOUNT };
  sim.start(start, (process) => rebuildMappings(sim, process));
}

function* rebuildMappings(sim: Simulation, process: Process): Steps<void> {
  yield* rpc(sim, process, () => sim.database.rebuild(process));
  sim.log?.(`${process.name} ends`);
}

/**
 * Before the first transition: some owners have customers from before, whose keys Stripe has removed. The mappings are
 * lost, the backfill has mirrored every customer of the account, and the mappings are rebuilt. No call runs meanwhile.
 */
export function restoreDatabase(sim: Simulation): void {
  const { owners, random, stripe, database } = sim;
  for (const owner of owners) {
    const count = random.below(3);
    const lastIsLiving = random.chance(0.8);
    for (let made = 1; made <= count; made++) addOldCustomer(sim, owner, made === count && lastIsLiving);
  }
  for (const customer of stripe.customers) database.record(database.drawTicket(), customer, customer.deletedAt === 0);
  database.rebuild({ name: "the restore", account: OUR_ACCOUNT, began: sim.moment });
  for (const owner of owners) sim.log?.(`${owner.kind} ${owner.id} has cus_${database.mapping(owner).customer}`);
}

function addOldCustomer({ stripe }: Simulation, owner: Owner, isLiving: boolean): void {
  const description = { metadata: metadataOf(owner, OUR_DEPLOYMENT), email: 1 };
  const customer = stripe.add({ account: OUR_ACCOUNT, owner, description }, 2 * DAY);
  if (!isLiving) customer.deletedAt = 0;
}
