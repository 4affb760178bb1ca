/**
 * Bursts of events of products, prices and subscriptions, all of different objects: through both transports, and the peer
 * that mirrors the same. Stripe is a process of its own that repeats answers from memory; its CPU time is in no total.
 */
import type { BenchmarkStack } from "../benchmark_stack.ts";
import type { BenchmarkContext } from "../context.ts";
import { measure, type Subject } from "../measure.ts";
import { installPeer } from "../peer/install_peer.ts";
import { type Peer, startPeer } from "../peer/start_peer.ts";
import { ours, REPLAY } from "../programs.ts";
import { addBudget, type Row, rowOf } from "../report.ts";
import type { RowFilter } from "../row_filter.ts";
import type { Server } from "../server.ts";
import { createEvents, createSubscriptions, readObjects } from "../webhook_events.ts";

export const WEBHOOKS = "webhooks";

const NAME = "stripe-webhook";
const AT_A_TIME = [1, 8, 16, 32];
/** As a multiple of the usual warm-up: the figures of every subject fall until about then, because its engine compiles. */
const WARM_UP = 8;
/** Where the budgets hold: with fewer at a time nothing waits for anything. */
const BUDGETED = 8;
/** Events a second through the Data API, with the most at a time. */
const THROUGH_DATA_API = 400;

const DRIVER = "driver";
const DATA_API = "Data API";
const PEER_WRITES = "peer, writes payloads";
const PEER_READS = "peer, reads at Stripe";

export async function measureWebhooks(context: BenchmarkContext, includes: RowFilter): Promise<Row[]> {
  const chosen = AT_A_TIME.map((count) => ({ count, name: `${count} at a time` }))
    .filter(({ name }) => includes(WEBHOOKS, name));
  if (chosen.length === 0) return [];
  const { sizes, servers, progress } = context;
  await using started = new AsyncDisposableStack();

  progress("Webhooks: creating products, prices and subscriptions");
  const perKind = Math.ceil(sizes.events / 3);
  const stack = started.use(await context.startStack("benchmark_webhooks", perKind));
  await createSubscriptions(stack, perKind);
  const [products, prices, subscriptions] = await Promise.all([
    readObjects(stack, "products", perKind),
    readObjects(stack, "prices", perKind),
    readObjects(stack, "subscriptions", perKind),
  ]);
  const objects = products.flatMap((product, index) => [product, prices[index]!, subscriptions[index]!]);

  const stripe = started.use(await servers.start(REPLAY, { UPSTREAM: stack.stripe.url }));
  const withStripe = { STRIPE_API_URL: stripe.url };
  const driver = started.use(await servers.start(ours(NAME), { ...stack.driverEnv, ...withStripe }));
  const dataApi = started.use(await servers.start(ours(NAME), { ...stack.env, ...withStripe }));
  const module = await installPeer({ mayInstall: sizes.mayInstall, progress });
  const peers: Record<string, Peer> = {};
  if (module !== undefined) {
    for (const [name, refetches] of [[PEER_WRITES, false], [PEER_READS, true]] as const) {
      const database = `peer_${refetches ? "reads" : "writes"}`;
      const options = { module, database, refetches, env: { ...stack.env, ...withStripe }, objects };
      peers[name] = started.use(await startPeer(options, context));
    }
  }

  let created = Math.floor(Date.now() / 1_000) - 3_600;
  let sent = 0;
  const newest: Record<string, number> = {};
  const subject = (server: Server, uses: Subject["uses"], onSample: () => void): Subject => ({
    server,
    requests: () => {
      created++;
      onSample();
      return Promise.resolve(createEvents(objects, created));
    },
    uses,
    count: objects.length,
  });
  const count = () => void (sent += objects.length);
  const ofPeer = (name: string, { server }: Peer) => subject(server, ["database"], () => void (newest[name] = created));
  const subjects: Record<string, Subject> = {
    [DRIVER]: { ...subject(driver, ["database"], count), stripe },
    [DATA_API]: { ...subject(dataApi, ["stack", "database"], count), stripe },
    ...peers[PEER_WRITES] && { [PEER_WRITES]: ofPeer(PEER_WRITES, peers[PEER_WRITES]) },
    ...peers[PEER_READS] && { [PEER_READS]: { ...ofPeer(PEER_READS, peers[PEER_READS]), stripe } },
  };

  progress("Webhooks: warming up");
  const samples = Math.ceil(WARM_UP * sizes.warmUp.requests / objects.length);
  await measure(subjects, { ...context, sizes: { ...sizes, rounds: samples, concurrency: Math.max(...AT_A_TIME) } });

  const rows: Row[] = [];
  for (const { count, name } of chosen) {
    progress(`Webhooks: ${name}`);
    const rounds = await measure(subjects, { ...context, sizes: { ...sizes, concurrency: count } });
    await requireProcessed(stack, sent);
    for (const [name, peer] of Object.entries(peers)) await peer.requireWritten(newest[name]!);
    rows.push(withBudgets(rowOf(WEBHOOKS, name, rounds), count));
  }
  return rows;
}

function withBudgets(row: Row, count: number): Row {
  if (count < BUDGETED) return row;
  const { requests_per_second: rate, total_cpu_us } = row.ratios[PEER_WRITES] ?? {};
  addBudget(row, "events/s of the peer, as a part of those through the driver", rate && 1 / rate, 1);
  addBudget(row, "CPU of an event through the driver, as a part of the peer's", total_cpu_us, 1);
  if (count < Math.max(...AT_A_TIME)) return row;
  const { requests_per_second: through } = row.figures[DATA_API] ?? {};
  const rule = `milliseconds an event through the Data API, for ${THROUGH_DATA_API} a second`;
  return addBudget(row, rule, through && 1_000 / through, 1_000 / THROUGH_DATA_API);
}

/** @throws Error unless each event that was sent has refreshed its object: an answer of 200 alone does not say so */
async function requireProcessed({ sql }: BenchmarkStack, sent: number): Promise<void> {
  const [counted] = await sql`
    select count(*)::int as entered, count(*) filter (where outcome = 'processed')::int as processed
    from billing.webhook_events`;
  if (counted?.entered === sent && counted?.processed === sent) return;
  throw new Error(`Of ${sent} events, ${counted?.entered} were entered and ${counted?.processed} processed`);
}
