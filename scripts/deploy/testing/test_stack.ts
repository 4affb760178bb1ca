/** A stack of the test bed that `npm test` runs, with SQL. */
import { connect } from "../../lib/database.ts";
import { createTestStack, type TestStack as Stack, type TestStackOptions } from "../../testbed/client.ts";

export type TestStack = Stack & {
  /** Runs SQL as `postgres`. */
  sql(query: string): Promise<Record<string, unknown>[]>;
};

export async function startTestStack(options: TestStackOptions = {}): Promise<TestStack> {
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
