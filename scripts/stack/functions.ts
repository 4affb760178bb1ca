/**
 * The Edge Functions, each in a `deno serve` of its own on the platform's version of Deno: started by the first call,
 * restarted when a file changes, and started again by the next call after a crash.
 */
import { exists } from "../lib/files.ts";
import { FUNCTIONS_CONFIG } from "../lib/functions.ts";
import { ROOT } from "../lib/paths.ts";
import { LOOPBACK } from "../lib/ports.ts";
import type { Process, Processes } from "../lib/processes.ts";
import { edgeDeno } from "../lib/programs.ts";

/** Milliseconds that a function may take until it listens. */
const BOOT_TIME = 30_000;

/** The function exists and does not start. */
export class BootError extends Error {
  override name = "BootError";
}

export interface Functions {
  /** The address of a function, which is started if necessary; undefined when it does not exist. @throws BootError */
  address(name: string): Promise<string | undefined>;
  /** The pid of a running function. */
  pid(name: string): number | undefined;
  /** Sends a signal to a running function, and waits until it has exited. */
  kill(name: string, signal: Deno.Signal): Promise<void>;
}

export interface FunctionsOptions {
  /** The environment of a function that starts, besides what Deno needs. */
  env(): Record<string, string>;
  /** The folder of the functions; default this repository's. */
  readonly folder?: string;
  /** The folder of their bundles, which run in place of the sources. */
  readonly bundles?: string;
  /** The cache folder of the functions' Deno. */
  readonly denoDir: string;
  /** Whether a function restarts when one of its files changes. */
  readonly watch: boolean;
  readonly processes: Processes;
  log(name: string, line: string): void;
}

interface Running {
  readonly process: Process;
  readonly address: () => Promise<string>;
}

const FUNCTIONS = `${ROOT}/supabase/functions`;

/** A valid name in a URL that is not that of a shared folder. */
const isFunction = (name: string, folder: string) =>
  /^[A-Za-z][A-Za-z0-9_-]*$/.test(name) && exists(`${folder}/${name}/index.ts`);

export function createFunctions(options: FunctionsOptions): Functions {
  const { folder = FUNCTIONS } = options;
  const running = new Map<string, Running>();

  function start(name: string): Running {
    const started = serve(name, options, () => {
      if (running.get(name) === started) running.delete(name);
    });
    running.set(name, started);
    return started;
  }

  return {
    async address(name) {
      if (!isFunction(name, folder)) return undefined;
      return await (running.get(name) ?? start(name)).address();
    },
    pid: (name) => running.get(name)?.process.pid,
    async kill(name, signal) {
      const process = running.get(name)?.process;
      // A call during its exit starts another.
      running.delete(name);
      process?.kill(signal);
      await process?.exited;
    },
  };
}

/** @param forget Called when the process has exited or crashed, so that the next call starts another */
function serve(name: string, options: FunctionsOptions, forget: () => void): Running {
  const { env, folder = FUNCTIONS, bundles, denoDir, watch, processes, log } = options;
  const program = bundles === undefined
    ? [`--config=${FUNCTIONS_CONFIG}`, "--node-modules-dir=manual", `${folder}/${name}/index.ts`]
    : ["--no-config", `${bundles}/${name}/index.js`];
  const attempt = () => newBoot(name, () => void process.stop());
  let boot = attempt();
  const process: Process = processes.start(edgeDeno(), {
    args: [
      "serve",
      ...(watch ? ["--watch", "--no-clear-screen"] : []),
      "--no-check",
      "--cached-only",
      "--allow-all",
      `--host=${LOOPBACK}`,
      "--port=0",
      ...program,
    ],
    env: {
      ...env(),
      HOME: Deno.env.get("HOME") ?? "",
      DENO_DIR: denoDir,
      DENO_NO_UPDATE_CHECK: "1",
      NO_COLOR: "1",
    },
    onLine(line, from) {
      const status = from === "stderr" ? readStatus(line) : undefined;
      if (status === undefined) return log(name, line);
      if (status.listening) return boot.listens(status.listening);
      if (status.restarting && boot.settled) boot = attempt();
      if (status.failed) {
        // After it has listened this is a crash, and the next call starts it again; before, it waits for a change.
        if (boot.listening) {
          forget();
          void process.stop();
        } else boot.fails();
      }
    },
  });
  void process.exited.then(() => {
    forget();
    boot.fails();
  });
  return { process, address: () => boot.address };
}

/** A status line of `deno serve` or its watcher; undefined for a line of the function. */
function readStatus(line: string): { listening?: string; restarting?: boolean; failed?: boolean } | undefined {
  const [, listening] = line.match(/^deno serve: Listening on (http:\S+?)\/?$/) ?? [];
  if (listening) return { listening };
  if (line.startsWith("Watcher Process started")) return {};
  if (line.startsWith("Watcher Restarting")) return { restarting: true };
  if (/^Watcher Process (failed|finished)/.test(line)) return { failed: true };
}

/** One start of a function. @param timedOut Called when it takes too long */
function newBoot(name: string, timedOut: () => void) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  promise.catch(() => {}); // it may fail before a call awaits it
  const boot = { address: promise, settled: false, listening: false, listens, fails };
  const timer = setTimeout(() => (fails(), timedOut()), BOOT_TIME);

  function settle() {
    boot.settled = true;
    clearTimeout(timer);
  }
  function listens(address: string) {
    boot.listening = true;
    settle();
    resolve(address);
  }
  function fails() {
    settle();
    reject(new BootError(`Function "${name}" does not start: see its log`));
  }
  return boot;
}
