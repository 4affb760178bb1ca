/** A plain PostgreSQL becomes a database of the product: the roles, the migrations, the rights of the server's role. */
import { Failure } from "../lib/failure.ts";
import { readSql } from "../lib/database.ts";
import type { Processes } from "../lib/processes.ts";
import { ROOT } from "../lib/paths.ts";
import { pushMigrations } from "../lib/supabase_cli.ts";
import { openConnection, row } from "./connection.ts";
import type { Side } from "./move.ts";

/** The oldest major version that the tests run on. */
const OLDEST = 17;

/**
 * Safe to repeat: later migrations are applied in the same way. They are recorded in `supabase_migrations`, as on a
 * hosted project.
 *
 * @throws Failure when the version is too old, or the role may not create roles or tables
 */
export async function prepare(side: Side, processes: Processes): Promise<void> {
  const connection = await openConnection(side.url, side.what);
  const run = async (sql: string) => {
    try {
      await connection.query(sql);
    } catch (cause) {
      throw new Failure(`Cannot prepare ${side.what}: ${cause instanceof Error ? cause.message : cause}`, { cause });
    }
  };
  try {
    const { version } = await row<{ version: string }>(
      connection,
      "select current_setting('server_version') as version",
    );
    if (Number.parseInt(version) < OLDEST) {
      throw new Failure(`${side.what} runs PostgreSQL ${version}: the migrations need ${OLDEST} or newer`);
    }
    await run(readSql("roles.sql"));
    await run("grant usage on schema public to anon, authenticated, service_role");
    // The CLI reads config.toml, where Clerk's domain matters to a hosted project only.
    await pushMigrations({ databaseUrl: side.url, clerkDomain: "unused.clerk.accounts.dev", processes });
    await run(readSql("server_policies.sql"));
    await run(Deno.readTextFileSync(`${ROOT}/supabase/billing_server.sql`));
  } finally {
    await connection.end();
  }
}
