/** The build of the example app, made again only after a change. */
import { createHash } from "node:crypto";
import { Failure } from "../../lib/failure.ts";
import { readIfExists, remove } from "../../lib/files.ts";
import { HOME, ROOT } from "../../lib/paths.ts";
import type { Processes } from "../../lib/processes.ts";
import { viteFile, WEB_APP } from "../../lib/web_app.ts";

export interface WebBuildOptions {
  /** Where the build is kept. */
  readonly folder: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly processes: Processes;
}

/** In a build, the hash of what it was made from. */
const HASH_FILE = "built-from.txt";
/** Milliseconds, on a busy machine. */
const TIME_LIMIT = 180_000;

/** @returns Whether it had to be built @throws Failure with vite's own messages */
export async function buildWebApp({ folder, variables, processes }: WebBuildOptions): Promise<boolean> {
  const hash = hashOf(variables);
  if (readIfExists(`${folder}/${HASH_FILE}`) === hash) return false;
  // A build that is interrupted leaves the last one as it was.
  const next = `${folder}.${Deno.pid}.new`;
  const { success, stdout, stderr } = await processes.run(Deno.execPath(), {
    args: ["run", "--allow-all", viteFile(), "build", "--outDir", next, "--emptyOutDir", "--logLevel", "warn"],
    env: { ...variables, HOME, NODE_ENV: "production", NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    cwd: WEB_APP,
    timeLimit: TIME_LIMIT,
  });
  if (!success) {
    remove(next);
    throw new Failure(`The example app cannot be built:\n${stdout}${stderr}`);
  }
  Deno.writeTextFileSync(`${next}/${HASH_FILE}`, hash);
  remove(folder);
  Deno.renameSync(next, folder);
  return true;
}

/** Of the files of the app and the client, the versions of the packages and the variables. */
function hashOf(variables: Readonly<Record<string, string>>): string {
  const hash = createHash("sha256").update(JSON.stringify(variables));
  for (const path of [...filesIn(WEB_APP), ...filesIn(`${ROOT}/packages/client`), `${ROOT}/package-lock.json`]) {
    hash.update(`\n${path.slice(ROOT.length)}\n`).update(Deno.readFileSync(path));
  }
  return hash.digest("hex");
}

const IGNORED = ["node_modules", "dist", "tests"];

function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)]
    .filter(({ name }) => !IGNORED.includes(name))
    .flatMap(({ name, isDirectory }) => isDirectory ? filesIn(`${folder}/${name}`) : [`${folder}/${name}`])
    .sort();
}
