/** The version of the catalog with transactions that overlap. */
import { assert, assertEquals } from "@std/assert";
import postgres from "postgres";
import { startStack } from "./stack.ts";

const record = (sql: postgres.Sql, id: string) =>
  sql`
  select record_objects(draw_ticket('test_1'), jsonb_build_array(
    jsonb_build_object('id', ${id}::text, 'object', 'product', 'active', true, 'created', 1)
  ), 'test_1')
`;

Deno.test("The version of the catalog grows when a change becomes visible, and no change waits for another", async () => {
  await using stack = await startStack();
  await stack.confirmTestKey();
  const sql = postgres(stack.database_url, { max: 4, onnotice() {} });
  const read = async () => {
    const [row] = await sql`
      select (read_catalog_version('test_1')).version::integer, (select count(*)::integer from stripe_products) as products
    `;
    return row as unknown as { version: number; products: number };
  };
  try {
    await record(sql, "prod_0");
    const before = await read();
    const [first, second] = await Promise.all([sql.reserve(), sql.reserve()]);
    for (const [connection, id] of [[first, "prod_1"], [second, "prod_2"]] as const) {
      await connection`begin`;
      await connection`set local lock_timeout = '10s'`;
      await record(connection, id);
    }
    assertEquals(await read(), before, "Changes that are not committed");

    // The one that began last commits first.
    await second`commit`;
    const between = await read();
    assertEquals(between.products, before.products + 1);
    assert(between.version > before.version);
    await first`commit`;
    const after = await read();
    assertEquals(after.products, before.products + 2);
    assert(after.version > between.version, "A page that was read in between is outdated");

    await first`begin`;
    await record(first, "prod_3");
    await first`rollback`;
    assertEquals(await read(), after, "A change that was rolled back");
    for (const connection of [first, second]) connection.release();
  } finally {
    await sql.end();
  }
});
