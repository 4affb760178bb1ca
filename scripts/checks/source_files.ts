/** Every file in a folder of the repository, as paths from its root, without installed and ignored files. */
export function* sourceFiles(folder: string, ending: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(root + folder)) {
    if (name === "node_modules" || (name.startsWith(".") && name !== ".github")) continue;
    const path = folder === "" ? name : `${folder}/${name}`;
    if (isDirectory) yield* sourceFiles(path, ending);
    else if (name.endsWith(ending)) yield path;
  }
}

export const root = new URL("../../", import.meta.url).pathname;

export const read = (path: string): string => Deno.readTextFileSync(root + path);
