/** Everything that Stripe has, by calls of stripe-reconcile, a stretch each, until it says that it is done. */
import type { Backfilled, ReconcileInput } from "../../../supabase/functions/_shared/contract/reconcile.ts";
import { Failure } from "../../lib/failure.ts";
import { reconcileUrl } from "../steps/schedule.ts";

export interface BackfillOptions {
  /** The project's or the stack's. */
  readonly url: string;
  readonly secret: string;
  /** Whether to begin anew; else what was completed stays so. */
  readonly restart?: boolean;
  /** How long to go on, in milliseconds; a stretch takes about twenty seconds. Default: until it is done. */
  readonly patience?: number;
  /** How long to wait for another run, or after a failure, in milliseconds. */
  readonly pause?: number;
  onProgress?(counts: Backfilled["counts"]): void;
  /** Called when it has to wait, with the reason, unless it is the same as before. */
  onWait?(reason: string): void;
}

/** So many failures behind one another end it: an outage, and not a moment's. */
const TRIES = 5;
/** Longer than the platform lets a function run. */
const TIMEOUT = 420_000;

/**
 * Calls until all is done, or patience ends. Ended at any moment, the next goes on from there.
 *
 * @throws Failure saying what to do
 */
export async function runBackfill(
  { url, secret, restart = false, patience = Infinity, pause = 5_000, ...on }: BackfillOptions,
): Promise<Backfilled> {
  const deadline = performance.now() + patience;
  let backfill: ReconcileInput["backfill"] = restart ? "restart" : true;
  let failures = 0;
  let waitingFor: string | undefined;
  let reached = false;
  for (;;) {
    const answer = await call(url, secret, { backfill }, reached);
    reached = true;
    if ("state" in answer) {
      failures = 0;
      on.onProgress?.(answer.counts);
      if (answer.state === "done" || performance.now() > deadline) return answer;
      // A restart that met another run has not begun anything.
      if (answer.state === "more") backfill = true, waitingFor = undefined;
      else await wait("another run is at it", pause);
    } else {
      if (++failures === TRIES) throw new Failure(`"stripe-reconcile" fails: ${answer.reason}. ${RESUMES}`);
      await wait(answer.reason, answer.seconds === undefined ? pause : answer.seconds * 1000);
    }
  }

  async function wait(reason: string, milliseconds: number): Promise<void> {
    if (reason !== waitingFor) on.onWait?.(reason);
    waitingFor = reason;
    await new Promise((resume) => setTimeout(resume, milliseconds));
  }
}

export const RESUMES = "What was recorded is kept: the next run goes on from there";

const SEND = `send it with "npm run deploy", or locally start the stack again`;

interface Failed {
  readonly reason: string;
  /** When to try again, where it says so. */
  readonly seconds?: number;
}

/**
 * What a call answers, or why it is worth another.
 *
 * @param reached Whether there was an answer before: then that there is none may pass.
 * @throws Failure when it is not
 */
async function call(
  url: string,
  secret: string,
  input: ReconcileInput,
  reached: boolean,
): Promise<Backfilled | Failed> {
  const response = await fetch(reconcileUrl(url), {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
    body: JSON.stringify(input),
    signal: AbortSignal.timeout(TIMEOUT),
  }).catch((cause: Error) => cause);
  if (response instanceof Error) {
    if (!reached) throw new Failure(`"stripe-reconcile" at "${url}" doesn't answer: ${response.message}`);
    return { reason: `no answer: ${response.message}` };
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const { code, message = answer.message ?? "nothing that the function says" } = answer.error ?? {};
  switch (response.status) {
    case 401:
      throw new Failure(`"stripe-reconcile" refuses RECONCILE_SECRET, because it has another: ${SEND}`);
    case 404:
      throw new Failure(`"stripe-reconcile" is not at "${url}": run "npm run deploy" first`);
  }
  if (code === "not_configured") {
    throw new Failure(
      `"stripe-reconcile" lacks a variable, or its Stripe key is of another account or may not read everything: ` +
        `its log says which, and "npm run doctor" looks at all of them`,
    );
  }
  const reason = `${response.status}: ${message}`;
  if (response.status < 500 && response.status !== 429) throw new Failure(`"stripe-reconcile" answers ${reason}`);
  return { reason, seconds: Number(response.headers.get("retry-after")) || undefined };
}
