import { cpuBetween, familyOf, hasCpuTimes, readCpuTimes } from "./cpu_time.ts";
import type { LoadJob, RequestSpec } from "./load/load_job.ts";
import type { LoadGenerator } from "./load/load_generator.ts";
import type { Figures, Rounds } from "./report.ts";
import type { Server } from "./server.ts";
import type { Sizes } from "./sizes.ts";

/** One of those that are measured side by side. */
export interface Subject {
  readonly server: Server;
  /** The same in each turn, or what is new in each. */
  readonly ask: RequestSpec | (() => Promise<RequestSpec>);
  /** Whom each request asks, so that their CPU counts; nobody when left out. */
  readonly asks?: readonly ("stack" | "database")[];
  /** Requests in a turn; as many as take the time of a turn when left out. */
  readonly count?: number;
}

export interface MeasureOptions {
  readonly sizes: Sizes;
  readonly loader: LoadGenerator;
  /** PostgreSQL's first process. */
  readonly postmaster: number;
}

const MANY = 1_000_000_000;
/** Seconds after which a turn ends in any case. */
const LONGEST = 60;

/**
 * Measures subjects in turn, round after round, so that whatever else happens on the machine happens to all of them.
 * Each is warmed up before.
 */
export async function measure(subjects: Readonly<Record<string, Subject>>, options: MeasureOptions): Promise<Rounds> {
  const { rounds, warmUp, seconds, fewest } = options.sizes;
  const turns: { name: string; take: () => Promise<Figures> }[] = [];
  for (const [name, subject] of Object.entries(subjects)) {
    let first = 0;
    const take = async (count: number, seconds = LONGEST) => {
      // Each turn goes on where the last one ended: what its first requests ask for was not just asked for.
      const { sent, figures } = await takeTurn(subject, { first, count, seconds }, options);
      first += sent;
      return figures;
    };
    const { requests_per_second: rate = 0 } = await (subject.count ? take(subject.count) : take(MANY, warmUp.seconds));
    if (subject.count === undefined && first < warmUp.requests) await take(warmUp.requests - first);
    const count = subject.count ?? Math.max(fewest, Math.round(rate * seconds));
    turns.push({ name, take: () => take(count) });
  }

  const measured: Rounds = Object.fromEntries(turns.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, take } of turns) measured[name]!.push(await take());
  }
  return measured;
}

async function takeTurn(
  { server, ask, asks = [] }: Subject,
  limits: Pick<LoadJob, "first" | "count" | "seconds">,
  { loader, sizes, postmaster }: MeasureOptions,
): Promise<{ sent: number; figures: Figures }> {
  const asked = typeof ask === "function" ? await ask() : ask;
  const pids = [
    { figure: "cpu_us", of: [server.pid] },
    ...asks.includes("stack") ? [{ figure: "stack_cpu_us", of: [Deno.pid] }] : [],
    ...asks.includes("database") ? [{ figure: "database_cpu_us", of: familyOf(postmaster) }] : [],
  ];
  const before = pids.map(({ of }) => readCpuTimes(of));
  const load = await loader({ ask: asked, url: server.url, concurrency: sizes.concurrency, ...limits });
  const after = pids.map(({ of }) => readCpuTimes(of));
  const cpu = pids.map(({ figure }, index) => [figure, cpuBetween(before[index]!, after[index]!) / load.count]);
  return {
    sent: load.count,
    figures: {
      requests_per_second: load.count / load.seconds,
      ...hasCpuTimes && Object.fromEntries(cpu),
      p50_ms: load.p50,
      p95_ms: load.p95,
    },
  };
}
