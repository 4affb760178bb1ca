import { assert, assertEquals } from "@std/assert";
import { read, sourceFiles } from "./source_files.ts";
import { PROOF_SIZES, proofVariables } from "../testbed/proof_sizes.ts";

Deno.test("proofVariables has the sizes of the table, and the shell overrides them", () => {
  assertEquals(proofVariables("full", {}).PROOF_USERS, "200");
  assertEquals(proofVariables("small", {}).PROOF_USERS, "8");
  const given = proofVariables("small", { PROOF_USERS: "7", PROOF_SEED: "3", OTHER: "x" });
  assertEquals([given.PROOF_USERS, given.PROOF_SEED, given.OTHER], ["7", "3", undefined]);
});

Deno.test("Each size is read by one file of tests, whose own default is the full size", () => {
  const files = [
    "supabase/functions",
    "scripts/models",
    "scripts/checks/templates",
    "scripts/benchmarks",
    "scripts/leave",
    "packages",
  ].flatMap((folder) => [...sourceFiles(folder, ".ts")]).filter((path) => /_test\.ts$|\/tests\//.test(path));
  for (const [name, { small, full }] of Object.entries(PROOF_SIZES)) {
    const readers = files.map(read).filter((text) => text.includes(`"${name}"`));
    assertEquals(readers.length, 1, `${name} is read by ${readers.length} files`);
    const [, standard] = readers[0]!.match(new RegExp(`"${name}"\\)?(?: \\?\\?|,) "?([\\d_]+)`)) ?? [];
    assertEquals(Number(standard?.replaceAll("_", "")), full, name);
    assert(small > 0 && small <= full);
  }
});
