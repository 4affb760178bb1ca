import type { Report, Row } from "./report.ts";
import { measureBackfill } from "./sections/backfill.ts";
import { measureBundles } from "./sections/bundles.ts";
import { measureCatalogSizes } from "./sections/catalog_sizes.ts";
import { measureColdCache } from "./sections/cold_cache.ts";
import { measureColdStart } from "./sections/cold_start.ts";
import { measureFullLedger } from "./sections/full_ledger.ts";
import { measureFullLoad } from "./sections/full_load.ts";
import { measureHot } from "./sections/hot.ts";
import { measureIsolates } from "./sections/isolates.ts";
import { measureKnownCustomers } from "./sections/known_customers.ts";
import { measureNewCustomers } from "./sections/new_customers.ts";
import { measureReads } from "./sections/reads.ts";
import { measureSelling } from "./sections/selling.ts";
import { measureChanges } from "./sections/changes.ts";
import { measureWebhooks } from "./sections/webhooks.ts";
import type { Sizes } from "./sizes.ts";
import type { RowFilter } from "./row_filter.ts";
import { createContext } from "./context.ts";

const SECTIONS = [
  measureHot,
  measureColdCache,
  measureColdStart,
  measureBundles,
  measureKnownCustomers,
  measureCatalogSizes,
  measureNewCustomers,
  measureWebhooks,
  measureFullLedger,
  measureChanges,
  measureSelling,
  measureBackfill,
  measureReads,
  measureIsolates,
  measureFullLoad,
];

export interface BenchmarkOptions {
  readonly sizes: Sizes;
  readonly includes: RowFilter;
  /** Receives everything that is started. */
  readonly resources: AsyncDisposableStack;
  progress(message: string): void;
}

/** Measures every included row, section by section. @throws Error when a measurement fails */
export async function runBenchmarks({ sizes, includes, resources, progress }: BenchmarkOptions): Promise<Report> {
  const context = await createContext(sizes, resources, progress);
  const rows: Row[] = [];
  for (const section of SECTIONS) rows.push(...await section(context, includes));
  const { os, arch } = Deno.build;
  return { version: 1, machine: { cpus: navigator.hardwareConcurrency, os, arch }, rows };
}
