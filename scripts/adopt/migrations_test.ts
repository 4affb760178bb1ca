import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { planMigrations } from "./migrations.ts";
import { hashOf } from "./text.ts";

const NOW = new Date("2026-03-01T10:00:00Z");
const ours = [
  { name: "20260101000000_one.sql", text: "create table public.one ();\n" },
  { name: "20260101000100_two.sql", text: "create table public.two ();\n" },
];

type Options = Partial<Parameters<typeof planMigrations>[1]>;
const plan = (theirs: Record<string, string>, options: Options = {}, migrations = ours) =>
  planMigrations(migrations, {
    lock: {},
    now: NOW,
    ignoredNames: [],
    theirs: new Map(Object.entries(theirs)),
    ...options,
  });

const filesOf = ({ migrations }: ReturnType<typeof plan>) => migrations.map(({ file }) => file);

Deno.test("planMigrations names new migrations by consecutive seconds that end now", () => {
  assertEquals(filesOf(plan({})), ["20260301095959_billing_one.sql", "20260301100000_billing_two.sql"]);
  assertEquals(filesOf(plan({ "0001_init.sql": "", "20251231_a.sql": "" })), filesOf(plan({})));
});

Deno.test("planMigrations names new migrations after the newest of the project, past its clock and past the year", () => {
  assertEquals(filesOf(plan({ "20261231235959_future.sql": "" })), [
    "20270101000000_billing_one.sql",
    "20270101000001_billing_two.sql",
  ]);
  for (const newest of ["20269999999999", "20260301095959", "20260230000000"]) {
    assert(filesOf(plan({ [`${newest}_x.sql`]: "" })).every((file) => file > newest), newest);
  }
});

Deno.test("planMigrations reports a version after which no timestamp sorts", () => {
  const { conflicts } = plan({ "99_x.sql": "" });
  assertEquals(conflicts.length, 1);
  assertStringIncludes(conflicts[0]!.reason, `"99"`);
});

Deno.test("planMigrations finds the migrations of an interrupted run by their content", () => {
  const planned = plan({ "20260201000000_billing_one.sql": ours[0]!.text });
  assertEquals(planned.migrations.map(({ state }) => state), ["unchanged", "create"]);
  assertEquals(planned.conflicts, []);
  assertEquals(Object.keys(planned.lock), ours.map(({ name }) => name));
});

Deno.test("planMigrations adds what is new after the project's own and leaves adopted ones alone", () => {
  const first = plan({});
  const theirs = {
    "20260301095959_billing_one.sql": ours[0]!.text,
    "20260301100000_billing_two.sql": ours[1]!.text,
    "20260401000000_own.sql": "create table public.own ();",
  };
  const more = [...ours, { name: "20260101000200_three.sql", text: "create table public.three ();" }];
  const second = plan(theirs, { lock: first.lock }, more);
  assertEquals(second.conflicts, []);
  assertEquals(filesOf(second), [...filesOf(first), "20260401000001_billing_three.sql"]);
  assertEquals(second.lock[ours[0]!.name], first.lock[ours[0]!.name]);
});

Deno.test("planMigrations refuses an upgrade when an adopted migration was edited or removed in our repository", () => {
  const { lock } = plan({});
  const theirs = Object.fromEntries(plan({}).migrations.map(({ file, text }) => [file, text]));
  const edited = plan(theirs, { lock }, [{ ...ours[0]!, text: "create table public.uno ();" }, ours[1]!]);
  assertEquals(edited.conflicts.map(({ subject }) => subject), [
    "supabase/migrations/20260301095959_billing_one.sql",
  ]);
  assertStringIncludes(edited.conflicts[0]!.reason, "cannot be edited");
  const removed = plan(theirs, { lock }, ours.slice(1));
  assertStringIncludes(removed.conflicts[0]!.reason, "does not have");
});

Deno.test("planMigrations notes an adopted migration that was changed or removed in the project, and leaves it", () => {
  const { lock } = plan({});
  const planned = plan({ "20260301095959_billing_one.sql": "-- changed" }, { lock });
  assertEquals(planned.migrations.map(({ state }) => state), ["unchanged", "unchanged"]);
  assertEquals(planned.notes.length, 2);
  assertEquals(planned.lock[ours[0]!.name]?.sha256, hashOf(ours[0]!.text));
});

Deno.test("planMigrations reports a name that the project's migrations create too, unless it is ignored", () => {
  const theirs = { "20250101000000_mine.sql": "CREATE TABLE IF NOT EXISTS two ();" };
  const { conflicts } = plan(theirs);
  assertEquals(conflicts.length, 1);
  assertStringIncludes(conflicts[0]!.subject, `"public.two"`);
  assertEquals(plan(theirs, { ignoredNames: ["public.two"] }).conflicts, []);
  assertEquals(plan({ ...theirs, "20250102000000_gone.sql": "drop table two;" }).conflicts, []);
});
