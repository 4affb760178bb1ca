/** A line imports only from rooms to its right; functions never import each other. */
import { assertEquals } from "@std/assert";
import { read, sourceFiles } from "./source_files.ts";

const SHARED = "supabase/functions/_shared/";
const ROOMS = ["door", "http billing", "clerk stripe database", "ground", "contract"];

/** Which row of {@link ROOMS} a file stands in, and its room. */
function place(path: string): { row: number; room: string } {
  const [folder, file] = path.startsWith(SHARED) ? path.slice(SHARED.length).split("/") : [];
  if (folder === undefined) return { row: 0, room: path };
  const room = file === undefined ? "ground" : folder;
  return { row: ROOMS.findIndex((row) => row.split(" ").includes(room)), room };
}

function* importsOf(path: string): Generator<string> {
  for (const [, specifier] of read(path).matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g)) {
    if (specifier!.startsWith(".")) yield new URL(specifier!, `file:///${path}`).pathname.slice(1);
  }
}

/** Every import that a door, a room or the ground makes against the order of the house. */
export function trespasses(files: Iterable<string>, imports = importsOf): string[] {
  const found: string[] = [];
  for (const path of files) {
    const from = place(path);
    for (const target of imports(path)) {
      const to = place(target);
      const allowed = to.row > from.row || (to.room === from.room && from.row > 0);
      if (!allowed || to.row === -1) found.push(`${path} → ${target}`);
    }
  }
  return found;
}

const ours = [...sourceFiles("supabase/functions", ".ts")].filter((path) =>
  !/_test\.ts$|^supabase\/functions\/tests\//.test(path)
);

Deno.test("A file imports only from rooms to its right", () => assertEquals(trespasses(ours), []));

Deno.test("The check of the layers sees a trespass", () => {
  const wrong: Record<string, string> = {
    [`${SHARED}stripe/client.ts`]: `${SHARED}database/client.ts`,
    [`${SHARED}http/serve.ts`]: `${SHARED}billing/observe.ts`,
    [`${SHARED}env.ts`]: `${SHARED}http/serve.ts`,
    "supabase/functions/health/index.ts": "supabase/functions/stripe-customer/index.ts",
    [`${SHARED}billing/observe.ts`]: `${SHARED}nowhere/x.ts`,
  };
  assertEquals(trespasses(Object.keys(wrong), (path) => [wrong[path]!] as never).length, 5);
});

/** The contract is pure data, which the commands may read; the stand-ins know nothing of it. */
const mayImport = (path: string, target: string) =>
  !target.startsWith("supabase/functions/") ||
  target.startsWith(`${SHARED}contract/`) && !path.startsWith("scripts/local/");

Deno.test("The stand-ins and the functions meet over HTTP alone", () => {
  const crossing = [...sourceFiles("scripts", ".ts")].filter((path) => !path.startsWith("scripts/checks/"))
    .filter((path) => ![...importsOf(path)].every((target) => mayImport(path, target)));
  const back = [...sourceFiles("supabase/functions", ".ts")].filter((path) =>
    [...importsOf(path)].some((target) => target.startsWith("scripts/"))
  );
  assertEquals([...crossing, ...back], []);
});

Deno.test("Only env.ts reads the environment", () => {
  assertEquals(ours.filter((path) => /\bDeno\.env\b/.test(read(path))), [`${SHARED}env.ts`]);
});
