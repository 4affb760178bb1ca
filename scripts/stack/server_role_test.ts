/** The role `billing_server`, made by an owner who is no superuser, as `postgres` of a hosted project. */
import { assertEquals, assertRejects } from "@std/assert";
import { connect } from "../lib/database.ts";
import { openTemporaryFolder } from "../lib/temporary_folder.ts";
import { serverRole, startCluster } from "./postgres.ts";

Deno.test("postgres makes billing_server, which is service_role from its first statement on and cannot be another role", async () => {
  await using resources = new AsyncDisposableStack();
  const { folder, processes } = await openTemporaryFolder(resources);
  const cluster = await startCluster({ folder: `${folder}/postgres`, processes, log() {} });
  const open = (role: "supabase_admin" | "postgres" | "billing_server") => {
    const sql = connect(cluster.url(role));
    resources.defer(() => sql.end());
    return sql;
  };

  await open("supabase_admin")`drop role billing_server`;
  const owner = open("postgres");
  await owner.unsafe(serverRole());
  await owner.unsafe(serverRole()); // again
  await owner`alter role billing_server password 'billing_server'`;

  const server = open("billing_server");
  const [role] = await server`
    select current_user::text as acts_as, session_user::text as logged_in_as,
      current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
      current_setting('idle_in_transaction_session_timeout') as idle`;
  assertEquals({ ...role }, {
    acts_as: "service_role",
    logged_in_as: "billing_server",
    statement: "8s",
    lock: "8s",
    idle: "10s",
  });
  for (const name of ["postgres", "authenticated", "supabase_admin"]) {
    await assertRejects(() => server.unsafe(`set role ${name}`), Error, "permission denied");
  }
  await server`reset role`;
  await server`set role none`;
  const [rights] = await server`
    select current_user::text as name, pg_has_role('service_role', 'usage') as inherits,
      exists (select from pg_roles where rolname = 'billing_server'
        and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)) as has_more`;
  assertEquals({ ...rights }, { name: "billing_server", inherits: false, has_more: false });
});
