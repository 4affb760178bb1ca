import { assertEquals } from "@std/assert";
import { planJobs, type PlanOptions } from "./test_jobs.ts";

const tests = {
  sql: ["supabase/tests/000_personas_test.sql"],
  functions: [
    "supabase/functions/_shared/cache_test.ts",
    "supabase/functions/_shared/log_test.ts",
    "supabase/functions/health/index_test.ts",
  ],
  scripts: ["packages/clerk-emulator/clerk_test.ts", "scripts/lib/stack_file_test.ts", "scripts/start_test.ts"],
};

Deno.test("planJobs puts the unit tests of a folder into one job, and orders jobs by their last duration", () => {
  const durations = {
    "supabase/functions/_shared": 1,
    "supabase/functions/health/index_test.ts": 2,
    "supabase/tests": 3,
    "packages/clerk-emulator/clerk_test.ts": 4,
    "scripts/start_test.ts": 5,
  };
  const { queue, alone } = planJobs(tests, { durations });
  assertEquals(queue.map(({ name }) => name), Object.keys(durations).reverse());
  assertEquals(queue.at(-1)?.files, tests.functions.slice(0, 2));
  assertEquals(alone.map(({ files }) => files), [["scripts/lib/stack_file_test.ts"]]);
});

Deno.test("planJobs loads the files of an emulator as one module, and those of other folders each on their own", () => {
  const scripts = [
    "packages/a/one_test.ts",
    "packages/a/other_test.ts",
    "scripts/lib/a_test.ts",
    "scripts/lib/b_test.ts",
  ];
  const { queue } = planJobs({ sql: [], functions: [], scripts }, { durations: { "packages/a": 2, "scripts/lib": 1 } });
  assertEquals(queue.map(({ oneModule }) => oneModule), [true, undefined]);
});

Deno.test("planJobs includes every file once, whether its duration is known or not", () => {
  const { queue, alone } = planJobs(tests, { durations: {} });
  const planned = [...queue, ...alone].flatMap(({ files }) => files);
  assertEquals(planned.toSorted(), Object.values(tests).flat().toSorted());
});

Deno.test("planJobs runs the functions' tests through the driver: a sample in small, all in full, and one that is named", () => {
  const functions = [
    "supabase/functions/_shared/log_test.ts",
    "supabase/functions/health/index_test.ts",
    "supabase/functions/tests/data_api_test.ts",
    "supabase/functions/tests/selling_journeys_test.ts",
  ];
  const plan = (options: PlanOptions) =>
    planJobs({ sql: [], functions, scripts: [] }, { ...options, durations: {} }).queue
      .map(({ files: [file = ""], transport = "data_api" }) => `${transport} ${file.split("/").slice(2).join("/")}`)
      .sort();
  const all = functions.map((file) => `data_api ${file.split("/").slice(2).join("/")}`);
  const journeys = "tests/selling_journeys_test.ts";
  const others = ["driver health/index_test.ts", `driver ${journeys}`];
  assertEquals(plan({ size: "small" }), [...all, `driver ${journeys}`].sort());
  assertEquals(plan({ size: "full" }), [...all, ...others, `pooler ${journeys}`].sort());
  assertEquals(plan({ transport: "driver" }), others);
  assertEquals(plan({ transport: "data_api" }), all.sort());
});
