/** The servers under test: `deno serve` on the platform's version of Deno, called without a gateway. */
import { lines } from "../lib/lines.ts";
import { ROOT } from "../lib/paths.ts";
import { LOOPBACK } from "../lib/ports.ts";
import { edgeDeno } from "../lib/programs.ts";

export interface Program {
  /** A module whose default export has `fetch`; a path relative to the repository, or absolute. */
  readonly entry: string;
  /** Whether it needs the functions' import map and node_modules; a bundle does not. */
  readonly imports: boolean;
  /** Default `serve`; a module that is run listens itself, and writes its address as `deno serve` does. */
  readonly command?: "run";
}

export interface Server extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

const WITH_IMPORTS = ["--config=supabase/functions/deno.json", "--node-modules-dir=manual"];
const ALONE = ["--no-config", "--node-modules-dir=none"];

export interface Servers {
  /**
   * Starts a server and waits until it listens. Its standard output is discarded, because reading it would use CPU time
   * that is measured. As on the platform, no code cache of an earlier start is used.
   *
   * @throws Error with its last output when it exits instead
   */
  start(program: Program, env: Record<string, string>): Promise<Server>;
  /** Ends every running server; none can be started afterwards. */
  stop(): Promise<void>;
}

export function createServers(): Servers {
  const running = new Set<Deno.ChildProcess>();
  let stopped = false;

  async function end(child: Deno.ChildProcess): Promise<void> {
    if (running.has(child)) child.kill("SIGKILL");
    await child.status;
  }
  return {
    async start(program, env) {
      if (stopped) throw new Error(`Cannot start "${program.entry}": the benchmark is stopping`);
      const child = spawn(program, env);
      running.add(child);
      void child.status.then(() => running.delete(child));
      const { promise: listening, resolve, reject } = Promise.withResolvers<string>();
      const reading = read(child.stderr, resolve);
      void reading.then((output) => reject(new Error(`"${program.entry}" exited: ${output}`)));
      const stop = async () => void await Promise.all([end(child), reading]);
      return { url: await listening, pid: child.pid, [Symbol.asyncDispose]: stop };
    },
    async stop() {
      stopped = true;
      await Promise.all([...running].map(end));
    },
  };
}

function spawn({ entry, imports, command }: Program, env: Record<string, string>): Deno.ChildProcess {
  return new Deno.Command(edgeDeno(), {
    args: [
      command ?? "serve",
      "--no-check",
      "--no-code-cache",
      "--cached-only",
      "--allow-all",
      ...imports ? WITH_IMPORTS : ALONE,
      ...command === undefined ? [`--host=${LOOPBACK}`, "--port=0"] : [],
      entry,
    ],
    cwd: ROOT,
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: Deno.env.get("HOME") ?? "",
      DENO_NO_UPDATE_CHECK: "1",
      ...imports ? {} : { DENO_NO_PACKAGE_JSON: "1" },
      NO_COLOR: "1",
      ...env,
    },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
}

/** @returns The last lines of output. */
async function read(stream: ReadableStream<Uint8Array<ArrayBuffer>>, onListen: (url: string) => void): Promise<string> {
  const output: string[] = [];
  for await (const line of lines(stream)) {
    const [, url] = line.match(/^deno serve: Listening on (http:\S+?)\/?$/) ?? [];
    if (url) onListen(url);
    else if (output.push(line) > 20) output.shift();
  }
  return output.join("\n");
}
