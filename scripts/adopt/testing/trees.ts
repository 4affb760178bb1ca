/** Folders of text files, for tests. */
import { dirname } from "node:path";
import { exists } from "../../lib/files.ts";

/** Path → text. */
export type Tree = Readonly<Record<string, string>>;

export interface Folder extends Disposable {
  readonly path: string;
}

/** A new folder with these files; it is gone with its scope. */
export function createFolder(tree: Tree = {}): Folder {
  const path = Deno.makeTempDirSync({ prefix: "adopt-" });
  writeTree(path, tree);
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

export function writeTree(folder: string, tree: Tree): void {
  for (const [path, text] of Object.entries(tree)) {
    Deno.mkdirSync(dirname(`${folder}/${path}`), { recursive: true });
    Deno.writeTextFileSync(`${folder}/${path}`, text);
  }
}

/** Every file below a folder, in the order of the paths. */
export function readTree(folder: string, below = ""): Tree {
  if (!exists(`${folder}/${below}`)) return {};
  const entries = [...Deno.readDirSync(`${folder}/${below}`)].sort((one, other) => one.name < other.name ? -1 : 1);
  return Object.assign(
    {},
    ...entries.filter(({ isSymlink }) => !isSymlink).map(({ name, isDirectory }) => {
      const path = below === "" ? name : `${below}/${name}`;
      return isDirectory ? readTree(folder, path) : { [path]: Deno.readTextFileSync(`${folder}/${path}`) };
    }),
  );
}
