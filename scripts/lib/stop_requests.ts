/** Milliseconds between two checks of the launcher. */
const INTERVAL = 500;

/**
 * Settles when the command should stop: on Ctrl-C, on a signal, or when the `run.mjs` that started it has exited. A second
 * signal has no effect, because npm and the terminal both forward a Ctrl-C.
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
 * Runs a job to its end or until the command should stop; its resources are released in both cases.
 *
 * @returns undefined when it was stopped
 */
export async function untilStopped<Result>(
  job: (resources: AsyncDisposableStack) => Promise<Result>,
): Promise<Result | undefined> {
  await using resources = new AsyncDisposableStack();
  const working = job(resources);
  // A failure after the stop is expected.
  working.catch(() => {});
  return await Promise.race([working, stopRequested().then(() => undefined)]);
}
