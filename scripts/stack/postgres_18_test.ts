/** PostgreSQL 18, which hosted projects will have, as the database of the migrations. The local stack has 17. */
import { assertEquals, assertMatch } from "@std/assert";
import { PGlite } from "@electric-sql/pglite";
import { ROOT } from "../lib/paths.ts";

Deno.test("on PostgreSQL 18 mirrored rows are updated, and Realtime gets their changes", async () => {
  await using database = new PGlite();
  const query = async <Row>(sql: string) => (await database.query<Row>(sql)).rows;
  assertMatch((await query<{ version: string }>("select version()"))[0]!.version, /^PostgreSQL 18\./);

  await database.exec("create role anon; create role authenticated; create role service_role");
  await database.exec("create publication supabase_realtime");
  const folder = `${ROOT}/supabase/migrations`;
  for (const name of [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted()) {
    await database.exec(await Deno.readTextFile(`${folder}/${name}`));
  }
  assertEquals(await query("select tablename::text as name from pg_publication_tables"), [{ name: "stripe_changes" }]);

  await database.exec("select confirm_account('acct_test', 'test_1')");
  const record = (status: string) => {
    const subscription = { id: "sub_1", object: "subscription", customer: "cus_1", status };
    return database.query("select record_objects(draw_ticket('test_1'), $1, 'test_1')", [
      JSON.stringify([subscription]),
    ]);
  };
  for (const status of ["active", "past_due"]) await record(status);
  assertEquals(await query("select status from stripe_subscriptions"), [{ status: "past_due" }]);
  assertEquals(await query("select customer from stripe_changes"), [{ customer: "cus_1" }, { customer: "cus_1" }]);

  // The reason for the table of changes.
  await database.exec("alter publication supabase_realtime add table stripe_subscriptions");
  const refusal = await record("canceled").then(() => undefined, (error) => error.message);
  assertEquals(refusal, 'cannot update table "stripe_subscriptions"');
});
