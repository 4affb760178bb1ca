/** A known customer among few and among many: the cost of a call must not grow with the number of users. */
import type { BenchmarkStack } from "../benchmark_stack.ts";
import { measure, type Subject } from "../measure.ts";
import type { Row } from "../report.ts";
import type { Server } from "../server.ts";
import { sizeRow } from "../size_row.ts";
import type { RowFilter } from "../row_filter.ts";
import { type BenchmarkContext, createCustomers } from "../context.ts";
import { ours } from "../programs.ts";

export const KNOWN_CUSTOMERS = "known customers";

const NAME = "stripe-customer";

export async function measureKnownCustomers(context: BenchmarkContext, includes: RowFilter): Promise<Row[]> {
  if (!includes(KNOWN_CUSTOMERS, NAME)) return [];
  const { sizes, stack, servers, progress } = context;
  const [few, many] = sizes.mappings;
  progress(`Known customers: creating ${many.toLocaleString("en")}`);
  await using large = await context.startStack("benchmark_customers", 0);
  const customers = await createCustomers(large, many, servers);

  progress("Known customers");
  await using fewServer = await servers.start(ours(NAME), stack.env);
  await using manyServer = await servers.start(ours(NAME), large.env);
  const subject = async (server: Server, users: readonly string[], { signIn }: BenchmarkStack): Promise<Subject> => ({
    server,
    requests: { method: "POST", paths: [`/${NAME}`], tokens: await Promise.all(users.map(signIn)), status: 200 },
    uses: ["stack", "database"],
  });
  const subjects: Record<string, Subject> = {
    [`${many.toLocaleString("en")} rows`]: await subject(manyServer, customers, large),
    [`${few.toLocaleString("en")} rows`]: await subject(fewServer, context.customers, stack),
  };
  return [sizeRow(KNOWN_CUSTOMERS, NAME, await measure(subjects, context))];
}
