/** The processes of a stack: started, recorded on disk while they run, and stopped. */
import { readIfExists, remove, replaceFile } from "./files.ts";
import { lines } from "./lines.ts";
import { ROOT } from "./paths.ts";
import { processIdentity } from "./process_identity.ts";
import { within } from "./within.ts";

/** Milliseconds that a process may take to exit before it is killed. */
const GRACE_PERIOD = 10_000;

export interface Invocation {
  readonly args: string[];
  /** The whole environment of the process, except PATH. */
  readonly env: Record<string, string>;
  /** The folder that it runs in; default the repository's. */
  readonly cwd?: string;
  /** The signal that stops this program; default `SIGTERM`. */
  readonly stopSignal?: Deno.Signal;
  /** Milliseconds after which the program is stopped, with a line in its stderr that says so; default no limit. */
  readonly timeLimit?: number;
}

export interface ProcessOptions extends Invocation {
  onLine(line: string, from: "stdout" | "stderr"): void;
}

/** What a program wrote until it exited. */
export interface Output {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether it was stopped at its time limit. */
  readonly timedOut: boolean;
}

export interface Process {
  readonly pid: number;
  /**
   * Settles when the process has exited and its output is read: all of it, unless another process that it left behind
   * keeps its output open.
   */
  readonly exited: Promise<Deno.CommandStatus>;
  /** Whether its time limit has passed. */
  readonly timedOut: boolean;
  kill(signal: Deno.Signal): void;
  /** Sends the stop signal, kills the process when that has no effect, and waits until it has exited. */
  stop(): Promise<void>;
}

interface Recorded {
  readonly pid: number;
  readonly identity: string;
  readonly stopSignal: Deno.Signal;
}

export interface Processes {
  /** Starts a program. */
  start(command: string, options: ProcessOptions): Process;
  /** Runs a program until it exits. */
  run(command: string, invocation: Invocation): Promise<Output>;
  /** Stops all processes; afterwards no other can be started. */
  stop(): Promise<void>;
}

/**
 * Starts processes and keeps a record of those that run.
 *
 * @param record Path of the record, with which the next start stops what a killed launcher left; without one nothing
 * is recorded.
 */
export function createProcesses(record?: string): Processes {
  const running = new Map<Process, Recorded>();
  let stopped = false;

  function save() {
    if (record === undefined) return;
    if (running.size === 0) remove(record);
    else replaceFile(record, JSON.stringify([...running.values()]));
  }

  function start(command: string, options: ProcessOptions): Process {
    const { args, env, cwd = ROOT, stopSignal = "SIGTERM", timeLimit, onLine } = options;
    if (stopped) throw new Error(`Cannot start "${command}": processes are being stopped`);
    const child = new Deno.Command(command, {
      args,
      env: { PATH: Deno.env.get("PATH") ?? "", ...env },
      cwd,
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      // Ctrl-C in the terminal reaches the launcher only, which stops its processes in order.
      detached: true,
    }).spawn();

    const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>, from: "stdout" | "stderr") => {
      for await (const line of lines(stream)) onLine(line, from);
    };
    const output = Promise.all([read(child.stdout, "stdout"), read(child.stderr, "stderr")]);
    let timedOut = false;
    const limit = timeLimit === undefined ? undefined : setTimeout(() => {
      timedOut = true;
      onLine(`"${command}" did not end within ${timeLimit / 1_000} s and is stopped`, "stderr");
      void process.stop();
    }, timeLimit);
    const process: Process = {
      pid: child.pid,
      exited: child.status.then(async (status) => {
        clearTimeout(limit);
        await within(GRACE_PERIOD, output);
        running.delete(process);
        save();
        return status;
      }),
      get timedOut() {
        return timedOut;
      },
      kill: (signal) => kill(child.pid, signal),
      async stop() {
        if (!running.has(process)) return;
        const timer = setTimeout(() => kill(child.pid, "SIGKILL"), GRACE_PERIOD);
        kill(child.pid, stopSignal);
        await process.exited;
        clearTimeout(timer);
      },
    };
    running.set(process, { pid: child.pid, identity: processIdentity(child.pid) ?? "", stopSignal });
    save();
    return process;
  }

  async function run(command: string, invocation: Invocation): Promise<Output> {
    const output = { stdout: "", stderr: "" };
    const process = start(command, { ...invocation, onLine: (line, from) => void (output[from] += `${line}\n`) });
    const { success } = await process.exited;
    return { success, timedOut: process.timedOut, ...output };
  }

  return {
    start,
    run,
    async stop() {
      stopped = true;
      await Promise.all([...running.keys()].reverse().map((process) => process.stop()));
    },
  };
}

function kill(pid: number, signal: Deno.Signal) {
  try {
    Deno.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound) && !isGone(error)) throw error;
  }
}

/** Deno reports a process that has exited as NotFound, and one that it has waited for as a TypeError. */
const isGone = (error: unknown) => error instanceof TypeError;

/**
 * Stops the processes that a killed launcher left running, and waits until they have exited. A process that only has the
 * same pid as a recorded one is not touched.
 *
 * @returns How many there were
 */
export async function endLeftovers(record: string): Promise<number> {
  const recorded: Recorded[] = JSON.parse(readIfExists(record) ?? "[]");
  const ours = recorded.filter(({ pid, identity }) => processIdentity(pid) === identity);
  for (const { pid, stopSignal } of ours) kill(pid, stopSignal);
  await Promise.all(ours.map(async ({ pid, identity }) => {
    const deadline = Date.now() + GRACE_PERIOD;
    while (processIdentity(pid) === identity) {
      if (Date.now() > deadline) kill(pid, "SIGKILL");
      await new Promise((resume) => setTimeout(resume, 20));
    }
  }));
  remove(record);
  return ours.length;
}
