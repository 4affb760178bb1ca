import type { BenchmarkContext } from "./context.ts";
import { cpuBetween, hasCpuTimes, readCpuTimes } from "./cpu_time.ts";
import type { Figures, Rounds } from "./report.ts";
import type { Program, Server } from "./server.ts";

/**
 * Starts programs by turns and measures each from the start of the process to its first answer.
 *
 * @param answer Makes the first request. @throws Error on an error status
 */
export async function measureCold(
  programs: Readonly<Record<string, Program>>,
  answer: (server: Server) => Promise<Response>,
  { servers, stack, sizes }: BenchmarkContext,
): Promise<Rounds> {
  async function start(program: Program): Promise<Figures> {
    const started = performance.now();
    await using server = await servers.start(program, stack.env);
    const loaded_ms = performance.now() - started;
    await (await answer(server)).arrayBuffer();
    const cold_start_ms = performance.now() - started;
    const cold_start_cpu_ms = cpuBetween(new Map(), readCpuTimes([server.pid])) / 1_000;
    return {
      loaded_ms,
      answered_ms: cold_start_ms - loaded_ms,
      cold_start_ms,
      ...hasCpuTimes && { cold_start_cpu_ms },
    };
  }

  // The first start transpiles the sources, which on the platform the deployment does. A median of one needs no such care.
  const warmUps = sizes.coldStarts > 1 ? Object.values(programs) : [];
  for (const program of warmUps) await start(program);
  const rounds: Rounds = Object.fromEntries(Object.keys(programs).map((name) => [name, []]));
  for (let round = 0; round < sizes.coldStarts; round++) {
    for (const [name, program] of Object.entries(programs)) rounds[name]!.push(await start(program));
  }
  return rounds;
}
