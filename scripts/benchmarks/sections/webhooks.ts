/** Events, as many at a time as Stripe sends: with a few in the ledger and with many, and against writing them straight through. */
import { API_VERSION } from "../../../packages/stripe-emulator/core/version.ts";
import { sign } from "../../../packages/stripe-emulator/core/signature.ts";
import { STRIPE_WEBHOOK_SECRET } from "../../lib/project_keys.ts";
import type { TestStack } from "../benchmark_stack.ts";
import type { RequestSpec } from "../load/load_job.ts";
import { measure, type Subject } from "../measure.ts";
import type { Row } from "../report.ts";
import { sizeRow } from "../size_row.ts";
import type { RowFilter } from "../row_filter.ts";
import { type Context, ours, plain } from "../context.ts";

export const WEBHOOKS = "webhooks";

const NAME = "stripe-webhook";
const AT_A_TIME = [1, 8, 32];
/** So many objects take the events in turn. */
const OBJECTS = 20;

export async function measureWebhooks(world: Context, wanted: RowFilter): Promise<Row[]> {
  const names = AT_A_TIME.map((count) => ({ count, name: `${count} at a time` }))
    .filter(({ name }) => wanted(WEBHOOKS, name));
  if (names.length === 0) return [];
  const { sizes, stack, servers, progress } = world;

  progress(`Webhooks: a ledger of ${sizes.ledger.toLocaleString("en")}`);
  await using full = await world.startStack("bench_ledger", OBJECTS);
  await fillLedger(full, sizes.ledger);
  await stack.sql`create table plain_products (id text primary key, data jsonb not null)`;
  await using fullServer = await servers.start(ours(NAME), full.env);
  await using server = await servers.start(ours(NAME), stack.env);
  await using other = await servers.start(plain(NAME), stack.env);
  const subject = (server: Subject["server"], stack: TestStack): Subject => ({
    server,
    ask: () => askOf(stack, sizes.events),
    asks: ["stack", "database"],
    count: sizes.events,
  });
  const subjects = {
    [`${sizes.ledger.toLocaleString("en")} before`]: subject(fullServer, full),
    "few before": subject(server, stack),
    "plain, straight through": subject(other, stack),
  };

  const rows: Row[] = [];
  for (const { count, name } of names) {
    progress(`Webhooks: ${name}`);
    const rounds = await measure(subjects, { ...world, sizes: { ...sizes, concurrency: count } });
    rows.push(sizeRow(WEBHOOKS, name, rounds));
  }
  return rows;
}

/** New events, each about one of a few products, with what a real one carries. */
async function askOf({ sql, productIds }: TestStack, count: number): Promise<RequestSpec> {
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

async function fillLedger({ sql }: TestStack, count: number): Promise<void> {
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
