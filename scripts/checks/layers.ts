/** Which part of the repository may import which: CONTRIBUTING.md shows the same rules. */
import type { ReadImports } from "./imports.ts";

const SHARED = "supabase/functions/_shared/";
const SERVER = "supabase/functions/_server/";
/** The layers of the functions, from the outermost to the innermost. */
const LAYERS = [["server"], ["endpoint"], ["http", "billing"], ["clerk", "stripe", "database"], ["base"], ["contract"]];
const CONTRACT = `${SHARED}contract/`;
/** The assertions of tests. */
const ASSERT = "scripts/types/";

const CLIENT = "scripts/testbed/client.ts";
/** What tests of the functions share with the test bed and the benchmarks. */
const HELPERS = ["for_each.ts", "simulated_days.ts", "when_available.ts"].map((name) => `scripts/testbed/${name}`);

/** Folder → the folders that it imports, besides itself. */
const WINGS: Readonly<Record<string, readonly string[]>> = {
  "scripts/lib/": [CONTRACT],
  "scripts/stack/": [CONTRACT, "scripts/lib/", "packages/"],
  "scripts/testbed/": [CONTRACT, "scripts/lib/", "scripts/stack/", "packages/"],
  "scripts/deploy/": [CONTRACT, "scripts/lib/"],
  "scripts/adopt/": [CONTRACT, "scripts/lib/", "scripts/deploy/"],
  "scripts/leave/": [
    CONTRACT,
    "scripts/lib/",
    "scripts/deploy/",
    "scripts/server/",
    "scripts/stack/",
    "scripts/testbed/",
    "packages/",
  ],
  "scripts/generate/": [CONTRACT, "packages/"],
  "scripts/client/": ["scripts/lib/", "scripts/stack/", "scripts/generate/"],
  "scripts/server/": [CONTRACT, "scripts/lib/"],
  "scripts/models/": [CONTRACT, "scripts/lib/"],
  "scripts/benchmarks/": [
    CONTRACT,
    "scripts/lib/",
    "scripts/stack/",
    "scripts/testbed/",
    "scripts/deploy/",
    "packages/",
  ],
  "scripts/journeys/": [ASSERT, CLIENT, "scripts/lib/"],
  "scripts/checks/": ["scripts/", "packages/", "supabase/functions/"],
  "scripts/types/": [],
  // The commands themselves.
  "scripts/": ["scripts/", CONTRACT, "packages/"],
};

/** What a test, or a fixture in a folder `testing`, imports besides what other files beside it do. */
const FOR_TESTS: Readonly<Record<string, readonly string[]>> = {
  "packages/": [ASSERT],
  "supabase/functions/": [ASSERT, CLIENT, ...HELPERS, "supabase/functions/"],
  "scripts/": [ASSERT, CLIENT, "scripts/testbed/launched.ts", "packages/"],
};
const TEST = /_test\.ts$|\/test_[^/]+\.ts$|\/testing\/|^supabase\/functions\/tests\//;

/** Every import that the rules forbid, as `a.ts → b.ts`. */
export function violations(files: Iterable<string>, importsOf: ReadImports): string[] {
  return [...files].flatMap((path) =>
    [...importsOf(path)].filter(({ target }) => !mayImport(path, target)).map(({ target }) => `${path} → ${target}`)
  );
}

function mayImport(path: string, target: string): boolean {
  const startsWithOne = (folders: readonly string[] = []) => folders.some((folder) => target.startsWith(folder));
  if (TEST.test(path) && startsWithOne(FOR_TESTS[Object.keys(FOR_TESTS).find((folder) => path.startsWith(folder))!])) {
    return true;
  }
  if (path.startsWith("packages/")) return target.startsWith(path.split("/", 2).join("/") + "/");
  if (isFunctions(path)) return followsLayers(path, target);
  const wing = wingOf(path);
  return wing !== undefined && (wing === wingOf(target) || startsWithOne(WINGS[wing]));
}

const isFunctions = (path: string) => path.startsWith("supabase/functions/");
const wingOf = (path: string) => Object.keys(WINGS).find((folder) => path.startsWith(folder));

function followsLayers(path: string, target: string): boolean {
  const from = layerOf(path);
  const to = layerOf(target);
  return to.row !== -1 && (to.row > from.row || to.layer === from.layer);
}

/** An endpoint is a layer of its own, so that no endpoint imports another. */
function layerOf(path: string): { row: number; layer: string } {
  const row = (layer: string) => LAYERS.findIndex((row) => row.includes(layer));
  if (!isFunctions(path)) return { row: -1, layer: path };
  if (path.startsWith(SERVER)) return { row: row("server"), layer: "server" };
  const [folder, file] = path.startsWith(SHARED) ? path.slice(SHARED.length).split("/") : [];
  if (folder === undefined) return { row: row("endpoint"), layer: path };
  const layer = file === undefined ? "base" : folder;
  return { row: row(layer), layer };
}

/** Every group of files that import each other when the program runs. */
export function runtimeCycles(files: Iterable<string>, importsOf: ReadImports): string[][] {
  const graph = new Map(
    [...files].map((path) => [
      path,
      [...importsOf(path)].filter(({ typeOnly, dynamic }) => !typeOnly && !dynamic).map(({ target }) => target),
    ]),
  );
  const done = new Set<string>();
  const cycles: string[][] = [];

  function visit(path: string, trail: string[]) {
    const start = trail.indexOf(path);
    if (start >= 0) return void cycles.push([...trail.slice(start), path]);
    if (done.has(path)) return;
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  }
  for (const path of graph.keys()) visit(path, []);
  return cycles;
}
