/** The test bench, for the scripts' own tests. */
import type { BenchStackFile, Wish } from "../bench/stacks.ts";

const BENCH_URL = Deno.env.get("BENCH_URL");

export type BenchStackHandle = BenchStackFile & AsyncDisposable & {
  /** Calls a route of this stack at the bench. */
  bench(path: string, method?: "GET" | "POST"): Promise<Response>;
};

/** A stack of its own for one test. */
export async function makeStack(wish: Wish = {}): Promise<BenchStackHandle> {
  if (BENCH_URL === undefined) throw new Error(`BENCH_URL is missing: run this test by "npm test -- <path>"`);
  const response = await fetch(`${BENCH_URL}/stacks`, { method: "POST", body: JSON.stringify(wish) });
  if (response.status !== 201) throw new Error(`The test bench makes no stack: ${await response.text()}`);
  const file: BenchStackFile = await response.json();
  return {
    ...file,
    bench: (path, method = "GET") => fetch(`${BENCH_URL}/stacks/${file.id}/${path}`, { method }),
    async [Symbol.asyncDispose]() {
      await fetch(`${BENCH_URL}/stacks/${file.id}`, { method: "DELETE" });
    },
  };
}
