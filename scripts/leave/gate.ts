/** Whether a database takes calls. Of two databases with one deployment id at most one is open. */
import { Failure } from "../lib/failure.ts";
import { type Connection, row, rows } from "./connection.ts";

export interface Deployment {
  readonly id: string;
  readonly account: string;
  readonly livemode: boolean;
  /** open; closing: closed for a moment, by a move; moved: closed for ever. */
  readonly state: "open" | "closing" | "moved";
}

/** @returns undefined before the migrations and before the first use */
export async function readGate(connection: Connection): Promise<Deployment | undefined> {
  const { migrated } = await row<{ migrated: boolean }>(
    connection,
    "select to_regclass('billing.deployment') is not null as migrated",
  );
  if (!migrated) return undefined;
  const [found] = await rows<Deployment>(
    connection,
    `select id, stripe_account as account, livemode,
      case when closed_until = 'infinity' then 'moved' when closed_until > clock_timestamp() then 'closing' else 'open' end as state
    from billing.deployment`,
  );
  return found;
}

/** Until when a move keeps the database closed without having finished: one that is killed leaves it open after it. */
const CLOSED_FOR = "60 seconds";
/** How long calls in progress may take to end, in milliseconds; the functions' own limit is five seconds. */
const PATIENCE = 6_000;

/** Refuses all calls for a minute, once those in progress have ended. */
export async function close(source: Connection): Promise<void> {
  const attempt = async () => {
    await source.query(`set lock_timeout = ${PATIENCE}`);
    await source.query(`select billing.close_deployment(clock_timestamp() + interval '${CLOSED_FOR}')`);
  };
  try {
    await attempt().catch(async (error) => {
      if (error.code !== "55P03") throw error;
      await source.query(
        `select pg_terminate_backend(held.pid)
        from pg_catalog.pg_locks as held
        join pg_catalog.pg_stat_activity as holder on holder.pid = held.pid and holder.backend_type = 'client backend'
        where held.relation = 'billing.deployment'::regclass and holder.datname = current_database()
          and held.pid <> pg_backend_pid()`,
      );
      await attempt();
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Failure(`The calls in progress do not end (${reason}): nothing was changed, try again`, { cause });
  } finally {
    await source.query("set lock_timeout = 0").catch(() => {});
  }
}

/** Closes it for ever, or until a move returns to it. */
export async function markMoved(connection: Connection): Promise<void> {
  await connection.query("update billing.deployment set closed_until = 'infinity' where closed_until < 'infinity'");
}

/** Undoes {@link close}, and waits for nothing: leases that were refused in between end by themselves. */
export async function reopen(source: Connection): Promise<void> {
  await source.query("update billing.deployment set closed_until = '-infinity' where closed_until < 'infinity'");
}

/** Takes calls after a move. */
export async function open(connection: Connection): Promise<void> {
  await connection.query("select billing.open_deployment()");
}
