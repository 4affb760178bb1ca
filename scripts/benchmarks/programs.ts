/** The modules under test. */
import type { Program } from "./server.ts";

/** The functions that have a baseline and are measured cold. */
export const FUNCTIONS = ["stripe-products", "stripe-prices", "stripe-customer", "health"] as const;

/** A function of this repository. */
export const ours = (name: string): Program => ({ entry: `supabase/functions/${name}/index.ts`, imports: true });

/** Its baseline. */
export const baseline = (name: string): Program => ({
  entry: `scripts/benchmarks/baseline/${name}/index.ts`,
  imports: true,
});

/** The mirror that the webhooks are compared with. */
export const PEER: Program = { entry: "scripts/benchmarks/peer/server.ts", imports: true };

/** Many instances of one bundled function. */
export const ISOLATES: Program = { entry: "scripts/benchmarks/isolates.ts", imports: false };

export const reference = (name: "empty" | "same_bytes"): Program => ({
  entry: `scripts/benchmarks/references/${name}.ts`,
  imports: false,
});

/** It listens itself. */
export const REPLAY: Program = { entry: "scripts/benchmarks/references/replay.ts", imports: false, command: "run" };
