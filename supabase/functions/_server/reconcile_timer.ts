import { reconcileSecret } from "../_shared/env.ts";
import { logWarning } from "../_shared/log.ts";
import type { Endpoint } from "./endpoints.ts";

/** Milliseconds from the end of a run to the next: the platform's schedule calls once a minute. */
const INTERVAL = 60_000;
/** The longest wait that is added at random, so that processes that start together do not call together. */
const JITTER = 5_000;

export interface ReconcileTimer {
  /** Starts no further run. Resolves when the one in progress has ended. */
  stop(): Promise<void>;
}

/**
 * Calls stripe-reconcile about once a minute, never twice at a time. Every process may do so: a run is leased in the
 * database, and the calls of the other processes are answered `busy`. The endpoint logs its failures.
 */
export function startReconcileTimer(endpoint: Endpoint, interval = INTERVAL, jitter = JITTER): ReconcileTimer {
  let timer: ReturnType<typeof setTimeout>;
  let run = Promise.resolve();
  let isStopped = false;

  function schedule(pause: number): void {
    timer = setTimeout(() => {
      run = callReconcile(endpoint)
        .catch((cause) => logWarning("A call of stripe-reconcile failed", cause))
        .then(() => isStopped ? undefined : schedule(interval));
    }, pause + Math.random() * jitter);
  }
  schedule(0);

  return {
    stop() {
      isStopped = true;
      clearTimeout(timer);
      return run;
    },
  };
}

/** As the platform's schedule, except that it waits for the end of the run: pg_net could not. */
async function callReconcile(endpoint: Endpoint): Promise<void> {
  const headers = { authorization: `Bearer ${reconcileSecret()}`, "content-type": "application/json" };
  const request = { method: "POST", headers, body: JSON.stringify({ wait: true }) };
  const response = await endpoint.fetch(new Request("http://localhost/stripe-reconcile", request));
  await response.body?.cancel();
}
