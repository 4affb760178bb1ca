/** A command launched as a person does, with what it says. */
import { lines } from "../lib/lines.ts";
import { ROOT } from "../lib/paths.ts";

export interface Launched extends AsyncDisposable {
  readonly pid: number;
  /** Settles with everything that was said by then, once it was said. @throws Error when the command ended before */
  says(words: string): Promise<string>;
  kill(signal: Deno.Signal): void;
  /** Settles with the exit code and all that was said. */
  readonly ended: Promise<{ code: number; said: string }>;
}

/** Launches `npm run <name>`, or the same without npm. */
export function launch(name: string, args: string[], { npm = false } = {}): Launched {
  const [command, before] = npm ? ["npm", ["run", name, "--"]] : ["node", ["scripts/run.mjs", name]];
  const child = new Deno.Command(command, {
    args: [...before, ...args],
    cwd: ROOT,
    // As npm sets it: what it launches then ends with us, should we be killed.
    env: { npm_lifecycle_event: name },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();

  let said = "";
  let over = false;
  const waiting = new Set<() => void>();
  const tell = () => waiting.forEach((look) => look());
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const line of lines(stream)) {
      said += `${line}\n`;
      tell();
    }
  };
  const ended = Promise.all([child.status, read(child.stdout), read(child.stderr)]).then(([{ code }]) => {
    over = true;
    tell();
    return { code, said };
  });

  return {
    pid: child.pid,
    ended,
    kill: (signal) => child.kill(signal),
    async [Symbol.asyncDispose]() {
      if (!over) child.kill("SIGTERM");
      await ended;
    },
    says: (words) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!said.includes(words) && !over) return;
          waiting.delete(look);
          if (said.includes(words)) resolve(said);
          else reject(new Error(`"${name}" ended without saying "${words}":\n${said}`));
        };
        waiting.add(look);
        look();
      }),
  };
}
