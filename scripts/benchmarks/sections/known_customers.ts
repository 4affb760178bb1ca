/**
 * A known customer among few and among many, where the cost of a call must not grow with the number of users, and through
 * both transports.
 */
import type { BenchmarkStack } from "../benchmark_stack.ts";
import { type BenchmarkContext, createCustomers } from "../context.ts";
import { measure, type Subject } from "../measure.ts";
import { ours } from "../programs.ts";
import { addBudget, type Row, rowOf } from "../report.ts";
import type { RowFilter } from "../row_filter.ts";
import type { Server } from "../server.ts";
import { sizeRow } from "../size_row.ts";

export const KNOWN_CUSTOMERS = "known customers";

const NAME = "stripe-customer";
const TRANSPORTS = `${NAME}, by transport`;
/** Microseconds of CPU time, of the function and of PostgreSQL. */
const THROUGH_DRIVER = 250;

export async function measureKnownCustomers(context: BenchmarkContext, includes: RowFilter): Promise<Row[]> {
  const names = [NAME, TRANSPORTS].filter((name) => includes(KNOWN_CUSTOMERS, name));
  if (names.length === 0) return [];
  const { sizes, stack, servers, progress } = context;
  const [few, many] = sizes.mappings.map((count) => `${count.toLocaleString("en")} rows`) as [string, string];
  progress(`Known customers: creating ${many}`);
  await using large = await context.startStack("benchmark_customers", 0);
  const customers = await createCustomers(large, sizes.mappings[1], servers);

  progress("Known customers");
  await using fewServer = await servers.start(ours(NAME), stack.env);
  await using manyServer = await servers.start(ours(NAME), large.env);
  await using driver = await servers.start(ours(NAME), large.driverEnv);
  const subject = async (
    server: Server,
    users: readonly string[],
    { signIn }: BenchmarkStack,
    uses: Subject["uses"] = ["stack", "database"],
  ): Promise<Subject> => {
    const tokens = await Promise.all(users.map(signIn));
    return { server, requests: { method: "POST", paths: [`/${NAME}`], tokens, status: 200 }, uses };
  };
  const throughDataApi = await subject(manyServer, customers, large);
  const rows: Row[] = [];
  if (names.includes(NAME)) {
    const subjects = { [many]: throughDataApi, [few]: await subject(fewServer, context.customers, stack) };
    rows.push(sizeRow(KNOWN_CUSTOMERS, NAME, await measure(subjects, context)));
  }
  if (names.includes(TRANSPORTS)) {
    // Of fixed numbers, because in the same time the slower of the two sends too few to be compiled. The figures of the
    // driver are those of a server that runs for hours: the engine compiles it for the last time after 8,000 requests.
    const { requests } = sizes.warmUp;
    const throughDriver = { ...await subject(driver, customers, large, ["database"]), count: 10 * requests };
    const subjects = { driver: throughDriver, "Data API": { ...throughDataApi, count: 3 * requests } };
    const row = rowOf(KNOWN_CUSTOMERS, TRANSPORTS, await measure(subjects, context));
    rows.push(addBudget(row, "total CPU through the driver, in µs", row.figures.driver?.total_cpu_us, THROUGH_DRIVER));
  }
  return rows;
}
