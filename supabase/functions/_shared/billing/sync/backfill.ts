import type { Backfilled } from "../../contract/reconcile.ts";
import type * as runs from "../../database/backfill.ts";
import type { MirroredObject } from "../../database/mirror.ts";
import { logWarning } from "../../log.ts";
import type * as catalog from "../../stripe/catalog.ts";
import { isMissing } from "../../stripe/errors.ts";
import type * as lists from "../../stripe/lists.ts";
import type { ListPage } from "../../stripe/page.ts";
import { confirmAccount } from "./confirm_account.ts";
import { type FetchGateways, fetchObject } from "./fetch_object.ts";
import { startTimeBudget, type TimeBudget } from "./time_budget.ts";

export interface BackfillGateways extends FetchGateways {
  database: FetchGateways["database"] & typeof runs;
  stripe: FetchGateways["stripe"] & Omit<typeof lists, "listEvents"> & typeof catalog;
}

/** A page of one kind, and where to go on; null at the end. */
interface Page {
  objects: MirroredObject[];
  cursor: string | null;
}

/** Seconds; whoever wants all of it calls again until it says `done`. */
const SECONDS = 20;
/** Customers whose entitlements make one page: each is a read. */
const CUSTOMERS = 20;

/**
 * Records everything that Stripe has, kind after kind and page after page; mappings of customers that are ours come
 * back with them. A run goes on where the last one ended, however it ended.
 *
 * @param restart Whether to begin anew; without it, what was completed stays so.
 * @throws AppError `stripe_unavailable`, `database_unavailable`, `not_configured`
 */
export async function backfill(restart: boolean, gateways: BackfillGateways): Promise<Backfilled> {
  const { database } = gateways;
  const claim = await database.claimBackfill(restart);
  const counts = { ...claim.counts };
  if (claim.run_id === null) return { state: claim.completed ? "done" : "busy", counts };

  const budget = startTimeBudget(SECONDS);
  try {
    await confirmAccount(gateways);
    let place: runs.BackfillStep = { kind: claim.kind, page_cursor: claim.page_cursor };
    while (typeof place !== "string" && await budget.next()) {
      const { kind, page_cursor }: runs.BackfillPlace = place;
      const { objects, cursor } = await readPage(place, budget, gateways);
      place = await database.recordBackfillPage(claim.run_id, kind, objects, cursor);
      // The last page of the customers comes back while their mappings are rebuilt.
      const again = typeof place !== "string" && place.kind === kind && place.page_cursor === page_cursor;
      if (!again) counts[kind] = (counts[kind] ?? 0) + objects.length;
    }
    return { state: place === "completed" ? "done" : place === "overtaken" ? "busy" : "more", counts };
  } finally {
    await database.releaseBackfill(claim.run_id)
      .catch((cause) => logWarning("A backfill was not released: its lease runs out", cause));
  }
}

async function readPage(
  { kind, page_cursor }: runs.BackfillPlace,
  budget: TimeBudget,
  gateways: BackfillGateways,
): Promise<Page> {
  if (kind === "entitlements.active_entitlement_summary") return await readEntitlements(page_cursor, budget, gateways);

  const { stripe } = gateways;
  const list: (after?: string) => Promise<ListPage<MirroredObject>> = {
    customer: stripe.listCustomers,
    product: stripe.listProducts,
    price: stripe.listPrices,
    subscription: stripe.listSubscriptions,
    invoice: stripe.listInvoices,
  }[kind];
  const { data, has_more } = await list(page_cursor ?? undefined).catch((error) => {
    // What the cursor names was deleted meanwhile: this kind begins again.
    if (page_cursor !== null && isMissing(error)) return list();
    throw error;
  });
  return { objects: data, cursor: has_more ? data.at(-1)?.id ?? null : null };
}

/** Stripe gives them customer by customer. */
async function readEntitlements(after: string | null, budget: TimeBudget, gateways: BackfillGateways): Promise<Page> {
  const customers = await gateways.database.listCustomersAfter(after, CUSTOMERS);
  const objects: MirroredObject[] = [];
  for (const object_id of customers) {
    await budget.next();
    objects.push(await fetchObject({ object: "entitlements.active_entitlement_summary", object_id }, gateways));
  }
  return { objects, cursor: customers.length < CUSTOMERS ? null : customers.at(-1)! };
}
