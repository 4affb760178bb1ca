/** Every part of the repository imports only what the rules of layers.ts allow, and no module imports itself. */
import { assertEquals } from "@std/assert";
import { type Import, importsOf, type ReadImports } from "./imports.ts";
import { runtimeCycles, violations } from "./layers.ts";
import { read, sourceFiles } from "./source_files.ts";

const SHARED = "supabase/functions/_shared";
const all = ["packages", "scripts", "supabase/functions"].flatMap((folder) => [...sourceFiles(folder, ".ts")]);

Deno.test("Every file imports only what its layer allows", () => assertEquals(violations(all, importsOf), []));

Deno.test("No files import each other when the program runs", () => assertEquals(runtimeCycles(all, importsOf), []));

/** Reads these imports instead of files. */
const given = (imports: Record<string, (string | Partial<Import>)[]>): ReadImports => (path) =>
  (imports[path] ?? []).map((each) => ({
    target: "",
    typeOnly: false,
    dynamic: false,
    ...typeof each === "string" ? { target: each } : each,
  }));

const FORBIDDEN: [rule: string, from: string, to: string][] = [
  ["one gateway and another", `${SHARED}/stripe/client.ts`, `${SHARED}/database/client.ts`],
  ["http and billing", `${SHARED}/http/serve.ts`, `${SHARED}/billing/sync/sync_object.ts`],
  ["base modules and http", `${SHARED}/env.ts`, `${SHARED}/http/serve.ts`],
  ["contract and base modules", `${SHARED}/contract/errors.ts`, `${SHARED}/env.ts`],
  ["two endpoints", "supabase/functions/health/index.ts", "supabase/functions/stripe-customer/index.ts"],
  ["an endpoint and the server", "supabase/functions/health/index.ts", "supabase/functions/_server/main.ts"],
  ["an unknown layer", `${SHARED}/billing/sync/sync_object.ts`, `${SHARED}/unknown/x.ts`],
  ["functions and scripts", `${SHARED}/http/serve.ts`, "scripts/lib/failure.ts"],
  ["functions and the test bed's client outside tests", `${SHARED}/http/serve.ts`, "scripts/testbed/client.ts"],
  ["functions' tests and another part of the scripts", "supabase/functions/tests/x_test.ts", "scripts/lib/files.ts"],
  ["functions and packages", "supabase/functions/tests/x_test.ts", "packages/stripe-emulator/mod.ts"],
  ["an emulator and another", "packages/stripe-emulator/mod.ts", "packages/clerk-emulator/mod.ts"],
  ["an emulator and scripts", "packages/stripe-emulator/mod.ts", "scripts/lib/failure.ts"],
  ["an emulator and the contract", "packages/stripe-emulator/mod.ts", `${SHARED}/contract/errors.ts`],
  ["scripts and functions outside the contract", "scripts/start.ts", `${SHARED}/env.ts`],
  ["lib and another wing", "scripts/lib/files.ts", "scripts/stack/postgres.ts"],
  ["lib and an emulator", "scripts/lib/files.ts", "packages/clerk-emulator/mod.ts"],
  ["stack and testbed", "scripts/stack/stack.ts", "scripts/testbed/client.ts"],
  ["testbed and deploy", "scripts/testbed/routes.ts", "scripts/deploy/build.ts"],
  ["deploy and stack", "scripts/deploy/deploy.ts", "scripts/stack/postgres.ts"],
  ["deploy and testbed", "scripts/deploy/deploy.ts", "scripts/testbed/client.ts"],
  ["deploy's tests and stack", "scripts/deploy/deploy_test.ts", "scripts/stack/postgres.ts"],
  ["journeys and stack", "scripts/journeys/journey.ts", "scripts/stack/stack.ts"],
  ["adopt and stack", "scripts/adopt/apply.ts", "scripts/stack/postgres.ts"],
  ["models and stack", "scripts/models/mirror/rules.ts", "scripts/stack/stack.ts"],
  ["deploy and benchmarks", "scripts/deploy/build.ts", "scripts/benchmarks/world.ts"],
  ["deploy and an emulator outside tests", "scripts/deploy/build.ts", "packages/stripe-emulator/mod.ts"],
  ["an emulator's test and the test bed", "packages/stripe-emulator/x_test.ts", "scripts/testbed/client.ts"],
  ["types and lib", "scripts/types/std_assert.ts", "scripts/lib/files.ts"],
  ["a program and the assertions of tests", "scripts/lib/files.ts", "scripts/types/std_assert.ts"],
];

