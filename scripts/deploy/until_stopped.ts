import { stopRequested } from "../local/stop_requests.ts";

/**
 * Runs what a command does, and ends whatever it has opened, also when Ctrl-C comes first.
 *
 * @returns The exit code: 130 when the command was asked to end.
 */
export async function untilStopped(action: (resources: AsyncDisposableStack) => Promise<number>): Promise<number> {
  await using resources = new AsyncDisposableStack();
  const acting = action(resources);
  acting.catch(() => {});
  return await Promise.race([acting, stopRequested().then(() => 130)]);
}
