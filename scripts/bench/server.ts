/** A server under test: one `deno serve` on the platform's version of Deno, called without a gateway. */
import { lines } from "../local/lines.ts";
import { ROOT } from "../local/paths.ts";
import { LOOPBACK } from "../local/ports.ts";
import { edgeDeno } from "../local/programs.ts";

export interface Program {
  /** A module whose default export has `fetch`; relative to the repository, or absolute. */
  readonly entry: string;
  /** Whether it needs the functions' import map and node_modules: a bundle needs nothing. */
  readonly imports: boolean;
}

export interface Server extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

const WITH_IMPORTS = ["--config=supabase/functions/deno.json", "--node-modules-dir=manual"];
const ALONE = ["--no-config", "--node-modules-dir=none"];

/**
 * Starts a server and waits until it listens. What it writes to standard output goes nowhere: reading it would take CPU
 * from what is measured. As on the platform there is no code cache that an earlier start has left.
 *
 * @throws Error with what it said when it ends instead
 */
export async function startServer({ entry, imports }: Program, env: Record<string, string>): Promise<Server> {
  const child = new Deno.Command(edgeDeno(), {
    args: [
      "serve",
      "--no-check",
      "--no-code-cache",
      "--cached-only",
      "--allow-all",
      ...imports ? WITH_IMPORTS : ALONE,
      `--host=${LOOPBACK}`,
      "--port=0",
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

  const { promise: listening, resolve, reject } = Promise.withResolvers<string>();
  const reading = read(child.stderr, resolve).then((said) => reject(new Error(`"${entry}" ended: ${said}`)));
  const stop = async () => {
    if (await isOver(child)) return;
    child.kill("SIGKILL");
    await Promise.all([child.status, reading]);
  };
  try {
    return { url: await listening, pid: child.pid, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @returns The last that it said. */
async function read(stream: ReadableStream<Uint8Array<ArrayBuffer>>, listens: (url: string) => void): Promise<string> {
  const said: string[] = [];
  for await (const line of lines(stream)) {
    const [, url] = line.match(/^deno serve: Listening on (http:\S+?)\/?$/) ?? [];
    if (url) listens(url);
    else if (said.push(line) > 20) said.shift();
  }
  return said.join("\n");
}

const isOver = (child: Deno.ChildProcess) =>
  Promise.race([child.status.then(() => true), new Promise<false>((resolve) => setTimeout(resolve, 0, false))]);
