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
