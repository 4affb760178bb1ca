/** Copies everything that Stripe has into the mirror: calls stripe-reconcile in time-boxed batches until it is done. */
import type { Backfilled, ReconcileInput } from "../../../supabase/functions/_shared/contract/reconcile.ts";
import { Failure } from "../../lib/failure.ts";
import { reconcileUrl } from "../steps/schedule.ts";

export interface BackfillOptions {
  /** The URL of the project or the local stack. */
  readonly url: string;
  readonly secret: string;
  /** Whether to start over; otherwise a completed backfill stays completed. */
  readonly restart?: boolean;
  /** Milliseconds after which no further batch is started; a batch takes about twenty seconds. Default: no limit. */
  readonly timeoutMs?: number;
  /** Milliseconds to wait for another run, or after a failure. */
  readonly pauseMs?: number;
  onProgress?(counts: Backfilled["counts"], share?: number): void;
  /** Called with each kind that the key may not read. */
  onSkip?(kind: string): void;
  /** Called before waiting, once per reason. */
  onWait?(reason: string): void;
}

/** Consecutive failures after which the backfill stops. */
const MAX_FAILURES = 5;
/** Longer than the platform lets a function run. */
const CALL_TIMEOUT_MS = 420_000;

export const RESUMES = "Everything recorded so far is kept, and the next run resumes where this one stopped";

/**
 * Runs batches until the backfill is done or the timeout has passed. It may be stopped at any time.
 *
 * @throws Failure with the next step for the operator
 */
export async function runBackfill(
  { url, secret, restart = false, timeoutMs = Infinity, pauseMs = 5_000, ...on }: BackfillOptions,
): Promise<Backfilled> {
  const deadline = performance.now() + timeoutMs;
  let backfill: ReconcileInput["backfill"] = restart ? "restart" : true;
  let failures = 0;
  let waitingFor: string | undefined;
  let reached = false;
  for (;;) {
    const answer = await call(url, secret, { backfill }, reached);
    reached = true;
    if ("state" in answer) {
      failures = 0;
      on.onProgress?.(answer.counts, answer.share);
      for (const kind of answer.skipped ?? []) on.onSkip?.(kind);
      if (answer.state === "done" || performance.now() > deadline) return answer;
      // A "busy" answer to a restart means that the restart has not begun.
      if (answer.state === "more") backfill = true, waitingFor = undefined;
      else await wait("another run is in progress", pauseMs);
    } else {
      if (++failures === MAX_FAILURES) {
        throw new Failure(`"stripe-reconcile" failed ${failures} times, last with ${answer.reason}. ${RESUMES}`);
      }
      await wait(answer.reason, answer.seconds === undefined ? pauseMs : answer.seconds * 1000);
    }
  }

  async function wait(reason: string, milliseconds: number): Promise<void> {
    if (reason !== waitingFor) on.onWait?.(reason);
    waitingFor = reason;
    await new Promise((resume) => setTimeout(resume, milliseconds));
  }
}

/** A failure that may pass. */
interface Retryable {
  readonly reason: string;
  /** When to retry, if the answer says so. */
  readonly seconds?: number;
}

/**
 * Runs one batch.
 *
 * @param reached Whether an earlier call was answered: then a missing answer may be temporary.
 * @throws Failure when a retry cannot help
 */
async function call(
  url: string,
  secret: string,
  input: Pick<ReconcileInput, "backfill">,
  reached: boolean,
): Promise<Backfilled | Retryable> {
  const response = await fetch(reconcileUrl(url), {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
    body: JSON.stringify(input),
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  }).catch((cause: Error) => cause);
  if (response instanceof Error) {
    if (!reached) throw new Failure(`Cannot reach "stripe-reconcile" at "${url}": ${response.message}`);
    return { reason: `no answer: ${response.message}` };
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const { code, message = answer.message ?? "no message from the function" } = answer.error ?? {};
  switch (response.status) {
    case 401:
      throw new Failure(
        `"stripe-reconcile" rejected RECONCILE_SECRET, because the function has a different one. ` +
          `Send it with "npm run deploy", or restart the local stack`,
      );
    case 404:
      throw new Failure(`Cannot find "stripe-reconcile" at "${url}". Run "npm run deploy" first`);
  }
  if (code === "not_configured") {
    throw new Failure(
      `"stripe-reconcile" is not configured: a variable is missing, or its Stripe key belongs to another account or ` +
        `lacks a permission. Its log names the cause, and "npm run doctor" checks all of them`,
    );
  }
  const reason = `${response.status}: ${message}`;
  if (response.status < 500 && response.status !== 429) throw new Failure(`"stripe-reconcile" answered ${reason}`);
  return { reason, seconds: Number(response.headers.get("retry-after")) || undefined };
}
