/** A copy of the repository in which the steps of the templates are carried out. */
import { createProcesses } from "../../lib/processes.ts";
import { root } from "../source_files.ts";
import type { Step } from "./steps.ts";

/** Milliseconds for one of its commands, several times what the longest takes beside another. */
const TIME_LIMIT = 5 * 60_000;

const NOT_COPIED = new Set([".git", ".local", "node_modules"]);

export interface Scratch extends Disposable {
  /** Runs a script of the copy on this Deno, with the small proofs. @throws Error when it does not end in time */
  run(...args: string[]): Promise<{ ok: boolean; output: string }>;
  apply(steps: readonly Step[]): void;
}

export function createScratch(): Scratch {
  const folder = Deno.makeTempDirSync({ prefix: "templates-" });
  copy(root.replace(/\/$/, ""), folder);
  Deno.symlinkSync(`${root}node_modules`, `${folder}/node_modules`);

  const processes = createProcesses();

  return {
    async run(...args) {
      const options = {
        args,
        cwd: folder,
        env: {
          HOME: Deno.env.get("HOME") ?? "",
          NO_COLOR: "1",
          DENO_NO_UPDATE_CHECK: "1",
          LAUNCHER_PID: String(Deno.pid),
        },
        timeLimit: TIME_LIMIT,
      };
      let ended = await processes.run(Deno.execPath(), options);
      // Seen once: a command that wrote no line until its time was over. Why is not known: it takes 20 seconds otherwise.
      if (ended.timedOut && ended.stdout === "") ended = await processes.run(Deno.execPath(), options);
      const { success, timedOut, stdout, stderr } = ended;
      if (timedOut) throw new Error(`${args.join(" ")}\n${stdout}${stderr}`);
      return { ok: success, output: stdout + stderr };
    },
    apply(steps) {
      for (const { path, apply } of steps) {
        const file = `${folder}/${path}`;
        const text = apply(readIfExists(file));
        Deno.mkdirSync(file.slice(0, file.lastIndexOf("/")), { recursive: true });
        Deno.writeTextFileSync(file, text);
      }
    },
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

function copy(from: string, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const { name, isDirectory, isFile } of Deno.readDirSync(from)) {
    // A file of variables would change what the copy does.
    if (NOT_COPIED.has(name) || (name.startsWith(".env") && name !== ".env.example")) continue;
    if (isDirectory) copy(`${from}/${name}`, `${to}/${name}`);
    else if (isFile) Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
  }
}

function readIfExists(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
