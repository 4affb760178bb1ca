import { assert, assertEquals } from "@std/assert";
import { functionNames } from "../lib/functions.ts";
import { runBenchmarks } from "./run_benchmarks.ts";
import { TINY } from "./sizes.ts";
import { tableOf } from "./table.ts";

const ROWS = [
  "hot: stripe-products",
  "hot: stripe-prices",
  "hot: stripe-customer",
  "hot: stripe-customer, end to end",
  "hot: GET stripe-customer",
  "hot: health",
  "cold cache: stripe-products",
  "cold cache: stripe-prices",
  "cold start: stripe-products",
  "cold start: stripe-prices",
  "cold start: stripe-customer",
  "cold start: health",
  "cold start: stripe-webhook",
  ...functionNames().map((name) => `bundles: ${name}`),
  "known customers: stripe-customer",
  "known customers: stripe-customer, by transport",
  "catalog sizes: stripe-products",
  "catalog sizes: stripe-prices",
  "new customers: stripe-customer",
  "webhooks: 1 at a time",
  "webhooks: 8 at a time",
  "webhooks: 16 at a time",
  "webhooks: 32 at a time",
  "full ledger: 32 at a time",
  "changes: stripe-products",
  "selling: stripe-subscription",
  "selling: stripe-checkout",
  "selling: checkout.session.completed",
  "selling: checkout.session.completed, cold",
  "backfill: 160 objects",
  "reads in 30 simulated days: idle shop, from 0.01 days",
  "reads in 30 simulated days: 2 subscriptions, from 0.01 days",
  "the catalog under 3 isolates: 5 hot pages, instances in one process",
  "full load: one token, one page",
  "full load: different tokens and pages",
];

const sectionOf = (row: string) => row.slice(0, row.indexOf(": "));

/** As many sections as PROOF_SECTIONS says, from a random one on: by default all. */
function chooseSections(): Set<string> {
  const all = [...new Set(ROWS.map(sectionOf))];
  const count = Math.min(Number(Deno.env.get("PROOF_SECTIONS") ?? 100), all.length);
  const first = Math.floor(Math.random() * all.length);
  return new Set([...all, ...all].slice(first, first + count));
}

Deno.test("runBenchmarks measures every row of a section, and every figure, ratio and budget is a number", async () => {
  const sections = chooseSections();
  console.log(`sections: ${[...sections].join(", ")}`);
  await using resources = new AsyncDisposableStack();
  const includes = (section: string) => sections.has(section);
  const { rows, ...rest } = await runBenchmarks({ sizes: TINY, includes, resources, progress() {} });
  assertEquals(
    rows.map(({ section, name }) => `${section}: ${name}`),
    ROWS.filter((row) => sections.has(sectionOf(row))),
  );

  for (const { section, name, figures, ratios, budgets } of rows) {
    const [first, ...others] = Object.keys(figures);
    assert(first !== undefined, `${section} ${name} has no figures`);
    assertEquals(Object.keys(ratios), others);
    const numbers = [...Object.values(figures), ...Object.values(ratios)].flatMap((ones) => Object.values(ones));
    for (const number of [...numbers, ...budgets.map(({ measured }) => measured)]) {
      assert(Number.isFinite(number) && number > 0, `${section} ${name} contains ${number}`);
    }
  }

  const table = tableOf({ ...rest, rows });
  for (const { name } of rows) assert(table.includes(name), `The table lacks ${name}`);
});
