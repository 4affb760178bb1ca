/** A small repository in two versions, and a project that has things of its own. */
import { type Plan, planAdoption, type PlanOptions } from "../plan.ts";
import type { Tree } from "./trees.ts";

const FUNCTION = `import { x } from "../_shared/x.ts";\nimport Stripe from "stripe";\nexport default { x, Stripe };\n`;

/** The billing backend, as far as this command reads it. */
export const REPOSITORY: Tree = {
  "package.json": `{ "version": "1.0.0" }`,
  ".env.example":
    "# Copy this file.\n\n# Stripe's key.\nSTRIPE_KEY=\n\n# Clerk's domain,\n# for the CLI.\nCLERK_DOMAIN=local\n",
  "supabase/config.toml": `project_id = "billing"
[auth.third_party.clerk]
enabled = true
domain = "env(CLERK_DOMAIN)"
[functions.health]
verify_jwt = false
import_map = "./functions/deno.json"
[functions.pay]
verify_jwt = false
import_map = "./functions/deno.json"
`,
  "supabase/functions/deno.json": `{
    "nodeModulesDir": "manual",
    "imports": { "stripe": "npm:stripe@23.1.0", "@std/assert": "../../scripts/assert.ts" }
  }`,
  "supabase/functions/health/index.ts": FUNCTION,
  "supabase/functions/health/index_test.ts": `import "@std/assert";\n`,
  "supabase/functions/pay/index.ts": FUNCTION,
  "supabase/functions/_shared/x.ts": "export const x = 1;\n",
  "supabase/functions/_shared/old.ts": "export const old = 1;\n",
  "supabase/functions/_shared/x_test.ts": "",
  "supabase/functions/tests/journey_test.ts": "",
  "supabase/migrations/20260101000000_billing.sql": "create schema billing;\n",
  "supabase/migrations/20260101000100_payments.sql": "create table public.stripe_payments (id text primary key);\n",
};

/** The next version: a file is changed, one is gone, a function is gone, a function and a migration are new. */
export const NEXT_REPOSITORY: Tree = {
  ...without(REPOSITORY, "supabase/functions/_shared/old.ts", "supabase/functions/pay/index.ts"),
  "package.json": `{ "version": "1.1.0" }`,
  ".env.example": REPOSITORY[".env.example"] + "\n# New.\nNEW_VARIABLE=\n",
  "supabase/config.toml": REPOSITORY["supabase/config.toml"]!.replace("[functions.pay]", "[functions.refund]"),
  "supabase/functions/refund/index.ts": FUNCTION,
  "supabase/functions/_shared/x.ts": "export const x = 2;\n",
  "supabase/migrations/20260101000200_refunds.sql": "create table public.stripe_refunds (id text primary key);\n",
};

/** A project with a function, shared files, an import map, a migration, a config.toml and an .env.example of its own. */
export const PROJECT: Tree = {
  ".env.example": "# Theirs\nSITE_URL=http://localhost:3000\n",
  "supabase/config.toml": `# Theirs
project_id = "app"

[api]
schemas = ["public", "graphql_public"] # a comment

[functions.hello]
verify_jwt = true

[auth.third_party.clerk]
enabled = false
# domain = "example.clerk.accounts.dev"
`,
  "supabase/functions/deno.json": `{ "imports": { "greeting": "./_shared/x.ts" } }\n`,
  "supabase/functions/_shared/x.ts": `export const greeting = "Hello";\n`,
  "supabase/functions/hello/index.ts":
    `import { greeting } from "greeting";\n\nexport default { fetch: () => new Response(greeting) };\n`,
  "supabase/migrations/20251101120000_notes.sql": "create table public.notes (id bigint primary key);\n",
};

export function without(tree: Tree, ...paths: string[]): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([path]) => !paths.includes(path)));
}

export const NOW = new Date("2026-03-01T10:00:00Z");

/** A plan with the defaults of the command line. */
export function plan(repository: string, project: string, options: Partial<PlanOptions> = {}): Plan {
  return planAdoption(repository, project, {
    overwrite: [],
    keep: [],
    without: [],
    with: [],
    ignoredNames: [],
    now: NOW,
    ...options,
  });
}
