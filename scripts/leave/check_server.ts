import { OPTIONAL_SERVICES } from "../../supabase/functions/_shared/contract/health.ts";
import { Failure } from "../lib/failure.ts";

/**
 * Checks that a server answers. It may wait for a database that is closed: then `/ready` is 503, and `/health` is not.
 *
 * @param server Its base URL
 * @returns Which of the optional endpoints are not configured
 * @throws Failure when it does not answer, or lacks a variable
 */
export async function checkServer(server: string): Promise<string[]> {
  const response = await fetch(`${server}/health`, { signal: AbortSignal.timeout(20_000) }).catch((cause) => {
    const reason = cause.cause?.message ?? cause.message;
    throw new Failure(`"${server}" does not answer (${reason}): start it, see docs/12-server.md`);
  });
  const { configured } = await response.json().catch(() => ({}));
  if (!response.ok || configured === undefined) {
    throw new Failure(`"${server}/health" answers ${response.status}: expected the server of docs/12-server.md`);
  }
  const missing = Object.entries(configured).filter(([, isConfigured]) => !isConfigured).map(([name]) => name);
  const required = missing.filter((name) => !OPTIONAL_SERVICES.includes(name));
  if (required.length > 0) throw new Failure(`The server is not configured for ${required.join(", ")}`);
  return missing;
}
