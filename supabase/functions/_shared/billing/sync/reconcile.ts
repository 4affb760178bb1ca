import { background } from "../../background.ts";
import type { Reconciled, Run, Started } from "../../contract/reconcile.ts";
import type * as reconcileRuns from "../../database/reconcile.ts";
import { logNote, logWarning } from "../../log.ts";
import { readsFor } from "../../reads.ts";
import { isForbidden } from "../../stripe/errors.ts";
import { within } from "../../within.ts";
import { checkPayers, type PayerGateways } from "../departures/check_payers.ts";
import { repeatDepartures, type RepeatGateways } from "../departures/repeat_departures.ts";
import { mendDuplicates, type MendGateways } from "../duplicates/mend_duplicates.ts";
import { type ReadsGateways, recordReads } from "../record_reads.ts";
import { detectDrift, type DriftGateways } from "./detect_drift.ts";
import { pollEvents, type PollGateways, type PollResult } from "./poll_events.ts";
import { type DuePageGateways, processDuePages } from "./process_due_pages.ts";
import { type DueEventGateways, processDueEvents } from "./process_due_events.ts";
import { startTimeBudget } from "./time_budget.ts";

export interface ReconcileGateways {
  clerk: DueEventGateways["clerk"] & PayerGateways["clerk"];
  database:
    & RepeatGateways["database"]
    & MendGateways["database"]
    & PayerGateways["database"]
    & PollGateways["database"]
    & DuePageGateways["database"]
    & DueEventGateways["database"]
    & DriftGateways["database"]
    & ReadsGateways["database"]
    & typeof reconcileRuns;
  stripe:
    & PollGateways["stripe"]
    & DuePageGateways["stripe"]
    & DueEventGateways["stripe"]
    & MendGateways["stripe"]
    & DriftGateways["stripe"];
}

type Claim = Extract<reconcileRuns.ReconcileClaim, { run_id: number }>;

/** Seconds for each of the three parts. The scheduler calls every minute; a longer run makes the next answer `busy`. */
const SECONDS = 15;
/** Fetches for each part: together at most about 0.7 s of CPU, see time_budget.ts. */
const FETCHES = { poll: 20, process: 50, drift: 20 };

/** Seconds until the next poll, after one that the key may not make. */
const FORBIDDEN_POLL_AFTER = 900;

/** Milliseconds that a claim may take until the answer is sent without it. */
const CLAIM_WAIT = 1_500;

/**
 * Begins a run that goes on after the answer: pg_net, with which the scheduler calls, takes no other request of the
 * project before its batch is answered.
 *
 * @throws AppError `database_unavailable`, `not_configured`; a later failure is logged
 */
export async function startReconcile(gateways: ReconcileGateways): Promise<Started> {
  const claiming = gateways.database.claimReconcile();
  const claim = await within(CLAIM_WAIT, claiming);
  if (claim?.run_id === null) return { state: "busy" };
  background("A reconcile run", continueRun(claim ?? claiming, gateways));
  return { state: "started" };
}

async function continueRun(
  claiming: reconcileRuns.ReconcileClaim | Promise<reconcileRuns.ReconcileClaim>,
  gateways: ReconcileGateways,
): Promise<void> {
  const claim = await claiming;
  if (claim.run_id !== null) await run(claim, gateways);
}

function logRun({ found, processed, failed, drifted }: Run): void {
  if (found + processed + failed + drifted === 0) return;
  logNote(`A reconcile run found ${found}, processed ${processed}, failed ${failed}, drifted ${drifted}`);
}

/**
 * One run, waited for.
 *
 * @throws AppError `stripe_unavailable`, `database_unavailable`, `not_configured`: what was recorded before stays
 */
export async function reconcile(gateways: ReconcileGateways): Promise<Reconciled> {
  const claim = await gateways.database.claimReconcile();
  return claim.run_id === null ? { state: "busy" } : await run(claim, gateways);
}

const pollIfDue = (claim: Claim, gateways: PollGateways): Promise<PollResult> =>
  claim.window_from === null
    ? Promise.resolve({ found: 0, polledToEnd: true })
    : pollEvents(claim, startTimeBudget(SECONDS, FETCHES.poll), gateways);

/**
 * Repairs what webhooks missed: events that Stripe lists and the ledger does not have, events whose sync failed, was
 * deferred or was interrupted, and objects that drifted without an event. One run at a time, bounded in time and
 * in work; the next run resumes where an interrupted one stopped.
 */
async function run(claim: Claim, gateways: ReconcileGateways): Promise<Run> {
  const { database } = gateways;
  try {
    // Due events are processed even if Stripe's list fails: a deferred event depends on it.
    const [polled] = await Promise.allSettled([pollIfDue(claim, readsFor("poll", gateways))]);
    const budget = startTimeBudget(SECONDS, FETCHES.process);
    const listed = await processDuePages(budget, readsFor("retry", gateways));
    const processed = await processDueEvents(budget, readsFor("retry", gateways));
    if (polled.status === "rejected" && !isForbidden(polled.reason)) throw polled.reason;
    if (polled.status === "rejected") {
      logWarning("The key may not read events: undelivered ones are not found", polled.reason);
    }
    const { found, polledToEnd } = polled.status === "rejected" ? { found: 0, polledToEnd: true } : polled.value;

    const departures = await repeatDepartures(readsFor("retry", gateways));
    const duplicates = await mendDuplicates(readsFor("retry", gateways));
    // Nothing of Stripe's depends on it.
    await checkPayers(gateways).catch((error) => logWarning("Owners who pay could not be looked up at Clerk", error));
    const pruned = await database.pruneLedger();
    const { refetched, drifted, failed } = await detectDrift(
      claim.run_id,
      startTimeBudget(polledToEnd ? SECONDS : 0, FETCHES.drift),
      readsFor("drift", gateways),
    );
    const { due, pending, dead, backfill_due } = await database.releaseReconcile(
      claim.run_id,
      polled.status === "rejected" ? FORBIDDEN_POLL_AFTER : undefined,
    );
    const result: Run = {
      state: due > 0 || !polledToEnd ? "more" : "done",
      found,
      processed: listed + processed.recorded,
      failed: processed.failed + departures + duplicates + failed,
      refetched,
      drifted,
      pruned,
      pending,
      dead,
      backfill_due,
    };
    logRun(result);
    return result;
  } catch (error) {
    await database.releaseReconcile(claim.run_id)
      .catch((cause) => logWarning("A reconcile run was not released: its lease expires", cause));
    throw error;
  } finally {
    await recordReads(gateways);
  }
}
