/** SQL on the database of a project or of the local stack, as `postgres`. */
import type { Database } from "../../lib/database.ts";
import type { ManagementApi } from "./management_api.ts";

export { type Database, localDatabase } from "../../lib/database.ts";

/** A project's database, without a password: https://supabase.com/docs/reference/api/v1-run-a-query */
export const hostedDatabase = (api: ManagementApi): Database => ({
  query: (query, parameters = []) => api.post("/database/query", { query, parameters }),
  close: () => Promise.resolve(),
});
