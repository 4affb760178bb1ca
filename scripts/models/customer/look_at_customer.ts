/** `refreshCustomer` and `observe`, step by step; a webhook's delivery takes the same way. */
import { ask, confirmAccount, readProfile, rpc } from "./services.ts";
import type { Customer } from "./customer.ts";
import type { Process, Steps } from "./process.ts";
import type { World } from "./world.ts";

/** Takes a ticket, looks, records. */
export function* refreshCustomer(world: World, caller: Process, id: number): Steps<void> {
  const { database, stripe } = world;
  const ticket = yield* rpc(world, caller, () => database.drawTicket());
  const customer = yield* look(world, caller, id);
  yield* rpc(world, caller, () => database.record(ticket, stripe.customers[id]!, customer === null));
  world.say?.(`${caller.name} recorded cus_${id} ${customer === null ? "as deleted" : "as it is"}`);
}

/** The living customer, or null when it is gone. */
function* look(world: World, caller: Process, id: number): Steps<Customer | null> {
  const { stripe, guards } = world;
  // One object, so that a deletion in a moment does not change what was seen.
  const seen = yield* ask(world, () => {
    const customer = stripe.read(caller.account, id);
    return customer && { customer, deleted: customer.deletedAt < Infinity, email: customer.email };
  });
  if (seen === null) {
    if (guards.missingIsBelievedOfOurAccountOnly) yield* confirmAccount(world, caller);
    return null;
  }
  if (seen.deleted) return null;
  if (seen.email) return seen.customer;
  const email = yield* readProfile(world);
  return email ? yield* ask(world, () => stripe.describe(caller.account, id, email)) : seen.customer;
}
