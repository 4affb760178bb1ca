/** A stack of the test bed that `npm test` runs, with SQL. */
import { connect } from "../../stack/postgres.ts";
import { createTestStack, type TestStackHandle } from "../../testbed/client.ts";
import type { TestStackOptions } from "../../testbed/stacks.ts";

export type TestStack = TestStackHandle & {
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
