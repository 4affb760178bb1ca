/** `refreshCustomer` and `fetchAndRecord` step by step; a webhook delivery takes the same steps. */
import type { Customer } from "./customer.ts";
import { completeProfile } from "./customer_requests.ts";
import type { Process, Steps } from "./process.ts";
import { confirmAccount, readProfile, requestStripe, rpc } from "./services.ts";
import type { Simulation } from "./simulation.ts";

/** Draws a ticket, fetches the customer, records it. */
export function* refreshCustomer(sim: Simulation, process: Process, id: number): Steps<void> {
  const { database, stripe } = sim;
  const ticket = yield* rpc(sim, process, () => database.drawTicket());
  const customer = yield* fetchCustomer(sim, process, id);
  yield* rpc(sim, process, () => database.record(ticket, stripe.customers[id]!, customer === null));
  sim.log?.(`${process.name} recorded cus_${id} ${customer === null ? "as deleted" : "as living"}`);
}

/** The living customer, or null when it does not exist any more. */
function* fetchCustomer(sim: Simulation, process: Process, id: number): Steps<Customer | null> {
  const { stripe, guards } = sim;
  // A copy, so that a later deletion does not change what was fetched.
  const seen = yield* requestStripe(sim, () => {
    const customer = stripe.retrieve(process.account, id);
    return customer && { customer, deleted: customer.deletedAt < Infinity, email: customer.email };
  });
  if (seen === null) {
    if (guards.missingIsAcceptedFromOurAccountOnly) yield* confirmAccount(sim, process);
    return null;
  }
  if (seen.deleted) return null;
  if (seen.email) return seen.customer;
  return yield* completeProfile(sim, process, seen.customer, yield* readProfile(sim));
}
