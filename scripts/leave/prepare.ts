/** A plain PostgreSQL becomes a database of the product: the roles, the migrations, the rights of the server's role. */
import { Failure } from "../lib/failure.ts";
import { readSql } from "../lib/database.ts";
import type { Processes } from "../lib/processes.ts";
import { ROOT } from "../lib/paths.ts";
import { pushMigrations } from "../lib/supabase_cli.ts";
import { type Connection, openConnection, row } from "./connection.ts";
import type { Side } from "./move.ts";

/** The oldest major version that the tests run on. */
const OLDEST = 17;

/**
 * Safe to repeat: later migrations are applied in the same way. They are recorded in `supabase_migrations`, as on a
 * hosted project.
 *
 * @throws Failure when the version is too old, or the role may not create roles or tables
 */
export const prepare = (side: Side, processes: Processes): Promise<void> =>
  withOwner(side, async (connection, run) => {
    const { version } = await row<{ version: string }>(
      connection,
      "select current_setting('server_version') as version",
    );
    if (Number.parseInt(version) < OLDEST) {
      throw new Failure(`${side.what} runs PostgreSQL ${version}: the migrations need ${OLDEST} or newer`);
    }
    await requireEmptyOrOurs(connection, side);
    await run(readSql("roles.sql"));
    await run("grant usage on schema public to anon, authenticated, service_role");
    // The CLI reads config.toml, where Clerk's domain matters to a hosted project only.
    await pushMigrations({ databaseUrl: side.url, clerkDomain: "unused.clerk.accounts.dev", processes });
    await run(readSql("server_policies.sql"));
    await ensureServerRole(connection, run);
  });

/** Otherwise a migration would fail in the middle, at the first name that is taken. */
async function requireEmptyOrOurs(connection: Connection, { what }: Side): Promise<void> {
  const { taken } = await row<{ taken: string | null }>(
    connection,
    `select string_agg(format('%I.%I', space.nspname, relation.relname), ', ' order by relation.relname) as taken
    from pg_catalog.pg_class as relation
    join pg_catalog.pg_namespace as space on space.oid = relation.relnamespace
    where relation.relkind in ('r', 'p', 'v', 'm', 'f')
      and (space.nspname = 'billing' or space.nspname = 'public' and relation.relname like 'stripe\\_%')
      and to_regclass('supabase_migrations.schema_migrations') is null`,
  );
  if (taken !== null) throw new Failure(`${what} has ${taken} already: prepare an empty database`);
}

/** The role of a server on the old database; without a password it cannot log in. Safe to repeat. */
export const createServerRole = (side: Side): Promise<void> => withOwner(side, ensureServerRole);

/** Left alone where it exists: another role of the cluster may have created it, which alone may change it. */
async function ensureServerRole(connection: Connection, run: (sql: string) => Promise<void>): Promise<void> {
  const { exists } = await row<{ exists: boolean }>(
    connection,
    `select exists (
      select from pg_catalog.pg_roles as known
      where known.rolname = 'billing_server' and 'role=service_role' = any (known.rolconfig)
    ) as exists`,
  );
  if (!exists) await run(SERVER_ROLE);
}

const SERVER_ROLE = Deno.readTextFileSync(`${ROOT}/supabase/billing_server.sql`);

async function withOwner(
  side: Side,
  work: (connection: Connection, run: (sql: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  const connection = await openConnection(side.url, side.what);
  try {
    await work(connection, async (sql) => {
      try {
        await connection.query(sql);
      } catch (cause) {
        throw new Failure(`Cannot prepare ${side.what}: ${cause instanceof Error ? cause.message : cause}`, { cause });
      }
    });
  } finally {
    await connection.end();
  }
}
