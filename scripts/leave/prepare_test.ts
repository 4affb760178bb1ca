import { assertEquals, assertRejects } from "@std/assert";
import { PGlite } from "@electric-sql/pglite";
import { connect, readSql } from "../lib/database.ts";
import { Failure } from "../lib/failure.ts";
import { ROOT } from "../lib/paths.ts";
import { createProcesses } from "../lib/processes.ts";
import { createSteps } from "../lib/steps.ts";
import { moveDeployment, reserve } from "./move.ts";
import { prepare } from "./prepare.ts";
import { fill } from "./testing/fill.ts";
import { startTwoDatabases } from "./testing/two_databases.ts";

const MIGRATIONS = `${ROOT}/supabase/migrations`;
const files = [...Deno.readDirSync(MIGRATIONS)].map(({ name }) => name).filter((name) => name.endsWith(".sql")).sort();

Deno.test("a plain database that is prepared, also twice, has the migrations on record and takes a deployment", async () => {
  await using databases = await startTwoDatabases({}, "template0");
  const { here, there, source, target } = databases;
  const processes = createProcesses();
  await fill(here);
  await prepare(target, processes);
  await reserve(source, target);
  await prepare(target, processes);
  await reserve(source, target);
  const applied = await there`select version from supabase_migrations.schema_migrations order by version`;
  assertEquals(applied.map(({ version }) => version), files.map((name) => name.split("_")[0]));
  const confirm = () => there`select confirm_account('acct_1LocalStripe00000', 'test_1')`;
  await assertRejects(confirm, Error, "is closed");

  await using resources = new AsyncDisposableStack();
  await moveDeployment({ source, target, steps: createSteps(() => {}), resources });
  const server = new URL(target.url);
  server.username = server.password = "billing_server";
  const client = connect(server.href);
  assertEquals((await client`select (claim_customer('user_1', 'test_1')).customer_id`)[0], { customer_id: "cus_1" });
  await client.end();
});

Deno.test("a database that cannot be reached is refused, without its password", async () => {
  const url = "postgres://owner:hunter22@127.0.0.1:1/postgres";
  const error = await assertRejects(() => prepare({ url, what: "the new database" }, createProcesses()), Failure);
  assertEquals(error.message.includes("hunter22"), false);
});

Deno.test("where the owner may not grant BYPASSRLS, policies let the server do what it is granted, and no more", async () => {
  await using database = new PGlite();
  await database.exec("create role owner createrole; grant create on schema public to owner");
  await database.exec("grant create on database postgres to owner; set role owner");
  await database.exec(readSql("roles.sql"));
  for (const name of files) await database.exec(await Deno.readTextFile(`${MIGRATIONS}/${name}`));
  for (let repetition = 0; repetition < 2; repetition++) await database.exec(readSql("server_policies.sql"));

  await database.exec("grant service_role, anon to owner; set role service_role");
  await database.exec("select confirm_account('acct_1', 'test_1')");
  await database.query("select record_objects(draw_ticket('test_1'), $1, 'test_1')", [
    JSON.stringify([{ id: "cus_1", object: "customer" }]),
  ]);
  await database.exec("select claim_customer('user_1', 'test_1')");
  assertEquals((await database.query("select id from stripe_customers")).rows, [{ id: "cus_1" }]);
  await assertRejects(() => database.exec("truncate stripe_customers"), Error, "permission denied");
  await database.exec("set role anon");
  await assertRejects(() => database.exec("select from stripe_customers"), Error, "permission denied");
});

Deno.test("a database with tables of the product's names is refused before anything is changed", async () => {
  await using databases = await startTwoDatabases({}, "template0");
  const { there, target } = databases;
  await there`create table public.stripe_products (id text)`;
  await assertRejects(() => prepare(target, createProcesses()), Failure, "has public.stripe_products already");
  const [{ made } = {}] = await there`select to_regnamespace('billing') is not null as made`;
  assertEquals(made, false);
});
