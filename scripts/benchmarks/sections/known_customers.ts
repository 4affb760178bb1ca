/** A known customer among few and among many: what a call costs must not grow with the number of users. */
import type { TestStack } from "../benchmark_stack.ts";
import { measure, type Subject } from "../measure.ts";
import type { Row } from "../report.ts";
import type { Server } from "../server.ts";
import { sizeRow } from "../size_row.ts";
import type { RowFilter } from "../row_filter.ts";
import { type Context, makeCustomers, ours } from "../context.ts";

export const KNOWN_CUSTOMERS = "known customers";

const NAME = "stripe-customer";

export async function measureKnownCustomers(world: Context, wanted: RowFilter): Promise<Row[]> {
  if (!wanted(KNOWN_CUSTOMERS, NAME)) return [];
  const { sizes, stack, servers, progress } = world;
  const [few, many] = sizes.mappings;
  progress(`Known customers: making ${many.toLocaleString("en")} of them`);
  await using large = await world.startStack("bench_customers", 0);
  const customers = await makeCustomers(large, many, servers);

  progress("Known customers");
  await using fewServer = await servers.start(ours(NAME), stack.env);
  await using manyServer = await servers.start(ours(NAME), large.env);
  const subject = async (server: Server, users: readonly string[], { signIn }: TestStack): Promise<Subject> => ({
    server,
    ask: { method: "POST", paths: [`/${NAME}`], tokens: await Promise.all(users.map(signIn)), status: 200 },
    asks: ["stack", "database"],
  });
  const subjects: Record<string, Subject> = {
    [`${many.toLocaleString("en")} rows`]: await subject(manyServer, customers, large),
    [`${few.toLocaleString("en")} rows`]: await subject(fewServer, world.customers, stack),
  };
  return [sizeRow(KNOWN_CUSTOMERS, NAME, await measure(subjects, world))];
}
