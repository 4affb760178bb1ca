import type { Report, Row } from "./report.ts";
import { measureCatalogSizes } from "./sections/catalog_sizes.ts";
import { measureColdCache } from "./sections/cold_cache.ts";
import { measureColdStart } from "./sections/cold_start.ts";
import { measureFullLoad } from "./sections/full_load.ts";
import { measureHot } from "./sections/hot.ts";
import { measureKnownCustomers } from "./sections/known_customers.ts";
import { measureNewCustomers } from "./sections/new_customers.ts";
import { measureChanges } from "./sections/changes.ts";
import { measureWebhooks } from "./sections/webhooks.ts";
import type { Sizes } from "./sizes.ts";
import type { RowFilter } from "./row_filter.ts";
import { createContext } from "./context.ts";

const SECTIONS = [
  measureHot,
  measureColdCache,
  measureColdStart,
  measureKnownCustomers,
  measureCatalogSizes,
  measureNewCustomers,
  measureWebhooks,
  measureChanges,
  measureFullLoad,
];

export interface BenchmarkOptions {
  readonly sizes: Sizes;
  readonly wanted: RowFilter;
  /** Takes what has to be ended, as it is started. */
  readonly resources: AsyncDisposableStack;
  progress(words: string): void;
}

/** Measures every wanted row, section after section. @throws Error when something did not run */
export async function runBenchmarks({ sizes, wanted, resources, progress }: BenchmarkOptions): Promise<Report> {
  const world = await createContext(sizes, resources, progress);
  const rows: Row[] = [];
  for (const section of SECTIONS) rows.push(...await section(world, wanted));
  const { os, arch } = Deno.build;
  return { version: 1, machine: { cpus: navigator.hardwareConcurrency, os, arch }, rows };
}
