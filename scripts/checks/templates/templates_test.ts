/** Carries out docs/06-templates.md in a copy of the repository: all of it, and all of it but one step. */
import { assert, assertEquals } from "@std/assert";
import { read } from "../source_files.ts";
import { createScratch, type Scratch } from "./scratch.ts";
import { readSteps, type Step } from "./steps.ts";

const JOURNEY = "supabase/functions/tests/templates/coupons_journey_test.ts";
const FUNCTIONS = ["--config=supabase/functions/deno.json", "--node-modules-dir=manual", "supabase/functions"];
/** These read files only. */
const CHECKS = [
  "scripts/checks/env_test.ts",
  "scripts/checks/errors_test.ts",
  "scripts/checks/events_test.ts",
  "scripts/checks/functions_test.ts",
  "scripts/checks/layers_test.ts",
  "scripts/deploy/stripe/permissions_test.ts",
];
const TESTS = [
  "supabase/tests/010",
  "supabase/functions/stripe-coupons",
  JOURNEY,
  "supabase/functions/tests/stripe_events_test.ts",
];

const steps = readSteps(read("docs/06-templates.md"));

/** Not a step of the page: what a coupon must do once the steps are done. */
const journey: Step = {
  name: "the journey of a coupon",
  path: JOURNEY,
  apply: () => read(JOURNEY.replace("_test.ts", ".ts")),
};

/** The gate of a change, as far as the steps concern it, the cheap part first. @returns What failed, with its output */
async function gate(scratch: Scratch): Promise<{ failed: string; output: string } | undefined> {
  const gates: [string, string[]][] = [
    ["checks", ["test", "--allow-all", "--no-check", ...CHECKS]],
    ["generated types", ["run", "-A", "--unstable-no-legacy-abort", "scripts/types.ts"]],
    ["tests", ["run", "-A", "--unstable-no-legacy-abort", "scripts/test.ts", ...TESTS]],
    ["type check", ["check", "--quiet", ...FUNCTIONS]],
  ];
  for (const [failed, args] of gates) {
    const { ok, output } = await scratch.run(...args);
    if (!ok) return { failed, output };
  }
}

Deno.test("all steps of the templates together pass the gate and mirror coupons", async () => {
  assert(steps.length >= 10, `found ${steps.length} steps`);
  using scratch = createScratch();
  scratch.apply([...steps, journey]);
  const failure = await gate(scratch);
  assertEquals(failure?.failed, undefined, failure?.output.slice(-8_000));
});

/** How many steps are left out, one at a time: by default all. */
const omissions = Math.min(Number(Deno.env.get("PROOF_OMISSIONS") ?? 100), steps.length);
const first = Math.floor(Math.random() * steps.length);

Deno.test(`each of ${omissions} steps of the templates, left out, fails the gate`, async (t) => {
  for (let number = 0; number < omissions; number++) {
    const omitted = steps[(first + number) % steps.length]!;
    await t.step(`without: ${omitted.name}`, async () => {
      using scratch = createScratch();
      const rest = steps.filter((step) => step !== omitted);
      try {
        scratch.apply([...rest, journey]);
      } catch {
        return; // a later step inserts into what this one creates
      }
      const failure = await gate(scratch);
      assert(failure !== undefined, `the gate passes without "${omitted.name}"`);
      console.log(`without ${omitted.name}: ${failure.failed}`);
    });
  }
});
