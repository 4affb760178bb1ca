import { Failure } from "../lib/failure.ts";

/**
 * Checks that a server answers. It may wait for a database that is closed: then `/ready` is 503, and `/health` is not.
 *
 * @param server Its base URL
 * @throws Failure when it does not answer, or lacks a variable
 */
export async function checkServer(server: string): Promise<void> {
  const response = await fetch(`${server}/health`, { signal: AbortSignal.timeout(20_000) }).catch((cause) => {
    throw new Failure(`"${server}" does not answer (${cause.message}): start it, see docs/12-server.md`);
  });
  const { configured } = await response.json().catch(() => ({}));
  if (!response.ok || configured === undefined) {
    throw new Failure(`"${server}/health" answers ${response.status}: expected the server of docs/12-server.md`);
  }
  const missing = Object.entries(configured).filter(([, isConfigured]) => !isConfigured).map(([name]) => name);
  if (missing.length > 0) throw new Failure(`The server is not configured for ${missing.join(", ")}`);
}
