/** What moves: the tables of a deployment and the sequences, as the migrations made them. */
import { Failure } from "../lib/failure.ts";
import { type Connection, rows } from "./connection.ts";

export interface Table {
  /** With its schema, quoted where needed. */
  readonly name: string;
  /** Each with its type, to compare two databases. */
  readonly definition: string;
  /** The columns that are copied; the generated ones are generated again. */
  readonly written: string;
  /** The columns that are compared: also the generated ones. */
  readonly compared: string;
  /** The primary key. */
  readonly key: readonly string[];
}

/** The one table whose rows differ: only one of two databases is open. */
export const DEPLOYMENT = "billing.deployment";

const TABLES = `
  select
    moved::text as name,
    string_agg(format('%I %s', own.attname, format_type(own.atttypid, own.atttypmod)), ', ' order by own.attnum) as definition,
    string_agg(quote_ident(own.attname), ', ' order by own.attnum) filter (where own.attgenerated = '') as written,
    string_agg('own.' || quote_ident(own.attname), ', ' order by own.attnum)
      filter (where (moved::text, own.attname) <> ('${DEPLOYMENT}', 'closed_until')) as compared,
    array(
      select quote_ident(part.attname)
      from pg_catalog.pg_index as found
      join pg_catalog.pg_attribute as part on part.attrelid = found.indrelid and part.attnum = any (found.indkey)
      where found.indrelid = moved and found.indisprimary
      order by part.attnum
    ) as key
  from billing.moved_tables() as moved
  join pg_catalog.pg_attribute as own on own.attrelid = moved and own.attnum > 0 and not own.attisdropped
  group by moved
  order by moved::text`;

export const readTables = (connection: Connection): Promise<Table[]> => rows<Table>(connection, TABLES);

/** Tables of the operator's own in `public`, which stay: not those of the product, nor of extensions. */
export async function otherTables(connection: Connection): Promise<string[]> {
  const found = await rows<{ name: string }>(
    connection,
    `select own.oid::regclass::text as name
    from pg_catalog.pg_class as own
    where own.relkind in ('r', 'p') and own.relnamespace = 'public'::regnamespace
      and own.oid <> 'public.stripe_changes'::regclass
      and own.oid not in (select moved from billing.moved_tables() as moved)
      and not exists (
        select from pg_catalog.pg_depend as part
        where part.objid = own.oid and part.classid = 'pg_class'::regclass and part.deptype = 'e'
      )
    order by name`,
  );
  return found.map(({ name }) => name);
}

/** The tables of both. @throws Failure when their migrations differ */
export async function commonTables(source: Connection, target: Connection): Promise<Table[]> {
  const [here, there] = [await readTables(source), await readTables(target)];
  const describe = (table: Table) => `${table.name} (${table.definition}) ${table.key}`;
  const known = new Set(there.map(describe));
  const missing = here.filter((table) => !known.has(describe(table)));
  if (missing.length > 0 || here.length !== there.length) {
    const names = missing.map(({ name }) => name).join(", ");
    throw new Failure(`The databases have other migrations${names && ` (${names} differs)`}: apply the same to both`);
  }
  return here;
}

export interface Sequence {
  readonly name: string;
  readonly last_value: string;
  readonly is_called: boolean;
}

/** The sequences of the tables and of the tickets, with their positions. */
export async function readSequences(connection: Connection): Promise<Sequence[]> {
  const found = await rows<{ name: string }>(
    connection,
    `select found.oid::regclass::text as name
    from pg_catalog.pg_class as found
    where found.relkind = 'S'
      and (found.oid = 'billing.tickets'::regclass or exists (
        select from pg_catalog.pg_depend as owned
        where owned.objid = found.oid and owned.classid = 'pg_class'::regclass
          and owned.refobjid in (select moved from billing.moved_tables() as moved)
      ))
    order by name`,
  );
  const sequences: Sequence[] = [];
  for (const { name } of found) {
    sequences.push(...await rows<Sequence>(connection, `select '${name}' as name, last_value, is_called from ${name}`));
  }
  return sequences;
}
