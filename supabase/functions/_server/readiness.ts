import { readVersion } from "../_shared/database/catalog.ts";
import { logState, logWarning } from "../_shared/log.ts";

/** Milliseconds for which an answer of the database counts, so that probes of many balancers cost one call. */
const FRESH = 2_000;

type ReadinessStatus = "ready" | "database_unavailable" | "stopping";

export interface Readiness {
  /** 200 while requests can be answered, otherwise 503. */
  respond(): Promise<Response>;
  /** From now on the answer is 503. */
  stop(): void;
}

/** Whether the process should receive requests. @param check One call of the database, which rejects when it is down */
export function createReadiness(check: () => Promise<unknown> = readVersion): Readiness {
  let status: Promise<ReadinessStatus>;
  let askedAt = -Infinity;
  let known: ReadinessStatus | undefined;
  let isStopping = false;

  async function ask(): Promise<ReadinessStatus> {
    // Only changes are logged: probes come every few seconds.
    try {
      await check();
      if (known !== "ready") logState("Ready");
      return known = "ready";
    } catch (cause) {
      if (known !== "database_unavailable") logWarning("Not ready: the database does not answer", cause);
      return known = "database_unavailable";
    }
  }

  return {
    async respond() {
      if (isStopping) return answer("stopping");
      if (Date.now() - askedAt >= FRESH) {
        askedAt = Date.now();
        status = ask();
      }
      return answer(await status);
    },
    stop: () => void (isStopping = true),
  };
}

const answer = (status: ReadinessStatus): Response =>
  Response.json({ status }, { status: status === "ready" ? 200 : 503, headers: { "cache-control": "no-store" } });
