/**
 * The Edge Functions, each in a `deno serve` of its own on the platform's version of Deno: started by the first call,
 * again when a file changes, and by the next call when it has died.
 */
import { exists } from "../lib/files.ts";
import { ROOT } from "../lib/paths.ts";
import { LOOPBACK } from "../lib/ports.ts";
import type { Process, Processes } from "../lib/processes.ts";
import { edgeDeno } from "../lib/programs.ts";

/** How long a function may take until it listens, in milliseconds. */
const BOOT_TIME = 30_000;

/** The function exists and doesn't start. */
export class BootError extends Error {
  override name = "BootError";
}

export interface Functions {
  /** Where a function listens, which is started if need be; undefined when there is none of that name. @throws BootError */
  address(name: string): Promise<string | undefined>;
  /** The process of a function that runs. */
  pid(name: string): number | undefined;
  /** Ends a running function by a signal, and waits until it is gone. */
  kill(name: string, signal: Deno.Signal): Promise<void>;
}

export interface FunctionsOptions {
  /** All that a function finds in its environment when it starts, besides what Deno needs. */
  env(): Record<string, string>;
  /** Where the functions are; default this repository's. */
  readonly folder?: string;
  /** Where the functions' Deno keeps its caches. */
  readonly denoDir: string;
  /** Whether a function starts again when one of its files changes. */
  readonly watch: boolean;
  readonly processes: Processes;
  log(name: string, line: string): void;
}

interface Running {
  readonly process: Process;
  readonly address: () => Promise<string>;
}

const FUNCTIONS = `${ROOT}/supabase/functions`;

/** A name that may be in a URL, and is no shared folder. */
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
      process?.kill(signal);
      await process?.exited;
    },
  };
}

/** @param forget Called when the process is gone or good for nothing, so that the next call starts another. */
function serve(name: string, options: FunctionsOptions, forget: () => void): Running {
  const { env, folder = FUNCTIONS, denoDir, watch, processes, log } = options;
  const attempt = () => newBoot(name, () => void process.stop());
  let boot = attempt();
  const process: Process = processes.start(edgeDeno(), {
    args: [
      "serve",
      ...(watch ? ["--watch", "--no-clear-screen"] : []),
      "--no-check",
      `--config=${FUNCTIONS}/deno.json`,
      "--node-modules-dir=manual",
      "--cached-only",
      "--allow-all",
      `--host=${LOOPBACK}`,
      "--port=0",
      `${folder}/${name}/index.ts`,
    ],
    env: {
      ...env(),
      HOME: Deno.env.get("HOME") ?? "",
      DENO_DIR: denoDir,
      DENO_NO_UPDATE_CHECK: "1",
      NO_COLOR: "1",
    },
    onLine(line, from) {
      const said = from === "stderr" ? meaning(line) : undefined;
      if (said === undefined) return log(name, line);
      if (said.listening) return boot.listens(said.listening);
      if (said.restarting && boot.settled) boot = attempt();
      if (said.failed) {
        // Having listened it has crashed, and the next call starts it again; else it waits for the next change.
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

/** What `deno serve` and its watcher say of themselves, which is no line of the function's. */
function meaning(line: string): { listening?: string; restarting?: boolean; failed?: boolean } | undefined {
  const [, listening] = line.match(/^deno serve: Listening on (http:\S+?)\/?$/) ?? [];
  if (listening) return { listening };
  if (line.startsWith("Watcher Process started")) return {};
  if (line.startsWith("Watcher Restarting")) return { restarting: true };
  if (/^Watcher Process (failed|finished)/.test(line)) return { failed: true };
}

/** One attempt to get a function to listen. @param tooLong Called when it takes too long */
function newBoot(name: string, tooLong: () => void) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  promise.catch(() => {}); // it fails whether somebody waits or not
  const boot = { address: promise, settled: false, listening: false, listens, fails };
  const timer = setTimeout(() => (fails(), tooLong()), BOOT_TIME);

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
    reject(new BootError(`Function "${name}" doesn't start: see its log`));
  }
  return boot;
}
