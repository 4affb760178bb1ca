/** The same burst of events with a few and with many in the ledger: the cost of an event must not grow with the past. */
import { API_VERSION } from "../../../packages/stripe-emulator/mod.ts";
import type { BenchmarkStack } from "../benchmark_stack.ts";
import type { BenchmarkContext } from "../context.ts";
import { measure, type Subject } from "../measure.ts";
import { ours } from "../programs.ts";
import type { Row } from "../report.ts";
import type { RowFilter } from "../row_filter.ts";
import type { Server } from "../server.ts";
import { sizeRow } from "../size_row.ts";
import { createEvents, readObjects } from "../webhook_events.ts";

export const FULL_LEDGER = "full ledger";

const NAME = "stripe-webhook";
const AT_A_TIME = 32;

export async function measureFullLedger(context: BenchmarkContext, includes: RowFilter): Promise<Row[]> {
  const name = `${AT_A_TIME} at a time`;
  if (!includes(FULL_LEDGER, name)) return [];
  const { sizes, stack, servers, progress } = context;
  const many = sizes.ledger.toLocaleString("en");
  progress(`Full ledger: ${many} events`);
  const products = sizes.products[0];
  await using full = await context.startStack("benchmark_ledger", products);
  await fillLedger(full, sizes.ledger);
  await using fullServer = await servers.start(ours(NAME), full.env);
  await using server = await servers.start(ours(NAME), stack.env);
  const subject = async (server: Server, stack: BenchmarkStack): Promise<Subject> => {
    const objects = await readObjects(stack, "products", products);
    return {
      server,
      requests: () => Promise.resolve(createEvents(objects, Math.floor(Date.now() / 1_000))),
      uses: ["stack", "database"],
      count: objects.length,
    };
  };
  const subjects = {
    [`${many} in the ledger`]: await subject(fullServer, full),
    "few in the ledger": await subject(server, stack),
  };
  const rounds = await measure(subjects, { ...context, sizes: { ...sizes, concurrency: AT_A_TIME } });
  return [sizeRow(FULL_LEDGER, name, rounds)];
}

async function fillLedger({ sql }: BenchmarkStack, count: number): Promise<void> {
  await sql`
    insert into billing.webhook_events
      (id, type, object, object_id, api_version, created, received_at, ticket, attempts, processed_at, outcome)
    select
      'evt_before' || number, 'product.updated', 'product', 'prod_' || number % 5000, ${API_VERSION},
      extract(epoch from now())::bigint - number, now() - number * interval '2 seconds',
      nextval('billing.tickets'), 1, now(), 'processed'
    from generate_series(1, ${count}::int) as number`;
  await sql`analyze billing.webhook_events`;
}
