/** What this repository offers to a project, read from the file system. */
import { functionNames } from "../lib/functions.ts";
import { readVariables, type Variable } from "./env_example.ts";
import { parse } from "./toml.ts";

/**
 * Where the functions go. The CLI takes no folder with an underscore for a function, so nothing here can collide with
 * the project's own functions, `_shared` or deno.json, and the files are copied byte for byte.
 */
export const FOLDER = "supabase/functions/_billing";

export interface Migration {
  readonly name: string;
  readonly text: string;
}

/** The settings of a block of config.toml. */
export type Settings = Readonly<Record<string, unknown>>;

export interface Source {
  readonly version: string;
  readonly functions: readonly string[];
  /** Path in the project → text. */
  readonly files: ReadonlyMap<string, string>;
  /** In the order in which they are applied. */
  readonly migrations: readonly Migration[];
  /** Function → its settings in the project. */
  readonly settings: ReadonlyMap<string, Settings>;
  /** The settings of `[auth.third_party.clerk]`. */
  readonly clerk: Settings;
  readonly variables: readonly Variable[];
}

/**
 * @param root The repository.
 * @param without Functions that are left out.
 */
export function readSource(root: string, without: readonly string[] = []): Source {
  const read = (path: string) => Deno.readTextFileSync(`${root}/${path}`);
  const functions = functionNames(root).filter((name) => !without.includes(name));
  const paths = [...functions, "_shared"].flatMap((folder) => filesIn(root, `supabase/functions/${folder}`));
  const files = new Map(paths.map((path) => [inProject(path), read(path)]));
  files.set(`${FOLDER}/deno.json`, denoJson(read("supabase/functions/deno.json"), [...files.values()]));

  const migrations = filesIn(root, "supabase/migrations").filter((path) => path.endsWith(".sql"));
  const config = parse(read("supabase/config.toml")) as unknown as Config;
  return {
    version: JSON.parse(read("package.json")).version,
    functions,
    files,
    migrations: migrations.map((path) => ({ name: path.slice("supabase/migrations/".length), text: read(path) })),
    settings: new Map(functions.map((name) => [name, settingsOf(name, config)])),
    clerk: config.auth.third_party.clerk,
    variables: readVariables(read(".env.example")),
  };
}

interface Config {
  readonly functions: Record<string, Settings>;
  readonly auth: { third_party: { clerk: Settings } };
}

const inProject = (path: string): string => path.replace("supabase/functions", FOLDER);

/** All files below a folder that are deployed, so without tests. */
function filesIn(root: string, folder: string): string[] {
  return [...Deno.readDirSync(`${root}/${folder}`)]
    .flatMap(({ name, isDirectory }) => isDirectory ? filesIn(root, `${folder}/${name}`) : [`${folder}/${name}`])
    .filter((path) => !/_test\.\w+$/.test(path))
    .sort();
}

/**
 * The functions' deno.json without what only tests import. `nodeModulesDir` is `none`, because the project's own
 * node_modules are another application's.
 */
function denoJson(ours: string, texts: readonly string[]): string {
  const config = JSON.parse(ours);
  const imported = new Set(
    texts.flatMap((text) =>
      [...text.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, specifier]) => specifier)
    ),
  );
  const isImported = (name: string) =>
    name.endsWith("/") ? [...imported].some((specifier) => specifier?.startsWith(name)) : imported.has(name);
  const imports = Object.entries(config.imports).filter(([name]) => isImported(name));
  return JSON.stringify({ ...config, nodeModulesDir: "none", imports: Object.fromEntries(imports) }, null, 2) + "\n";
}

/** A function's settings, with the paths that they have in the project. */
function settingsOf(name: string, config: Config): Settings {
  const moved = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(moved)
      : typeof value === "string"
      ? value.replace(/^\.\/functions\//, `./${FOLDER.slice("supabase/".length)}/`)
      : value;
  const ours = { verify_jwt: false, entrypoint: `./functions/${name}/index.ts`, ...config.functions[name] };
  return Object.fromEntries(Object.entries(ours).map(([key, value]) => [key, moved(value)]));
}
