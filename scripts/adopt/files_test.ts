import { assertEquals } from "@std/assert";
import { planFiles } from "./files.ts";
import { hashOf } from "./text.ts";

interface Case {
  ours?: string;
  theirs?: string;
  written?: string;
  kept?: boolean;
  overwrite?: boolean;
  keep?: boolean;
}

function planOne({ ours, theirs, written, kept, overwrite, keep }: Case) {
  const list = (given: boolean | undefined) => given ? ["a.ts"] : [];
  const { changes, conflicts, lock } = planFiles(
    new Map(ours === undefined ? [] : [["a.ts", ours]]),
    { files: written === undefined ? {} : { "a.ts": hashOf(written) }, kept: list(kept) },
    () => theirs,
    { overwrite: list(overwrite), keep: list(keep) },
  );
  assertEquals(changes.length + conflicts.length <= 1, true);
  return { state: changes[0]?.state ?? (conflicts.length === 1 ? "conflict" : "nothing"), lock };
}

Deno.test("planFiles decides by what we offer, what is there, what we wrote and the operator's options", () => {
  const cases: [Case, string][] = [
    [{ ours: "1" }, "create"],
    [{ ours: "1", theirs: "1" }, "unchanged"],
    [{ ours: "1\n", theirs: "1\r\n" }, "unchanged"],
    [{ ours: "1", theirs: "other" }, "conflict"],
    [{ ours: "2", theirs: "1", written: "1" }, "update"],
    [{ ours: "2\n", theirs: "1\r\n", written: "1\n" }, "update"],
    [{ ours: "2", theirs: "2", written: "1" }, "unchanged"],
    [{ ours: "2", theirs: "other", written: "1" }, "conflict"],
    [{ ours: "1", theirs: "other", written: "1" }, "conflict"],
    [{ ours: "1", written: "1" }, "create"],
    [{ ours: "2", theirs: "other", written: "1", overwrite: true }, "update"],
    [{ ours: "2", theirs: "other", written: "1", keep: true }, "keep"],
    [{ ours: "1", theirs: "other", written: "1", kept: true }, "keep"],
    [{ ours: "2", theirs: "other", written: "1", kept: true }, "conflict"],
    [{ theirs: "1", written: "1" }, "remove"],
    [{ written: "1" }, "nothing"],
    [{ theirs: "other", written: "1" }, "conflict"],
    [{ theirs: "other", written: "1", overwrite: true }, "remove"],
    [{ theirs: "other", written: "1", keep: true }, "nothing"],
  ];
  for (const [one, state] of cases) assertEquals(planOne(one).state, state, JSON.stringify(one));
});

Deno.test("planFiles records what we offer, and that a file is kept", () => {
  assertEquals(planOne({ ours: "2", theirs: "other", written: "1", keep: true }).lock, {
    files: { "a.ts": hashOf("2") },
    kept: ["a.ts"],
  });
  assertEquals(planOne({ theirs: "1", written: "1" }).lock, { files: {}, kept: [] });
});
