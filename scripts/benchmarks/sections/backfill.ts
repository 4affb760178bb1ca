/** A backfill of a catalog, with a Stripe latency of 300 ms for each page, in a sandbox. */
import { cpuBetween, familyOf, hasCpuTimes, readCpuTimes } from "../cpu_time.ts";
import { addBudget, type Figures, type Row, rowOf } from "../report.ts";
import type { RowFilter } from "../row_filter.ts";
import type { BenchmarkStack } from "../benchmark_stack.ts";
import type { BenchmarkContext } from "../context.ts";
import { ours } from "../programs.ts";
import type { Server } from "../server.ts";

export const BACKFILL = "backfill";

const NAME = "stripe-reconcile";
const LATENCY_MS = 300;
const PAGE = 100;
const OBJECTS_PER_SECOND = 1_500;

export async function measureBackfill(context: BenchmarkContext, includes: RowFilter): Promise<Row[]> {
  const { sizes, servers, startStack, postmaster, progress } = context;
  const products = sizes.products[1];
  const name = `${(2 * products).toLocaleString("en")} objects`;
  if (!includes(BACKFILL, name)) return [];
  progress(`Backfill: ${name}`);
  await using stack = await startStack("benchmark_backfill", products);
  // Of five kinds, three have no objects and cost a request each.
  const fewest = 2 * Math.ceil(products / PAGE) + 3;
  const rounds: Figures[] = [];
  await stack.setStripeLatency(LATENCY_MS);
  for (let round = 0; round < sizes.rounds; round++) {
    await using server = await servers.start(ours(NAME), stack.env);
    rounds.push(await runBackfill(server, stack, postmaster));
  }

  const row = rowOf(BACKFILL, name, { ours: rounds });
  const { objects_per_second: rate, stripe_requests: requests } = row.figures.ours!;
  addBudget(row, "1,500 objects a second, divided by those measured", rate && OBJECTS_PER_SECOND / rate, 1);
  return [addBudget(row, "requests, in the fewest possible", requests && requests / fewest, 2)];
}

/** Batch after batch, as the command runs them. @throws Error when a batch fails */
async function runBackfill(server: Server, stack: BenchmarkStack, postmaster: number): Promise<Figures> {
  await stack.forgetStripeRequests();
  const pids = { cpu_us: [server.pid], stack_cpu_us: [Deno.pid], database_cpu_us: familyOf(postmaster) };
  const before = Object.values(pids).map(readCpuTimes);
  const started = performance.now();
  for (let backfill: true | "restart" = "restart";; backfill = true) {
    const response = await fetch(`${server.url}/${NAME}`, {
      method: "POST",
      headers: { authorization: `Bearer ${stack.env.RECONCILE_SECRET}`, "content-type": "application/json" },
      body: JSON.stringify({ backfill }),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`A backfill answered ${response.status}: ${JSON.stringify(answer)}`);
    if (answer.state === "more") continue;
    const seconds = (performance.now() - started) / 1_000;
    const objects = Object.values<number>(answer.counts).reduce((sum, count) => sum + count);
    const requests = await stack.countStripeRequests();
    const cpu = Object.entries(pids).map(([figure, of], index) => [
      figure,
      cpuBetween(before[index]!, readCpuTimes(of)) / requests,
    ]);
    return {
      objects_per_second: objects / seconds,
      stripe_requests: requests,
      ...hasCpuTimes && Object.fromEntries(cpu),
    };
  }
}
