import type { ListedKind } from "../../contract/mirrored_kinds.ts";
import type * as catalogFill from "../../database/catalog_fill.ts";
import { catalogEnv } from "../../env.ts";
import { AppError } from "../../errors.ts";
import { logWarning } from "../../log.ts";
import { readsFor } from "../../reads.ts";
import { isForbidden, isMissingCursor } from "../../stripe/errors.ts";
import type * as mirrored from "../../stripe/mirrored.ts";
import { type ReadsGateways, recordReads } from "../record_reads.ts";
import { type FetchGateways, fetchObject } from "../sync/fetch_object.ts";
import { isPermanent } from "../sync/run_sync.ts";
import { PAGE_COST, startTimeBudget, type TimeBudget } from "../sync/time_budget.ts";

export interface FillGateways {
  database:
    & Pick<typeof catalogFill, "claimFill" | "recordPage" | "listUnlisted" | "completeFill" | "failFill">
    & ReadsGateways["database"];
  stripe: Pick<typeof mirrored, "listObjects"> & FetchGateways["stripe"];
}

/** The kinds that make up the catalog, in the order in which they are listed. */
const KINDS = ["product", "price"] as const satisfies ListedKind[];

/** Seconds until the next run may resume after a failure that names no other time. */
const RETRY_AFTER = 5;

/** Seconds of a run, and its work: twenty pages. The next run resumes at the page after them. */
const SECONDS = 20;
const FETCHES = 20 * PAGE_COST;

/** Objects that a fill fetches because the list did not show them. Each counts as a page for when the next fill is due. */
const UNLISTED = 8;

/** How a run ended. `more`: the next may resume at once. `idle`: nothing was due, or another run has the lease. */
export type FillResult = "complete" | "more" | "idle";

let running: Promise<FillResult> | undefined;

/**
 * Lists the catalog at Stripe and records it, if a fill is due and no other run has the lease. An isolate has one run at
 * a time, bounded in time and in work; a long catalog takes several.
 *
 * @throws AppError `stripe_unavailable`, `database_unavailable`, `not_configured`
 */
export function fillCatalog(gateways: FillGateways): Promise<FillResult> {
  return running ??= fillIfDue(readsFor("catalog", gateways)).finally(() => running = undefined);
}

async function fillIfDue(gateways: FillGateways): Promise<FillResult> {
  const { database } = gateways;
  const { run_id, ...place } = await database.claimFill();
  if (run_id === null) return "idle";
  try {
    const result = await fillFrom(place, run_id, gateways);
    if (result === "complete") await database.completeFill(run_id, catalogEnv().refreshSeconds);
    if (result === "more") await database.failFill(run_id, 0);
    return result;
  } catch (error) {
    await recordFailure(error, run_id, database)
      .catch((cause) => logWarning("The failure of a catalog fill could not be recorded", cause));
    throw error;
  } finally {
    await recordReads(gateways);
  }
}

async function recordFailure(error: unknown, run_id: number, database: FillGateways["database"]): Promise<void> {
  // The cursor's object was deleted in the meantime: the next run lists from the start.
  if (isMissingCursor(error)) await database.recordPage(run_id, [], KINDS[0], null);
  const retryAfter = error instanceof AppError ? Number(error.headers["retry-after"]) || RETRY_AFTER : RETRY_AFTER;
  await database.failFill(run_id, retryAfter);
}

/**
 * Lists kind by kind, then fetches some of what no list has shown.
 *
 * @returns `idle` when another run has taken over.
 */
async function fillFrom(
  { kind: resumed, cursor }: Pick<catalogFill.FillClaim, "kind" | "cursor">,
  run_id: number,
  gateways: FillGateways,
): Promise<FillResult> {
  const { database, stripe } = gateways;
  const budget = startTimeBudget(SECONDS, FETCHES);
  const first = Math.max(0, KINDS.findIndex((kind) => kind === resumed));
  const forbidden = new Set<string>();

  for (const [n, kind] of KINDS.entries()) {
    if (n < first) continue;
    let after = kind === resumed && cursor !== null ? cursor : undefined;
    for (let more = true; more;) {
      if (!await budget.next(PAGE_COST)) return "more";
      const page = await stripe.listObjects(kind, after, () => budget.next()).catch((error) => {
        forbidden.add(kind);
        if (!isForbidden(error) || forbidden.size === KINDS.length) throw error;
        logWarning(`The catalog skips every ${kind}, which the key may not read: grant the permission`, error);
        return { data: [], has_more: false };
      });
      after = page.data.at(-1)?.id ?? after;
      more = page.has_more && page.data.length > 0;
      const recorded = more
        ? await database.recordPage(run_id, page.data, kind, after ?? null)
        : await database.recordPage(run_id, page.data, KINDS[n + 1] ?? kind, null);
      if (!recorded) return "idle";
    }
  }
  return await fetchUnlisted(run_id, forbidden, budget, gateways) ? "complete" : "idle";
}

/**
 * Stripe lists no inline prices, so what a list did not show may exist: it becomes a tombstone only when Stripe has no
 * such object. What is left over is fetched by the next fills.
 *
 * @returns False when another run has taken over.
 */
async function fetchUnlisted(
  run_id: number,
  forbidden: ReadonlySet<string>,
  budget: TimeBudget,
  gateways: FillGateways,
): Promise<boolean> {
  const { database } = gateways;
  for (const ref of await database.listUnlisted(run_id, UNLISTED)) {
    if (forbidden.has(ref.object)) continue;
    if (!await budget.next()) break;
    try {
      const object = await fetchObject(ref, gateways);
      if (!await database.recordPage(run_id, [object], KINDS[KINDS.length - 1]!, null)) return false;
    } catch (error) {
      if (!isPermanent(error)) throw error;
      logWarning(
        `${ref.object} "${ref.object_id}", which the list did not show, could not be fetched or recorded`,
        error,
      );
    }
  }
  return true;
}
