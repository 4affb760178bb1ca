/** The repository is written in standard terms: see the language rules in CONTRIBUTING.md. */
import { assert, assertEquals } from "@std/assert";
import { findBanned } from "./language.ts";
import { read, sourceFiles } from "./source_files.ts";

/** The list itself, its test, and the glossary. */
const EXEMPT = ["docs/glossary.md", "scripts/checks/banned_words.ts", "scripts/checks/language_test.ts"];
const ENDINGS = [".ts", ".mjs", ".sql", ".md", ".toml", ".yml"];

Deno.test("No file has a word or phrase that the language rules exclude", () => {
  const files = [...ENDINGS.flatMap((ending) => [...sourceFiles("", ending)]), ".env.example", ".ci/run"];
  const found = files.filter((path) => !EXEMPT.includes(path)).flatMap((path) => findBanned(path, read(path)));
  assert(found.length === 0, `${found.length} words or phrases:\n${found.join("\n")}`);
});

Deno.test("findBanned reports words in prose and in identifiers, phrases across lines, and the name of a file", () => {
  const text =
    `/** Waits for\n * nobody. It looks\n * at the object. */\nconst createDoor = data_api_rooms;\nawait drain();`;
  assertEquals(findBanned("a.ts", text), [
    "a.ts:2: nobody",
    "a.ts:2: looks at",
    "a.ts:5: drain",
    "a.ts:4: Door",
    "a.ts:4: rooms",
  ]);
  assertEquals(findBanned("stripe/post_office.ts", ""), ["stripe/post_office.ts:0: post office"]);
});

const STANDARD = [
  "Pass --yes to confirm; deno check --quiet",
  "Each in turn, background work, the customer is looked up, a lookup",
  "await Promise.all(promises); the promise resolves",
  "the test passes, bench, Math.round, mapping, this, the, bypass, other, chat",
];

Deno.test("findBanned allows standard uses", () => {
  for (const text of STANDARD) assertEquals(findBanned("a.ts", text), []);
});
