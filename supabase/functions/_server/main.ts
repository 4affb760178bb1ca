/**
 * All endpoints in one process, for a machine or a container, with a timer in place of the platform's schedule: see
 * docs/12-server.md. A signal lets the requests and the background work end; a second one ends the process at once.
 */
import { backgroundEnded } from "../_shared/background.ts";
import { OPTIONAL_SERVICES } from "../_shared/contract/health.ts";
import { clerkEnv, configurationErrors, listenEnv } from "../_shared/env.ts";
import { logState } from "../_shared/log.ts";
import { findEndpoint, loadEndpoints } from "./endpoints.ts";
import { createReadiness } from "./readiness.ts";
import { startReconcileTimer } from "./reconcile_timer.ts";

/** Milliseconds from the signal until the process exits at the latest: less than platforms wait, which is 30 s. */
const STOP_LIMIT = 25_000;
/** Milliseconds within which two signals are one: npm and the terminal both forward a Ctrl-C. */
const SAME_SIGNAL = 1_000;

await requireConfiguration();
const { stopDelay, ...address } = listenEnv();
const endpoints = await loadEndpoints();
const readiness = createReadiness();

// Before it listens: from then on a signal may come.
let stoppedAt: number | undefined;
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.addSignalListener(signal, () => {
    if (stoppedAt === undefined) {
      stoppedAt = Date.now();
      logState(`Stopping on ${signal}`);
      void stop();
    } else if (Date.now() - stoppedAt > SAME_SIGNAL) {
      logState(`Stopped by a second ${signal}: requests were cut off`, "warn");
      Deno.exit(1);
    }
  });
}

const server = Deno.serve(
  { ...address, onListen: ({ hostname, port }) => logState(`Listening on http://${hostname}:${port}`) },
  (request) => isReadiness(request.url) ? readiness.respond() : findEndpoint(request.url, endpoints).fetch(request),
);
const timer = startReconcileTimer(endpoints["stripe-reconcile"]);

/** Not parsed as a URL, because the caller chooses the host, which may be invalid. */
function isReadiness(url: string): boolean {
  return /^https?:\/\/[^/]*\/ready\/?([?#]|$)/.test(url);
}

async function stop(): Promise<void> {
  readiness.stop();
  setTimeout(() => {
    logState(`Stopped after ${STOP_LIMIT / 1_000} s: requests or background work were cut off`, "warn");
    Deno.exit(1);
  }, STOP_LIMIT);
  const reconciled = timer.stop();
  // A balancer finds out by /ready before a connection is refused.
  if (stopDelay > 0) await new Promise((resume) => setTimeout(resume, stopDelay));
  await server.shutdown();
  await reconciled;
  await backgroundEnded();
  logState("Stopped");
  Deno.exit(0);
}

async function requireConfiguration(): Promise<void> {
  const errors = [...await configurationErrors()];
  for (const [service, reason] of errors) {
    logState(`${service}: ${reason}`, OPTIONAL_SERVICES.includes(service) ? "warn" : "error");
  }
  if (errors.some(([service]) => !OPTIONAL_SERVICES.includes(service))) {
    if (errors.some(([service]) => service === "database")) {
      logState("The database is set by DATABASE_URL, or by SUPABASE_URL and SUPABASE_SECRET_KEYS", "error");
    }
    logState("Not started: set the variables that are missing or wrong", "error");
    Deno.exit(1);
  }
  if (clerkEnv().authorizedParties.size === 0) {
    logState("ALLOWED_ORIGINS names no frontend: the token of a browser is refused", "warn");
  }
}
