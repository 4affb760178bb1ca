/** Concurrent events, with few and with many in the ledger, compared with a baseline that writes payloads directly. */
import { API_VERSION, sign } from "../../../packages/stripe-emulator/mod.ts";
import { STRIPE_WEBHOOK_SECRET } from "../../lib/project_keys.ts";
import type { BenchmarkStack } from "../benchmark_stack.ts";
import type { RequestSpec } from "../load/load_job.ts";
import { measure, type Subject } from "../measure.ts";
import type { Row } from "../report.ts";
import { sizeRow } from "../size_row.ts";
import type { RowFilter } from "../row_filter.ts";
import type { BenchmarkContext } from "../context.ts";
import { baseline, ours } from "../programs.ts";

export const WEBHOOKS = "webhooks";

const NAME = "stripe-webhook";
const AT_A_TIME = [1, 8, 32];
/** The number of objects that the events refer to. */
const OBJECTS = 20;

export async function measureWebhooks(context: BenchmarkContext, includes: RowFilter): Promise<Row[]> {
  const names = AT_A_TIME.map((count) => ({ count, name: `${count} at a time` }))
    .filter(({ name }) => includes(WEBHOOKS, name));
  if (names.length === 0) return [];
  const { sizes, stack, servers, progress } = context;

  progress(`Webhooks: filling a ledger with ${sizes.ledger.toLocaleString("en")} events`);
  await using full = await context.startStack("benchmark_ledger", OBJECTS);
  await fillLedger(full, sizes.ledger);
  await stack.sql`create table baseline_products (id text primary key, data jsonb not null)`;
  await using fullServer = await servers.start(ours(NAME), full.env);
  await using server = await servers.start(ours(NAME), stack.env);
  await using other = await servers.start(baseline(NAME), stack.env);
  const subject = (server: Subject["server"], stack: BenchmarkStack): Subject => ({
    server,
    requests: () => createEvents(stack, sizes.events),
    uses: ["stack", "database"],
    count: sizes.events,
  });
  const subjects = {
    [`${sizes.ledger.toLocaleString("en")} in the ledger`]: subject(fullServer, full),
    "few in the ledger": subject(server, stack),
    "baseline, writes payloads": subject(other, stack),
  };

  const rows: Row[] = [];
  for (const { count, name } of names) {
    progress(`Webhooks: ${name}`);
    const rounds = await measure(subjects, { ...context, sizes: { ...sizes, concurrency: count } });
    rows.push(sizeRow(WEBHOOKS, name, rounds));
  }
  return rows;
}

/** New events for a few products, each with a complete payload. */
async function createEvents({ sql, productIds }: BenchmarkStack, count: number): Promise<RequestSpec> {
  const time = Math.floor(Date.now() / 1_000);
  const objects = productIds.slice(0, OBJECTS);
  const [known] = await sql`select data from stripe_products limit 1`;
  const events = Array.from({ length: count }, (_, number) => {
    const object = { ...known?.data, id: objects[number % objects.length], object: "product" };
    const body = JSON.stringify({
      id: `evt_${crypto.randomUUID().replaceAll("-", "")}`,
      object: "event",
      api_version: API_VERSION,
      created: time,
      data: { object, previous_attributes: { name: "Before" } },
      livemode: false,
      pending_webhooks: 1,
      request: { id: null, idempotency_key: null },
      type: "product.updated",
    });
    return { body, signature: sign(body, STRIPE_WEBHOOK_SECRET, time) };
  });
  return { method: "POST", paths: [`/${NAME}`], tokens: [], events, status: 200 };
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
