import { type ListedKind, MIRRORED_KINDS, type MirroredKind } from "../../contract/mirrored_kinds.ts";
import type * as mirror from "../../database/mirror.ts";
import type * as webhookEvents from "../../database/webhook_events.ts";
import { logWarning } from "../../log.ts";
import { companionsOf, type listObjects } from "../../stripe/mirrored.ts";
import { PAGE_COST, type TimeBudget } from "./time_budget.ts";

export interface DuePageGateways {
  database: Pick<typeof webhookEvents, "claimDuePage"> & Pick<typeof mirror, "recordObjects">;
  stripe: { listObjects: typeof listObjects };
}

/** Pages of one run, which leave half of its work to what is fetched singly. */
const MAX_PAGES = 5;
/** Objects of a page for one that is due; beyond that they cost no less than singly. */
const WORTH = 10;

/** Seconds that the event of a creation may be later than the object. */
const MARGIN = 60;

/** The kinds that Stripe lists in the order of their creation. */
const LISTED = (Object.keys(MIRRORED_KINDS) as MirroredKind[]).filter((kind): kind is ListedKind =>
  MIRRORED_KINDS[kind].listed === "all"
);

/**
 * Records new objects that many events wait for from Stripe's lists, a hundred objects a read, as after a time without
 * webhooks. What a list does not show is due again a minute later, and then fetched singly; so is every object of a page
 * that fails.
 *
 * @returns How many objects were recorded.
 */
export async function processDuePages(budget: TimeBudget, gateways: DuePageGateways): Promise<number> {
  let recorded = 0;
  for (let pages = 0; pages < MAX_PAGES && budget.hasLeft;) {
    const due = await gateways.database.claimDuePage(LISTED);
    if (due === null) break;
    const missing = new Set(due.ids);
    try {
      for (let after: string | undefined, more = true; more && missing.size > 0 && pages < MAX_PAGES; pages++) {
        if (!await budget.next(PAGE_COST)) return recorded;
        const created = { gte: due.created_from - MARGIN, lt: due.created_to + 1 };
        const page = await gateways.stripe.listObjects(due.kind, after, () => budget.next(), created);
        // One with companions is fetched together with them.
        const found = page.data.filter((object) => missing.has(object.id) && companionsOf(object).length === 0);
        if (found.length > 0) await gateways.database.recordObjects(due.ticket, found);
        for (const { id } of found) missing.delete(id);
        recorded += found.length;
        after = page.data.at(-1)?.id;
        more = page.has_more && page.data.length <= found.length * WORTH;
      }
    } catch (error) {
      logWarning(`A list of ${due.kind} could not be recorded: its objects are fetched singly`, error);
      break;
    }
  }
  return recorded;
}
