import { type ListedKind, type MirroredKind, parentOf } from "../../contract/mirrored_kinds.ts";
import type { Backfilled } from "../../contract/reconcile.ts";
import type * as backfillRuns from "../../database/backfill.ts";
import type { MirroredObject } from "../../database/mirror.ts";
import { stripeEnv } from "../../env.ts";
import { logWarning } from "../../log.ts";
import { readsFor } from "../../reads.ts";
import { isForbidden, isMissingCursor, isRateLimit } from "../../stripe/errors.ts";
import type * as mirrored from "../../stripe/mirrored.ts";
import { type ReadsGateways, recordReads } from "../record_reads.ts";
import { splitPoint } from "./backfill_split.ts";
import { createThrottle, RATES } from "./backfill_throttle.ts";
import { type FetchGateways, fetchObject } from "./fetch_object.ts";
import { PAGE_COST, startBudget } from "./time_budget.ts";

export interface BackfillGateways extends FetchGateways {
  database: ReadsGateways["database"] & typeof backfillRuns;
  stripe: FetchGateways["stripe"] & Pick<typeof mirrored, "listObjects">;
}

/** A page of a range, where the next begins, or null at the end, and where the range may be split. */
interface Page {
  objects: MirroredObject[];
  cursor: string | null;
  split_at?: number;
}

/** Seconds until no further page begins; the operator's command calls until the answer is `done`. */
const SECONDS = 20;
/** Fetches of one object; a page counts as several. */
const FETCHES = 150;
/** Customers or products per page of a kind that Stripe lists for one of them: each is a read. */
const PARENTS = 50;
/** Attempts of a read that Stripe's rate limit refuses. */
const ATTEMPTS = 5;

/**
 * Records everything that Stripe has, all kinds side by side and several ranges of `created` of each, in batches that are
 * bounded in time and in work; missing mappings of this deployment's customers are rebuilt with them. A batch resumes
 * where the last one stopped.
 *
 * @param restart Whether to begin again; without it a completed backfill stays completed.
 * @throws AppError `stripe_unavailable`, `database_unavailable`, `not_configured`
 */
export const backfill = (restart: boolean, gateways: BackfillGateways): Promise<Backfilled> =>
  claimAndRun(restart, readsFor("backfill", gateways)).finally(() => recordReads(gateways));

async function claimAndRun(restart: boolean, gateways: BackfillGateways): Promise<Backfilled> {
  const { database } = gateways;
  const claim = await database.claimBackfill(restart);
  if (claim.run_id === null) return { state: claim.completed ? "done" : "busy", counts: claim.counts };
  let share: number | null | void;
  let batch: Backfilled;
  try {
    batch = await runBatch(claim, gateways);
  } finally {
    share = await database.releaseBackfill(claim.run_id)
      .catch((cause) => logWarning("A backfill was not released: its lease expires", cause));
  }
  return typeof share === "number" && batch.state === "more" ? { ...batch, share } : batch;
}

async function runBatch(
  claim: Extract<backfillRuns.BackfillClaim, { run_id: number }>,
  gateways: BackfillGateways,
): Promise<Backfilled> {
  const reads = startReads();
  const counts = { ...claim.counts };
  const skipped = new Set<MirroredKind>();
  const begun = new Set<number>();
  const running = new Set<Promise<void>>();
  let state: Backfilled["state"] = "more";
  let failure: { error: unknown } | undefined;

  const begin = (ranges: backfillRuns.BackfillRange[]) => {
    for (const range of ranges) {
      if (begun.has(range.id) || isEarly(range, ranges)) continue;
      begun.add(range.id);
      const listing = listRange(range).catch((error) => void (failure ??= { error }))
        .then(() => void running.delete(listing));
      running.add(listing);
    }
  };
  begin(claim.ranges);
  // Lists that are being read when another one fails are recorded too.
  while (running.size > 0) await Promise.race(running);
  if (failure !== undefined) throw failure.error;
  return { state, counts, ...skipped.size > 0 && { skipped: [...skipped] } };

  async function listRange(begun: backfillRuns.BackfillRange): Promise<void> {
    let range: backfillRuns.BackfillRange | undefined = begun;
    while (range !== undefined && state === "more" && failure === undefined && reads.beginPage()) {
      const { id, kind }: backfillRuns.BackfillRange = range;
      const { objects, cursor, split_at } = await readPage(range);
      const step = await gateways.database.recordBackfillPage(claim.run_id, id, objects, cursor, split_at);
      if (step === "overtaken") state = "busy";
      else counts[kind] = (counts[kind] ?? 0) + objects.length;
      if (step === "completed") state = "done";
      if (typeof step === "string") return;
      begin(step);
      range = step.find((left) => left.id === id);
    }
  }

  async function readPage(range: backfillRuns.BackfillRange): Promise<Page> {
    if (range.listed) return { objects: [], cursor: null };
    try {
      return await (parentOf(range.kind) === null ? readList : readPerParent)(range, reads, gateways);
    } catch (error) {
      if (!isForbidden(error)) throw error;
      const { kind } = range;
      logWarning(
        `The backfill skips every ${kind}, which the key may not read: grant the permission, then restart`,
        error,
      );
      skipped.add(kind);
      return { objects: [], cursor: null };
    }
  }
}

