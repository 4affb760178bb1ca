/** A stack of the test bed, with SQL. */
import { connect } from "../../lib/database.ts";
import { createTestStack, type TestStack, type TestStackOptions } from "../../testbed/client.ts";

export interface Stack extends TestStack {
  /** Runs SQL as `postgres`. */
  sql(query: string): Promise<Record<string, unknown>[]>;
}

export async function startStack(options: TestStackOptions = {}): Promise<Stack> {
  const stack = await createTestStack(options);
  const sql = connect(stack.database_url);
  return {
    ...stack,
    sql: async (query) => [...await sql.unsafe(query)],
    async [Symbol.asyncDispose]() {
      await sql.end();
      await stack[Symbol.asyncDispose]();
    },
  };
}
