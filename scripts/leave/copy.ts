/**
 * Copies a deployment's rows from one database into another with the same migrations: all of them, or what changed since
 * an earlier copy. One snapshot of the source, one transaction of the target, and rows pass through without being kept.
 */
import { Failure } from "../lib/failure.ts";
import { type Connection, row } from "./connection.ts";
import { DEPLOYMENT, readSequences, type Table } from "./tables.ts";
import { transfer } from "./transfer.ts";

export interface Copied {
  /** How many rows were sent. */
  readonly rows: number;
  /** How many rows the target has afterwards. */
  readonly total: number;
  /** Every row that changes after this copy was written by a transaction with this id or a later one. */
  readonly threshold: string;
}

interface Contents {
  readonly rows: string;
  /** Of all compared columns of all rows, in any order. */
  readonly hash: string;
}

/**
 * Replaces everything in the target. Ends with the target's transaction open, so that the caller commits it.
 *
 * @param source In a transaction of isolation level repeatable read
 * @param target In a transaction
 * @throws Failure when the copy differs
 */
export async function copyAll(source: Connection, target: Connection, tables: readonly Table[]): Promise<Copied> {
  const threshold = await oldestRunning(source);
  await withoutTriggers(target, tables, async () => {
    // Not the deployment, which a server that waits for its opening reads: its row is deleted instead.
    const emptied = tables.filter(({ name }) => name !== DEPLOYMENT).map(({ name }) => name);
    await target.query(`truncate ${emptied.join(", ")}; delete from ${DEPLOYMENT}`);
    for (const { name, written } of tables) {
      await copy(source, `select ${written} from ${name}`, target, `${name} (${written})`);
    }
  });
  await copySequences(source, target);
  let total = 0;
  for (const table of tables) {
    const [here, there] = await Promise.all([contentsOf(source, table), contentsOf(target, table)]);
    requireEqual(table, here, there);
    total += Number(here.rows);
  }
  return { rows: total, total, threshold };
}

/**
 * Brings a target that was equal to the source at an earlier copy up to date. Complete, because
 *
 * - a row that was inserted or updated since carries the id of a transaction that the earlier snapshot saw running or not
 *   at all: none is older than the oldest one running then. Ids of subtransactions are younger than their transaction's,
 * - the target then has every key of the source, so the numbers of rows are equal only if no other key is left.
 *   Otherwise all keys of that table are sent, and the others are deleted.
 *
 * @param threshold Of the earlier copy
 * @throws Failure when what was copied differs
 */
export async function copyChanges(
  source: Connection,
  target: Connection,
  tables: readonly Table[],
  threshold: string,
): Promise<Copied> {
  const next = await oldestRunning(source);
  let sent = 0;
  let total = 0;
  await withoutTriggers(target, tables, async () => {
    for (const table of tables) {
      const changed = `where age(own.xmin) <= age('${threshold}'::xid)`;
      const { rows, all } = await replaceRows(source, target, table, changed);
      sent += rows;
      total += all;
    }
  });
  await copySequences(source, target);
  return { rows: sent, total, threshold: next };
}

async function replaceRows(source: Connection, target: Connection, table: Table, changed: string) {
  const { name, written } = table;
  const isSame = sameKey(table, "own", "incoming");
  // Its key is generated, too.
  await target.query(`create temporary table incoming (like ${name} including generated) on commit drop`);
  await copy(source, `select ${written} from ${name} as own ${changed}`, target, `incoming (${written})`);
  await target.query(`delete from ${name} as own using incoming where ${isSame}`);

  const expected = await count(source, name);
  const [kept, incoming] = [await count(target, name), await count(target, "incoming")];
  if (kept + incoming > expected) await deleteMissing(source, target, table);

  await target.query(`insert into ${name} (${written}) overriding system value select ${written} from incoming`);
  const total = await count(target, name);
  if (total !== expected) throw new Failure(`${name} has ${total} rows in the target and ${expected} in the source`);
  const [here, there] = await Promise.all([
    contentsOf(source, table, changed),
    contentsOf(target, table, `where exists (select from incoming where ${isSame})`),
  ]);
  requireEqual(table, here, there);
  await target.query("drop table incoming");
  return { rows: incoming, all: total };
}

/** Deletes the rows that the source no longer has, before a row that takes over one of their unique values comes. */
async function deleteMissing(source: Connection, target: Connection, table: Table) {
  const key = table.key.join(", ");
  await target.query(`create temporary table present on commit drop as select ${key} from ${table.name} limit 0`);
  await copy(source, `select ${key} from ${table.name}`, target, `present (${key})`);
  await target.query(`analyze present`);
  await target.query(
    `delete from ${table.name} as own where not exists (select from present where ${sameKey(table, "own", "present")})`,
  );
  await target.query("drop table present");
}

const sameKey = ({ key }: Table, a: string, b: string) =>
  key.map((part) => `${a}.${part} = ${b}.${part}`).join(" and ");

const copy = (source: Connection, select: string, target: Connection, into: string) =>
  transfer(source, `copy (${select}) to stdout`, target, `copy ${into} from stdin`);

/** Rows are copied as they are: a trigger would drop them, or report them as changes. Enabled again in the same transaction. */
async function withoutTriggers(target: Connection, tables: readonly Table[], write: () => Promise<void>) {
  const set = (state: string) => tables.map(({ name }) => `alter table ${name} ${state} trigger user`).join("; ");
  await target.query(set("disable"));
  await write();
  await target.query(set("enable"));
}

async function copySequences(source: Connection, target: Connection) {
  for (const { name, last_value, is_called } of await readSequences(source)) {
    // Not part of a transaction, so it only advances: a copy that is undone may skip tickets, and repeats none.
    await target.query(
      `select setval('${name}', greatest(last_value, $1), is_called or $2) from ${name}`,
      [last_value, is_called],
    );
  }
}

/** The oldest transaction that the snapshot sees as running, or the next one. */
async function oldestRunning(source: Connection): Promise<string> {
  const sql = "select pg_snapshot_xmin(pg_current_snapshot())::xid::text as xid";
  return (await row<{ xid: string }>(source, sql)).xid;
}

const count = async (connection: Connection, name: string): Promise<number> =>
  Number((await row<{ rows: string }>(connection, `select count(*) as rows from ${name}`)).rows);

const contentsOf = (connection: Connection, { name, compared }: Table, where = ""): Promise<Contents> =>
  row<Contents>(
    connection,
    `select count(*) as rows, coalesce(sum(hashtextextended(row(${compared})::text, 0)), 0) as hash
    from ${name} as own ${where}`,
  );

function requireEqual({ name }: Table, here: Contents, there: Contents) {
  if (here.rows === there.rows && here.hash === there.hash) return;
  throw new Failure(
    `${name} differs after the copy: ${here.rows} rows in the source, ${there.rows} in the target` +
      (here.rows === there.rows ? " with other contents" : ""),
  );
}

/** The tables whose rows differ; of the deployment, not whether it is open. */
export async function differences(source: Connection, target: Connection, tables: readonly Table[]): Promise<string[]> {
  const different: string[] = [];
  for (const table of tables) {
    const [here, there] = await Promise.all([contentsOf(source, table), contentsOf(target, table)]);
    if (here.rows !== there.rows || here.hash !== there.hash) {
      different.push(`${table.name}: ${here.rows} rows, and ${there.rows}`);
    }
  }
  return different;
}
