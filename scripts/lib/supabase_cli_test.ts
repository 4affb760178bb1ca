import { assertEquals } from "@std/assert";
import { createTestStack } from "../testbed/client.ts";
import { localDatabase } from "./database.ts";
import { createProcesses } from "./processes.ts";
import { pushMigrations } from "./supabase_cli.ts";

Deno.test("pushMigrations applies a migration that is older than one that a project has added itself", async () => {
  await using stack = await createTestStack();
  const databaseUrl = stack.database_url;
  await using resources = new AsyncDisposableStack();
  const database = localDatabase(databaseUrl);
  resources.defer(() => database.close());
  const state = async () =>
    (await database.query(
      `select exists (select from supabase_migrations.schema_migrations where version = '20260101002755') as recorded,
        to_regproc('public.find_plan_change') is not null as made`,
    ))[0];
  const applied = { recorded: true, made: true };
  assertEquals(await state(), applied);

  // As before an update that brings this migration, while later ones are applied.
  await database.query("drop function public.find_plan_change");
  await database.query("delete from supabase_migrations.schema_migrations where version = '20260101002755'");
  await pushMigrations({ databaseUrl, clerkDomain: "unused.clerk.accounts.dev", processes: createProcesses() });
  assertEquals(await state(), applied);
});