/** What is recorded before a kind is read for each customer of subscriptions, or for each product that was sold. */
const BEFORE: Readonly<Record<"customer" | "product", readonly MirroredKind[]>> = {
  customer: ["subscription"],
  product: ["subscription", "checkout.session"],
};

function isEarly({ kind }: backfillRuns.BackfillRange, ranges: backfillRuns.BackfillRange[]): boolean {
  const parent = parentOf(kind);
  return parent !== null && ranges.some((other) => BEFORE[parent].includes(other.kind));
}

type Reads = ReturnType<typeof startReads>;

/** Bounds a batch in time and in work, and throttles its reads at Stripe. */
function startReads() {
  const budget = startBudget(SECONDS, FETCHES);
  const throttle = createThrottle(stripeEnv().livemode ? RATES.live : RATES.sandbox);
  return {
    beginPage: () => budget.take(PAGE_COST),
    /** Waits until another read of this kind may begin. @returns False when the time or the work is used up */
    async next(kind: MirroredKind): Promise<boolean> {
      await throttle.next(kind);
      return budget.take(1);
    },
    /** Reads when it may, and again while the rate limit refuses it. */
    async read<Answer>(kind: MirroredKind, read: () => Promise<Answer>): Promise<Answer> {
      for (let attempt = 1;; attempt++) {
        await throttle.next(kind);
        try {
          return await read();
        } catch (error) {
          if (!isRateLimit(error) || attempt === ATTEMPTS) throw error;
          throttle.limited(kind, 2 ** (attempt - 1));
        }
      }
    },
  };
}

async function readList(
  range: backfillRuns.BackfillRange,
  reads: Reads,
  { stripe }: BackfillGateways,
): Promise<Page> {
  const { page_cursor, created_from, created_to } = range;
  const kind = range.kind as ListedKind;
  const created = { ...created_from !== null && { gte: created_from }, ...created_to !== null && { lt: created_to } };
  const list = (after: string | undefined) =>
    reads.read(kind, () => stripe.listObjects(kind, after, () => reads.next(kind), created));
  const page = await list(page_cursor ?? undefined).catch((error) => {
    // The cursor's object was deleted in the meantime: this range is listed from its start.
    if (page_cursor !== null && isMissingCursor(error)) return list(undefined);
    throw error;
  });
  const { data, has_more } = page;
  return { objects: data, cursor: has_more ? data.at(-1)?.id ?? null : null, split_at: splitPoint(range, page) };
}

async function readPerParent(
  { kind: object, page_cursor }: backfillRuns.BackfillRange,
  reads: Reads,
  gateways: BackfillGateways,
): Promise<Page> {
  const { listSubscribersAfter, listFeaturedProductsAfter } = gateways.database;
  const list = parentOf(object) === "customer" ? listSubscribersAfter : listFeaturedProductsAfter;
  const parents = await list(page_cursor, PARENTS);
  const objects = await Promise.all(
    parents.map((object_id) => reads.read(object, () => fetchObject({ object, object_id }, gateways))),
  );
  return { objects, cursor: parents.length < PARENTS ? null : parents.at(-1)! };
}
