import { cpuBetween, familyOf, hasCpuTimes, readCpuTimes } from "./cpu_time.ts";
import type { Ask, Load } from "./load/job.ts";
import type { Loader } from "./load/loader.ts";
import type { Figures, Rounds } from "./report.ts";
import type { Server } from "./server.ts";
import type { Sizes } from "./sizes.ts";

/** One of those that are measured side by side. */
export interface Subject {
  readonly server: Server;
  /** The same in each turn, or what is new in each. */
  readonly ask: Ask | (() => Promise<Ask>);
  /** Whether each request asks the stack and the database, so that their CPU counts. */
  readonly asksStack?: boolean;
  /** Requests in a turn; as many as take the time of a turn when left out. */
  readonly count?: number;
}

export interface MeasureOptions {
  readonly sizes: Sizes;
  readonly loader: Loader;
  /** PostgreSQL's first process. */
  readonly postmaster: number;
}

/** At the least, so that a turn is more than its beginning. */
const FEWEST = 20;

/**
 * Measures subjects in turn, round after round, so that whatever else happens on the machine happens to all of them.
 * Each is warmed up before.
 */
export async function measure(subjects: Readonly<Record<string, Subject>>, options: MeasureOptions): Promise<Rounds> {
  const { rounds, seconds } = options.sizes;
  const turns: { name: string; subject: Subject; count: number }[] = [];
  for (const [name, subject] of Object.entries(subjects)) {
    const warmUp = { count: subject.count ?? 100_000, seconds: subject.count ? 60 : Math.max(seconds, 0.05) };
    const { requests_per_second = 0 } = await takeTurn(subject, warmUp, options);
    turns.push({ name, subject, count: subject.count ?? Math.max(FEWEST, Math.round(requests_per_second * seconds)) });
  }

  const measured: Rounds = Object.fromEntries(turns.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, subject, count } of turns) {
      measured[name]!.push(await takeTurn(subject, { count, seconds: 60 }, options));
    }
  }
  return measured;
}

async function takeTurn(
  { server, ask, asksStack = false }: Subject,
  limits: { count: number; seconds: number },
  { loader, sizes, postmaster }: MeasureOptions,
): Promise<Figures> {
  const asked = typeof ask === "function" ? await ask() : ask;
  const groups = [[server.pid], ...asksStack ? [[Deno.pid], familyOf(postmaster)] : []];
  const before = groups.map(readCpuTimes);
  const load = await loader({ ask: asked, url: server.url, concurrency: sizes.concurrency, ...limits });
  const after = groups.map(readCpuTimes);
  const [cpu_us, stack_cpu_us, database_cpu_us] = groups.map((_, group) => {
    return cpuBetween(before[group]!, after[group]!) / load.count;
  });
  return {
    requests_per_second: rate(load),
    ...hasCpuTimes && { cpu_us, ...asksStack && { stack_cpu_us, database_cpu_us } },
    p50_ms: load.p50,
    p95_ms: load.p95,
  };
}

const rate = ({ count, seconds }: Load) => count / seconds;
