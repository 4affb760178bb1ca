/** How often the launcher is looked for, in milliseconds. */
const INTERVAL = 500;

/**
 * Settles when the command is asked to end: by Ctrl-C, by a signal, or because the `run.mjs` that started it is gone.
 * Asked a second time, nothing more happens; npm and the terminal both pass a Ctrl-C on.
 */
export function stopRequested(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, () => resolve(signal));
  }
  const launcher = Number(Deno.env.get("LAUNCHER_PID") ?? Deno.ppid);
  Deno.unrefTimer(setInterval(() => {
    if (Deno.ppid !== launcher) resolve("the launcher's end");
  }, INTERVAL));
  return promise;
}

/**
 * Does a job that ends by itself, unless it is asked to stop before.
 *
 * @param job Gets what ends its resources, whichever way it goes.
 * @returns undefined when it was asked to stop
 */
export async function untilStopped<Result>(
  job: (resources: AsyncDisposableStack) => Promise<Result>,
): Promise<Result | undefined> {
  await using resources = new AsyncDisposableStack();
  const working = job(resources);
  // Asked to stop, what fails then is nobody's concern.
  working.catch(() => {});
  return await Promise.race([working, stopRequested().then(() => undefined)]);
}
