/**
 * A hot catalog that does not change, served by many isolates: what these ask of the Data API and of Stripe. They are
 * instances of the deployed bundle in one process, each with caches of its own; a machine has too few cores for as many
 * processes. Because they share that process, their requests per second show only that each is asked often.
 */
import { bundle } from "../../lib/bundle.ts";
import { type BenchmarkContext, firstAnswer } from "../context.ts";
import { ISOLATES as PROGRAM, ours } from "../programs.ts";
import { addBudget, type Row, rowOf } from "../report.ts";
import type { RowFilter } from "../row_filter.ts";
import type { Server } from "../server.ts";

const NAME = "stripe-products";
/** Hot pages, each of another size, and the most objects of one. */
const PAGES = 5;
const PAGE = 20;
/** How often an isolate may ask for the catalog's version in a second. */
const PER_SECOND = 2;
/** What a single isolate needs once: the key's account, a page of products and a page of prices. */
const READS = 3;
/** The most seconds of the first calls. */
const WARM_UP = 60;
const MANY = 100_000_000;

export async function measureIsolates(context: BenchmarkContext, includes: RowFilter): Promise<Row[]> {
  const { sizes: { isolates, isolateSeconds: seconds, concurrency }, servers, generateLoad, progress } = context;
  const section = `the catalog under ${isolates} isolates`;
  const name = `${PAGES} hot pages, instances in one process`;
  if (!includes(section, name)) return [];
  progress(`Isolates: ${isolates}`);
  const folder = `${context.folder}/isolates`;
  await bundle([ours(NAME).entry], folder);
  await using stack = await context.startStack("benchmark_isolates", PAGE);
  await using server = await servers.start(PROGRAM, {
    ...stack.env,
    BUNDLE: `${folder}/index.js`,
    INSTANCES: String(isolates),
  });
  const token = await stack.signIn(context.customers[0]!);
  const paths = Array.from({ length: PAGES }, (_, page) => `/${NAME}?limit=${PAGE - page}`);
  const requests = { method: "GET", paths, tokens: [token], status: 200 } as const;
  const run = (limits: { first: number; count: number; seconds: number }) =>
    generateLoad({ requests, url: server.url, concurrency, ...limits });

  await stack.forgetStripeRequests();
  await firstAnswer(server, "GET", paths[0]!, token);
  // Twice, so that every isolate has every page.
  const { count: first } = await run({ first: 0, count: 2 * isolates * PAGES, seconds: WARM_UP });
  const before = await countCalls(server, stack.env.SUPABASE_URL!);
  const load = await run({ first, count: MANY, seconds });
  const calls = (await countCalls(server, stack.env.SUPABASE_URL!) - before) / load.seconds;
  const requested = { requests_per_second: load.count / load.seconds };
  const stripe_requests = await stack.countStripeRequests();

  const row = rowOf(section, name, { ours: [{ ...requested, data_api_calls_per_second: calls, stripe_requests }] });
  addBudget(row, "calls of the Data API, by an isolate in a second", calls / isolates, PER_SECOND);
  return [
    addBudget(row, "requests at Stripe from the first call on, in those of one isolate", stripe_requests / READS, 1),
  ];
}

/** How often the isolates called the Data API. */
async function countCalls(server: Server, url: string): Promise<number> {
  const calls: Record<string, number> = await (await fetch(`${server.url}/calls`)).json();
  const own = Object.entries(calls).filter(([address]) => address.startsWith(new URL(url).host));
  return own.reduce((sum, [, count]) => sum + count, 0);
}
