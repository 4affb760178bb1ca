/** SQL on the database of a project or of the local stack, as `postgres`. */
import { connect } from "../../stack/postgres.ts";
import type { ManagementApi } from "./management_api.ts";

export interface Database {
  /** Runs one statement in its own transaction. @param parameters For $1, $2 … */
  query<Row>(sql: string, parameters?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** A project's database, without a password: https://supabase.com/docs/reference/api/v1-run-a-query */
export const hostedDatabase = (api: ManagementApi): Database => ({
  query: (query, parameters = []) => api.post("/database/query", { query, parameters }),
  close: () => Promise.resolve(),
});

export function localDatabase(url: string): Database {
  const sql = connect(url);
  return {
    query: async <Row>(query: string, parameters: unknown[] = []) =>
      await sql.unsafe(query, parameters as never[]) as unknown as Row[],
    close: () => sql.end(),
  };
}
