import { assertEquals, assertStringIncludes } from "@std/assert";
import { ROOT } from "../../lib/paths.ts";
import { createTestStack } from "../client.ts";
import { runTestFile } from "./mod.ts";

/** Runs a script as a test file, which prints TAP without pgTAP. */
async function run(script: string) {
  await using stack = await createTestStack();
  const path = `.local/${crypto.randomUUID()}_test.sql`;
  await Deno.mkdir(`${ROOT}/.local`, { recursive: true });
  await Deno.writeTextFile(`${ROOT}/${path}`, script);
  try {
    return await runTestFile(stack.database_url, path);
  } finally {
    await Deno.remove(`${ROOT}/${path}`);
  }
}

Deno.test("A test file runs as postgres without superuser rights, with schema extensions in the search path", async () => {
  const { passed, failures } = await run(`
    select '1..2';
    select case when not rolsuper then 'ok 1' else 'not ok 1' end from pg_roles where rolname = current_user;
    select case when 'extensions' = any (current_schemas(false)) then 'ok 2' else 'not ok 2' end;
  `);
  assertEquals([passed, failures], [2, []]);
});

Deno.test("An error in a test file is a failure with its line number", async () => {
  const { failures } = await run("select '1..1';\nselect 'ok 1';\nselect missing();");
  assertEquals(failures.length, 1);
  assertStringIncludes(failures[0] ?? "", "function missing() does not exist in line 3");
});

Deno.test("An update or delete without a condition is a failure, also in a function and in a with", async () => {
  const { passed, failures } = await run(`
    create temporary table numbers (number integer);
    create function pg_temp.empty() returns void language plpgsql as $$ begin delete from numbers; end $$;
    select '1..1';
    select pg_temp.empty();
    update numbers set number = 1;
    with changed as (update numbers set number = (select 1 where true) returning 1) select from changed;
    select 'ok 1';
  `);
  assertEquals(passed, 1);
  assertEquals(failures.length, 2);
  assertStringIncludes(failures[0] ?? "", "PL/pgSQL function pg_temp");
  assertStringIncludes(failures[1] ?? "", "update without a condition");
});

Deno.test("An update or delete with a condition, and an upsert, are no failures", async () => {
  const { failures } = await run(`
    create temporary table numbers (number integer primary key);
    select '1..1';
    insert into numbers values (1) on conflict (number) do update set number = 2;
    update numbers set number = 1 where true;
    with gone as (delete from numbers where number = 1 returning 1) select from gone;
    select 'ok 1';
  `);
  assertEquals(failures, []);
});
