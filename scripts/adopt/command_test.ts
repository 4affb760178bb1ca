/** The command as it is typed, with this repository and a project that `supabase init` made. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ROOT } from "../lib/paths.ts";
import { createProject } from "./testing/supabase_project.ts";
import { readTree } from "./testing/trees.ts";

async function adopt(...args: string[]): Promise<{ code: number; said: string }> {
  const { code, stdout, stderr } = await new Deno.Command("node", {
    args: ["--", "scripts/run.mjs", "adopt", ...args],
    cwd: ROOT,
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, said: text.decode(stdout) + text.decode(stderr) };
}

Deno.test("npm run adopt shows its plan, writes nothing without a yes, and has nothing to do the second time", async () => {
  using project = await createProject();
  const before = readTree(project.path);

  const dry = await adopt(project.path, "--dry-run");
  assertEquals(dry.code, 0, dry.said);
  for (
    const line of [
      "  create     supabase/functions/_billing/health/index.ts",
      "_billing_customer_mapping.sql (from 2",
      "  create     [functions.health]",
      "  update     [auth.third_party.clerk]",
      "  create     STRIPE_SECRET_KEY",
      "Nothing was changed (--dry-run)",
    ]
  ) assertStringIncludes(dry.said, line);
  assertEquals(readTree(project.path), before);

  const unconfirmed = await adopt(project.path);
  assertEquals(unconfirmed.code, 1);
  assertStringIncludes(unconfirmed.said, "Not a terminal. Pass --yes to confirm");
  assertEquals(readTree(project.path), before);

  const first = await adopt(project.path, "--yes");
  assertEquals(first.code, 0, first.said);
  assertStringIncludes(first.said, "supabase db push");
  const after = readTree(project.path);
  assert(!Object.keys(after).some((path) => path.includes("_test.") || path.includes("/tests/")));

  const second = await adopt(project.path, "--yes");
  assertEquals(second.code, 0, second.said);
  assertStringIncludes(second.said, "Nothing to do");
  assertEquals(readTree(project.path), after);
});

Deno.test("npm run adopt answers 1 to a wrong folder, to none, and to this repository", async () => {
  const none = await adopt();
  assertEquals(none.code, 1);
  assertStringIncludes(none.said, "npm run adopt -- ../my-app");
  const missing = await adopt("/nowhere/at/all");
  assertEquals(missing.code, 1);
  assertStringIncludes(missing.said, "supabase init");
  const itself = await adopt(ROOT, "--yes");
  assertEquals(itself.code, 1);
  assertStringIncludes(itself.said, "is this repository");
});
