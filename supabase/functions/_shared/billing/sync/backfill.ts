import {
  isListedPerCustomer,
  type ListedKind,
  type MirroredKind,
  type PerCustomerKind,
} from "../../contract/mirrored_kinds.ts";
import type { Backfilled } from "../../contract/reconcile.ts";
import type * as backfillRuns from "../../database/backfill.ts";
import type { MirroredObject } from "../../database/mirror.ts";
import { logWarning } from "../../log.ts";
import { isForbidden, isMissingCursor } from "../../stripe/errors.ts";
import type * as mirrored from "../../stripe/mirrored.ts";
import { type FetchGateways, fetchObject } from "./fetch_object.ts";
import { PAGE_COST, startTimeBudget, type TimeBudget } from "./time_budget.ts";

export interface BackfillGateways extends FetchGateways {
  database: typeof backfillRuns;
  stripe: FetchGateways["stripe"] & Pick<typeof mirrored, "listObjects">;
}

/** A page of one kind, and where the next begins; null at the end. */
interface Page {
  objects: MirroredObject[];
  cursor: string | null;
}

/** Seconds; the operator's command calls until the answer is `done`. */
const SECONDS = 20;
/** Fetches of one object; a page counts as several. */
const FETCHES = 60;
/** Customers per page of a kind that Stripe lists per customer: each is a read. */
const CUSTOMERS = 20;

/**
 * Records everything that Stripe has, kind by kind and page by page, in batches that are bounded in time and in
 * work; missing mappings of this deployment's customers are rebuilt with them. A batch resumes where the last one stopped.
 *
 * @param restart Whether to begin again; without it a completed backfill stays completed.
 * @throws AppError `stripe_unavailable`, `database_unavailable`, `not_configured`
 */
export async function backfill(restart: boolean, gateways: BackfillGateways): Promise<Backfilled> {
  const { database } = gateways;
  const claim = await database.claimBackfill(restart);
  const counts = { ...claim.counts };
  if (claim.run_id === null) return { state: claim.completed ? "done" : "busy", counts };

  const budget = startTimeBudget(SECONDS, FETCHES);
  const skipped = new Set<MirroredKind>();
  try {
    let place: backfillRuns.BackfillStep = { kind: claim.kind, page_cursor: claim.page_cursor };
    while (typeof place !== "string" && await budget.next(PAGE_COST)) {
      const { kind, page_cursor }: backfillRuns.BackfillPlace = place;
      const reading = isListedPerCustomer(kind)
        ? readPerCustomer(kind, page_cursor, budget, gateways)
        : readList(kind, page_cursor, budget, gateways);
      const { objects, cursor } = await reading.catch((error): Page => {
        if (!isForbidden(error)) throw error;
        logWarning(
          `The backfill skips every ${kind}, which the key may not read: grant the permission, then restart`,
          error,
        );
        skipped.add(kind);
        return { objects: [], cursor: null };
      });
      place = await database.recordBackfillPage(claim.run_id, kind, objects, cursor);
      // The last page of customers is repeated while their mappings are rebuilt.
      const repeated = typeof place !== "string" && place.kind === kind && place.page_cursor === page_cursor;
      if (!repeated) counts[kind] = (counts[kind] ?? 0) + objects.length;
    }
    return {
      state: place === "completed" ? "done" : place === "overtaken" ? "busy" : "more",
      counts,
      ...skipped.size > 0 && { skipped: [...skipped] },
    };
  } finally {
    await database.releaseBackfill(claim.run_id)
      .catch((cause) => logWarning("A backfill was not released: its lease expires", cause));
  }
}

async function readList(
  kind: ListedKind,
  after: string | null,
  budget: TimeBudget,
  { stripe }: BackfillGateways,
): Promise<Page> {
  const mayRead = () => budget.next();
  const { data, has_more } = await stripe.listObjects(kind, after ?? undefined, mayRead).catch((error) => {
    // The cursor's object was deleted in the meantime: this kind is listed from its start.
    if (after !== null && isMissingCursor(error)) return stripe.listObjects(kind, undefined, mayRead);
    throw error;
  });
  return { objects: data, cursor: has_more ? data.at(-1)?.id ?? null : null };
}

async function readPerCustomer(
  object: PerCustomerKind,
  after: string | null,
  budget: TimeBudget,
  gateways: BackfillGateways,
): Promise<Page> {
  const customers = await gateways.database.listCustomersAfter(after, CUSTOMERS);
  const objects: MirroredObject[] = [];
  for (const object_id of customers) {
    await budget.next();
    objects.push(await fetchObject({ object, object_id }, gateways));
  }
  return { objects, cursor: customers.length < CUSTOMERS ? null : customers.at(-1)! };
}
