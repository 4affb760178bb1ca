import { cpuBetween, type CpuTimes, familyOf, hasCpuTimes, readCpuTimes } from "./cpu_time.ts";
import type { LoadJob, RequestSpec } from "./load/load_job.ts";
import type { LoadGenerator } from "./load/load_generator.ts";
import type { Figures, Rounds } from "./report.ts";
import type { Server } from "./server.ts";
import type { Sizes } from "./sizes.ts";

/** One of the servers that are compared. */
export interface Subject {
  readonly server: Server;
  /** The requests, the same in each sample or new ones for each. */
  readonly requests: RequestSpec | (() => Promise<RequestSpec>);
  /** The processes that each request uses, whose CPU time counts too. Default: none. */
  readonly uses?: readonly ("stack" | "database")[];
  /** A server that stands for Stripe, whose CPU time is a figure of its own. Default: none. */
  readonly stripe?: Server;
  /** Requests per sample. Default: as many as fit into the time of a sample. */
  readonly count?: number;
}

export interface MeasureOptions {
  readonly sizes: Sizes;
  readonly generateLoad: LoadGenerator;
  /** PostgreSQL's parent process. */
  readonly postmaster: number;
}

const MANY = 1_000_000_000;
/** Seconds after which a sample ends in any case. */
const MAX_SECONDS = 60;

/**
 * Measures subjects alternately, round by round, so that other load on the machine affects all of them. Each is warmed up
 * first.
 */
export async function measure(subjects: Readonly<Record<string, Subject>>, options: MeasureOptions): Promise<Rounds> {
  const { rounds, warmUp, seconds, minRequests } = options.sizes;
  const samplers: { name: string; take: () => Promise<Figures> }[] = [];
  for (const [name, subject] of Object.entries(subjects)) {
    let first = 0;
    const take = async (count: number, seconds = MAX_SECONDS) => {
      // Continues after the previous sample's last request, so that no request repeats a recent one.
      const { sent, figures } = await takeSample(subject, { first, count, seconds }, options);
      first += sent;
      return figures;
    };
    const { requests_per_second: rate = 0 } = await (subject.count ? take(subject.count) : take(MANY, warmUp.seconds));
    if (subject.count === undefined && first < warmUp.requests) await take(warmUp.requests - first);
    const count = subject.count ?? Math.max(minRequests, Math.round(rate * seconds));
    samplers.push({ name, take: () => take(count) });
  }

  const measured: Rounds = Object.fromEntries(samplers.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, take } of samplers) measured[name]!.push(await take());
  }
  return measured;
}

async function takeSample(
  { server, requests, uses = [], stripe }: Subject,
  limits: Pick<LoadJob, "first" | "count" | "seconds">,
  { generateLoad, sizes, postmaster }: MeasureOptions,
): Promise<{ sent: number; figures: Figures }> {
  const spec = typeof requests === "function" ? await requests() : requests;
  // PostgreSQL's processes are listed each time, because the subject may open a connection.
  const read = (): Record<string, CpuTimes> => ({
    cpu_us: readCpuTimes([server.pid]),
    ...uses.includes("stack") && { stack_cpu_us: readCpuTimes([Deno.pid]) },
    ...uses.includes("database") && { database_cpu_us: readCpuTimes(familyOf(postmaster)) },
    ...stripe && { stripe_cpu_us: readCpuTimes([stripe.pid]) },
  });
  const before = read();
  const load = await generateLoad({ requests: spec, url: server.url, concurrency: sizes.concurrency, ...limits });
  const cpu: Figures = Object.fromEntries(
    Object.entries(read()).map(([figure, after]) => [figure, cpuBetween(before[figure]!, after) / load.count]),
  );
  if (uses.length > 0) cpu.total_cpu_us = totalOf(cpu);
  return {
    sent: load.count,
    figures: {
      requests_per_second: load.count / load.seconds,
      ...hasCpuTimes && cpu,
      p50_ms: load.p50,
      p95_ms: load.p95,
    },
  };
}

/** Without Stripe's, which in production is not the operator's. */
const totalOf = ({ cpu_us = 0, stack_cpu_us = 0, database_cpu_us = 0 }: Figures) =>
  cpu_us + stack_cpu_us + database_cpu_us;
