/** The peer's packages, for the benchmark only: installed when it first runs, in the versions and hashes of the lock. */
import { exists, readIfExists } from "../../lib/files.ts";
import { LOCAL, ROOT } from "../../lib/paths.ts";

const SOURCE = `${ROOT}/scripts/benchmarks/peer`;
const FOLDER = `${LOCAL}/benchmark-peer`;
const FILES = ["package.json", "package-lock.json"];
const NAME = "@stripe/sync-engine";

export interface InstallOptions {
  /** Whether npm may be called; otherwise the peer is only used if it is installed. */
  readonly mayInstall: boolean;
  progress(message: string): void;
}

/** @returns The peer's module as a URL, or undefined, with a line in the progress, where it cannot be installed */
export async function installPeer({ mayInstall, progress }: InstallOptions): Promise<string | undefined> {
  if (!isInstalled()) {
    if (!mayInstall) return undefined;
    progress(`Installing the peer, ${NAME}`);
    const failure = await install();
    if (failure !== undefined) {
      progress(`Without the peer, because npm cannot install it: ${failure}`);
      return undefined;
    }
  }
  return `file://${FOLDER}/node_modules/${NAME}/dist/index.js`;
}

/** npm writes a copy of the lock into node_modules when an installation is complete. */
const isInstalled = () =>
  exists(`${FOLDER}/node_modules/.package-lock.json`) &&
  FILES.every((file) => readIfExists(`${FOLDER}/${file}`) === Deno.readTextFileSync(`${SOURCE}/${file}`));

/** @returns npm's first line when it fails */
async function install(): Promise<string | undefined> {
  Deno.mkdirSync(FOLDER, { recursive: true });
  for (const file of FILES) Deno.copyFileSync(`${SOURCE}/${file}`, `${FOLDER}/${file}`);
  try {
    const { success, stderr } = await new Deno.Command("npm", {
      args: ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
      cwd: FOLDER,
      stdin: "null",
      stdout: "null",
    }).output();
    return success ? undefined : new TextDecoder().decode(stderr).trim().split("\n")[0];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "there is no npm";
    throw error;
  }
}
