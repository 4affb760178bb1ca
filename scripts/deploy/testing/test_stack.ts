/** A stack of the test bench, which `npm test` runs. */
import type { TestStackFile } from "../../testbed/stacks.ts";
import { connect } from "../../stack/postgres.ts";

export interface Stack extends TestStackFile, AsyncDisposable {
  /** Runs SQL as `postgres`. */
  sql(query: string): Promise<Record<string, unknown>[]>;
}

/** @param wish As the bench's `POST /stacks` takes it */
export async function startStack(wish: unknown = {}): Promise<Stack> {
  const bench = Deno.env.get("TESTBED_URL");
  if (bench === undefined) {
    throw new Error("TESTBED_URL is missing: run the tests with npm test, which starts the bench");
  }
  const response = await fetch(`${bench}/stacks`, { method: "POST", body: JSON.stringify(wish) });
  if (!response.ok) throw new Error(`No stack: ${await response.text()}`);
  const file: TestStackFile = await response.json();
  const sql = connect(file.database_url);
  return {
    ...file,
    sql: async (query) => [...await sql.unsafe(query)],
    async [Symbol.asyncDispose]() {
      await sql.end();
      const gone = await fetch(`${bench}/stacks/${file.id}`, { method: "DELETE" });
      await gone.body?.cancel();
    },
  };
}
