import type * as departures from "../../database/departures.ts";
import { departurePolicy } from "../../env.ts";
import { logWarning } from "../../log.ts";
import { depart, type DepartGateways } from "./depart.ts";

export interface RepeatGateways extends DepartGateways {
  database: DepartGateways["database"] & Pick<typeof departures, "claimDepartures" | "findClerkOwner">;
}

/**
 * Repeats the departure of closed owners that have a live subscription again: one that was paid for during the departure,
 * resumed in the portal, or not ended because Stripe refused it.
 *
 * @returns How many departures failed: they are repeated later
 */
export async function repeatDepartures(gateways: RepeatGateways): Promise<number> {
  if (departurePolicy() === "keep") return 0;
  let failed = 0;
  for (const owner_id of await gateways.database.claimDepartures()) {
    try {
      const { customer_id } = await gateways.database.findClerkOwner(owner_id);
      await depart(owner_id, customer_id, gateways);
    } catch (error) {
      logWarning(`The departure of "${owner_id}" failed`, error);
      failed++;
    }
  }
  return failed;
}
