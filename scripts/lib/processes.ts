/** The processes that a stack runs: started, recorded on disk while they run, and ended. */
import { readIfExists, remove, replaceFile } from "./files.ts";
import { lines } from "./lines.ts";
import { ROOT } from "./paths.ts";
import { processIdentity } from "./process_identity.ts";

/** How long a process may take to end by itself before it is killed, in milliseconds. */
const PATIENCE = 10_000;

export interface Invocation {
  readonly args: string[];
  /** All of the process's environment, besides PATH. */
  readonly env: Record<string, string>;
  /** Asks this program to end; default `SIGTERM`. */
  readonly stopSignal?: Deno.Signal;
}

export interface ProcessOptions extends Invocation {
  onLine(line: string, from: "stdout" | "stderr"): void;
}

/** What a program wrote until it ended. */
export interface Output {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Process {
  readonly pid: number;
  /** Settles when the process is gone and everything it wrote was read. */
  readonly exited: Promise<Deno.CommandStatus>;
  kill(signal: Deno.Signal): void;
  /** Asks it to end, kills it when it doesn't, and waits until it is gone. */
  stop(): Promise<void>;
}

interface Recorded {
  readonly pid: number;
  readonly identity: string;
  readonly stopSignal: Deno.Signal;
}

export interface Processes {
  /** Starts a program in the repository's folder. */
  start(command: string, options: ProcessOptions): Process;
  /** Runs a program to its end. */
  run(command: string, invocation: Invocation): Promise<Output>;
  /** Ends whatever still runs, and starts nothing any more. */
  stop(): Promise<void>;
}

/**
 * Starts processes and keeps a record of those that run.
 *
 * @param record Where the record is kept, so that the next start can end what a killed launcher left; none when the
 * processes may be forgotten.
 */
export function createProcesses(record?: string): Processes {
  const running = new Map<Process, Recorded>();
  let stopped = false;

  function save() {
    if (record === undefined) return;
    if (running.size === 0) remove(record);
    else replaceFile(record, JSON.stringify([...running.values()]));
  }

  function start(command: string, { args, env, stopSignal = "SIGTERM", onLine }: ProcessOptions): Process {
    if (stopped) throw new Error(`Cannot start "${command}": everything is being stopped`);
    const child = new Deno.Command(command, {
      args,
      env: { PATH: Deno.env.get("PATH") ?? "", ...env },
      cwd: ROOT,
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      // Ctrl-C at the terminal reaches the launcher only, which ends its processes in order.
      detached: true,
    }).spawn();

    const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>, from: "stdout" | "stderr") => {
      for await (const line of lines(stream)) onLine(line, from);
    };
    const process: Process = {
      pid: child.pid,
      exited: Promise.all([child.status, read(child.stdout, "stdout"), read(child.stderr, "stderr")]).then(
        ([status]) => {
          running.delete(process);
          save();
          return status;
        },
      ),
      kill: (signal) => kill(child.pid, signal),
      async stop() {
        if (!running.has(process)) return;
        const timer = setTimeout(() => kill(child.pid, "SIGKILL"), PATIENCE);
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
    const said = { stdout: "", stderr: "" };
    const process = start(command, { ...invocation, onLine: (line, from) => void (said[from] += `${line}\n`) });
    const { success } = await process.exited;
    return { success, ...said };
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

/** Deno reports a process that is gone as NotFound, and one that it has waited for as a TypeError. */
const isGone = (error: unknown) => error instanceof TypeError;

/**
 * Ends the processes that a killed launcher left behind, and waits until they are gone. A process that merely got the
 * number of one of ours is let be.
 *
 * @returns How many there were.
 */
export async function endLeftovers(record: string): Promise<number> {
  const recorded: Recorded[] = JSON.parse(readIfExists(record) ?? "[]");
  const ours = recorded.filter(({ pid, identity }) => processIdentity(pid) === identity);
  for (const { pid, stopSignal } of ours) kill(pid, stopSignal);
  await Promise.all(ours.map(async ({ pid, identity }) => {
    const deadline = Date.now() + PATIENCE;
    while (processIdentity(pid) === identity) {
      if (Date.now() > deadline) kill(pid, "SIGKILL");
      await new Promise((resume) => setTimeout(resume, 20));
    }
  }));
  remove(record);
  return ours.length;
}
