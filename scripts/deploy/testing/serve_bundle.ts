import { edgeDeno } from "../../lib/programs.ts";
import { createProcesses } from "../../lib/processes.ts";
import { LOOPBACK } from "../../lib/ports.ts";
import { LOCAL } from "../../lib/paths.ts";

export interface Served extends AsyncDisposable {
  readonly url: string;
  /** The lines that it has written to standard output. */
  readonly lines: readonly string[];
}

/** Serves one file on the platform's Deno, alone in a folder, so that it can import nothing else. */
export async function serveBundle(name: string, text: string, env: Record<string, string>): Promise<Served> {
  const folder = await Deno.makeTempDir({ prefix: "bundle-" });
  const path = `${folder}/${name}.js`;
  await Deno.writeTextFile(path, text);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const lines: string[] = [];
  const errors: string[] = [];
  const processes = createProcesses();
  const { exited } = processes.start(edgeDeno(), {
    args: [
      "serve",
      "--no-check",
      "--no-config",
      "--cached-only",
      "--allow-all",
      `--host=${LOOPBACK}`,
      "--port=0",
      path,
    ],
    env: {
      ...env,
      HOME: Deno.env.get("HOME") ?? "",
      DENO_DIR: `${LOCAL}/deno`,
      DENO_NO_UPDATE_CHECK: "1",
      NO_COLOR: "1",
    },
    onLine(line, from) {
      (from === "stdout" ? lines : errors).push(line);
      const [, address] = line.match(/Listening on (http:\S+?)\/?$/) ?? [];
      if (address !== undefined) resolve(address);
    },
  });
  void exited.then(() => reject(new Error(`Cannot start "${name}": ${errors.join("\n")}`)));
  return {
    url: `${await promise}/${name}`,
    lines,
    async [Symbol.asyncDispose]() {
      await processes.stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