for (const [rule, from, to] of FORBIDDEN) {
  Deno.test(`violations reports an import between ${rule}`, () => {
    assertEquals(violations([from], given({ [from]: [to] })), [`${from} → ${to}`]);
  });
}

const ALLOWED: [from: string, to: string][] = [
  ["supabase/functions/_server/main.ts", "supabase/functions/health/index.ts"],
  ["supabase/functions/_server/main.ts", "supabase/functions/_server/endpoints.ts"],
  ["supabase/functions/health/index.ts", `${SHARED}/http/serve.ts`],
  [`${SHARED}/billing/sync/sync_object.ts`, `${SHARED}/billing/customers/ensure_customer.ts`],
  ["supabase/functions/tests/stack.ts", "scripts/testbed/client.ts"],
  ["supabase/functions/tests/reads_of_30_days.ts", "scripts/testbed/simulated_days.ts"],
  ["packages/stripe-emulator/mod.ts", "packages/stripe-emulator/server.ts"],
  ["packages/stripe-emulator/mod_test.ts", "scripts/types/std_assert.ts"],
  ["scripts/journeys/journey.ts", "scripts/testbed/client.ts"],
  ["scripts/start.ts", "scripts/stack/local_stack.ts"],
  ["scripts/start.ts", `${SHARED}/contract/stripe_events.ts`],
  ["scripts/deploy/testing/project.ts", "scripts/testbed/client.ts"],
];

Deno.test("violations allows what the rules allow", () => {
  for (const [from, to] of ALLOWED) assertEquals(violations([from], given({ [from]: [to] })), []);
});

Deno.test("runtimeCycles reports files that import each other, unless one imports types only", () => {
  const files = ["a.ts", "b.ts", "c.ts"];
  const cycle = given({ "a.ts": ["b.ts"], "b.ts": ["c.ts"], "c.ts": ["a.ts"] });
  assertEquals(runtimeCycles(files, cycle), [["a.ts", "b.ts", "c.ts", "a.ts"]]);
  const types = given({ "a.ts": ["b.ts"], "b.ts": ["c.ts"], "c.ts": [{ target: "a.ts", typeOnly: true }] });
  assertEquals(runtimeCycles(files, types), []);
});

Deno.test("importsOf resolves relative, mapped, dynamic and type-only imports, and no package", () => {
  const text = `
    import { assert } from "@std/assert";
    import Stripe, { type Customer } from "stripe";
    import type { A } from "./a.ts";
    import {
      type B,
      type C,
    } from "./b.ts";
    export { type D, e } from "../d.ts";
    import "./effect.ts";
    const lazy = await import("./lazy.ts");
  `;
  const found = [...importsOf("supabase/functions/tests/x.ts", text)];
  assertEquals(found.map(({ target, typeOnly }) => [target, typeOnly]), [
    ["scripts/types/std_assert.ts", false],
    ["supabase/functions/tests/a.ts", true],
    ["supabase/functions/tests/b.ts", true],
    ["supabase/functions/d.ts", false],
    ["supabase/functions/tests/effect.ts", false],
    ["supabase/functions/tests/lazy.ts", false],
  ]);
  assertEquals([...importsOf("scripts/start.ts", `import "@std/assert";`)].length, 1);
});

Deno.test("Only env.ts reads the environment", () => {
  const functions = all.filter((path) => /^supabase\/functions\/(?!tests\/)(?!.*_test\.ts$)/.test(path));
  assertEquals(functions.filter((path) => /\bDeno\.env\b/.test(read(path))), [`${SHARED}/env.ts`]);
});
