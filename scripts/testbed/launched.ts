/** A command launched as from a terminal, with its output. */
import { lines } from "../lib/lines.ts";
import { ROOT } from "../lib/paths.ts";

export interface Launched extends AsyncDisposable {
  readonly pid: number;
  /** Waits until the output contains a text. @returns The output so far. @throws Error when the command exits first */
  prints(text: string): Promise<string>;
  kill(signal: Deno.Signal): void;
  /** Settles with the exit code and the whole output. */
  readonly ended: Promise<{ code: number; output: string }>;
}

/** Launches `npm run <name>`, or the same without npm. */
export function launch(
  name: string,
  args: string[],
  { npm = false, env = {} }: { npm?: boolean; env?: Readonly<Record<string, string>> } = {},
): Launched {
  const [command, before] = npm ? ["npm", ["run", name, "--"]] : ["node", ["--", "scripts/run.mjs", name]];
  const child = new Deno.Command(command, {
    args: [...before, ...args],
    cwd: ROOT,
    // As npm sets it: the command then stops when this process is killed.
    env: { npm_lifecycle_event: name, ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();

  let output = "";
  let over = false;
  const waiting = new Set<() => void>();
  const notify = () => waiting.forEach((check) => check());
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const line of lines(stream)) {
      output += `${line}\n`;
      notify();
    }
  };
  const ended = Promise.all([child.status, read(child.stdout), read(child.stderr)]).then(([{ code }]) => {
    over = true;
    notify();
    return { code, output };
  });

  return {
    pid: child.pid,
    ended,
    kill: (signal) => child.kill(signal),
    async [Symbol.asyncDispose]() {
      if (!over) child.kill("SIGTERM");
      await ended;
    },
    prints: (text) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (!output.includes(text) && !over) return;
          waiting.delete(check);
          if (output.includes(text)) resolve(output);
          else reject(new Error(`"${name}" exited without printing "${text}":\n${output}`));
        };
        waiting.add(check);
        check();
      }),
  };
}
