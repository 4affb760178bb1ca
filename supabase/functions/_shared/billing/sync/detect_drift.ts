import { type ListedKind, parentOf } from "../../contract/mirrored_kinds.ts";
import type { ObjectRef } from "../../contract/stripe_events.ts";
import type * as mirror from "../../database/mirror.ts";
import type * as reconcileRuns from "../../database/reconcile.ts";
import { logWarning } from "../../log.ts";
import { isForbidden, isMissingCursor } from "../../stripe/errors.ts";
import { type listBare, unstableFields, WALKS } from "../../stripe/mirrored.ts";
import { type FetchGateways, fetchObject } from "./fetch_object.ts";
import { isPermanent } from "./run_sync.ts";
import { PAGE_COST, type TimeBudget } from "./time_budget.ts";

export interface DriftGateways extends FetchGateways {
  database:
    & Pick<typeof mirror, "drawTicket">
    & Pick<typeof reconcileRuns, "claimDriftPage" | "recordDriftPage" | "stopDriftWalk" | "recordDriftCheck">;
  stripe: FetchGateways["stripe"] & { listBare: typeof listBare };
}

/** How many objects were compared with Stripe, how many of them had drifted, and how many reads or records failed. */
export interface DriftCounts {
  refetched: number;
  drifted: number;
  failed: number;
}

/**
 * Reads the next pages of Stripe's lists, as many as the rate of reads allows, and logs what had drifted without an event.
 * What a list does not show, or shows in part, is fetched singly. A kind that the key may not read and an object that
 * cannot be recorded block no other; any other failure ends the run.
 */
export async function detectDrift(run_id: number, budget: TimeBudget, gateways: DriftGateways): Promise<DriftCounts> {
  const run = new DriftRun(run_id, budget, gateways);
  if (budget.hasLeft) await run.readPages();
  return run.counts;
}

class DriftRun {
  readonly counts: DriftCounts = { refetched: 0, drifted: 0, failed: 0 };

  constructor(
    private readonly run_id: number,
    private readonly budget: TimeBudget,
    private readonly gateways: DriftGateways,
  ) {}

  async readPages(): Promise<void> {
    while (await this.budget.next(PAGE_COST)) {
      const claim = await this.gateways.database.claimDriftPage(this.run_id, WALKS);
      if (claim.kind === null || !await this.readPage(claim)) return;
    }
  }

  /** @returns Whether another page may be read. */
  private async readPage(claim: reconcileRuns.DriftPageClaim): Promise<boolean> {
    try {
      return parentOf(claim.kind) === null ? await this.compareList(claim) : await this.fetchEach(claim);
    } catch (error) {
      const { kind } = claim;
      // The cursor's object was deleted in the meantime: the list is read from its start.
      const restart = isMissingCursor(error);
      if (!restart) {
        logWarning(`Drift detection could not read every ${kind}`, error);
        this.counts.failed++;
      }
      if (!restart && !isForbidden(error)) return false;
      await this.gateways.database.stopDriftWalk(this.run_id, claim, restart);
      return true;
    }
  }

  private async compareList(claim: reconcileRuns.DriftPageClaim): Promise<boolean> {
    const kind = claim.kind as ListedKind;
    const { data, has_more, cut, cut_field } = await this.gateways.stripe.listBare(
      kind,
      claim.page_cursor ?? undefined,
      claim.scope === "live",
    );
    const last = data.at(-1) as { id: string; created?: number } | undefined;
    const cursor = has_more ? last?.id ?? null : null;
    const page = { objects: data, cut, cut_field, oldest: last?.created ?? null, cursor };
    const recorded = await this.record(claim, page).catch((error) => {
      if (!isPermanent(error)) throw error;
      logWarning(`A page of ${kind} could not be recorded: some of its objects are fetched singly`, error);
      this.counts.failed++;
      return this.record(claim, { ...page, objects: [], cut: [] });
    });
    if (recorded === null) return false;
    this.counts.refetched += data.length;
    this.counts.drifted += recorded.drifted;
    if (recorded.drifted > 0) logWarning(`The mirror of ${recorded.drifted} × ${kind} had drifted`, undefined);
    await this.checkSingles(recorded.singles);
    return true;
  }

  /** Reads a kind that Stripe lists for one customer or one product only. */
  private async fetchEach(claim: reconcileRuns.DriftPageClaim): Promise<boolean> {
    const ids = claim.ids ?? [];
    const object = claim.kind;
    await this.checkSingles(ids.map((object_id) => ({ object, object_id })));
    const cursor = ids.at(-1) ?? null;
    return await this.record(claim, { objects: [], cut: [], cut_field: null, oldest: null, cursor }) !== null;
  }

  private record(claim: reconcileRuns.DriftPageClaim, page: reconcileRuns.DriftPage) {
    return this.gateways.database.recordDriftPage(this.run_id, claim, page, unstableFields(claim.kind));
  }

  /**
   * Fetches objects under a ticket each; a page has twenty at most. All of them, because no other page finds them before
   * the next walk: what exceeds the budget is the last work of the run.
   */
  private async checkSingles(refs: readonly ObjectRef[]): Promise<void> {
    const { database } = this.gateways;
    for (const ref of refs) {
      await this.budget.next();
      const name = `${ref.object} "${ref.object_id}"`;
      try {
        const ticket = await database.drawTicket();
        const object = await fetchObject(ref, this.gateways);
        const drifted = await database.recordDriftCheck(ticket, [object], unstableFields(ref.object));
        if (drifted > 0) logWarning(`The mirror of ${name} had drifted`, undefined);
        this.counts.refetched++;
        this.counts.drifted += drifted;
      } catch (error) {
        if (!isPermanent(error)) throw error;
        logWarning(`The drift check of ${name} failed`, error);
        this.counts.failed++;
      }
    }
  }
}
