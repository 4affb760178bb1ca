/** A function as it is deployed, one file without node_modules, reaches PostgreSQL with DATABASE_URL. */
import { assert, assertEquals, assertNotMatch } from "@std/assert";
import { createServers } from "./server.ts";
import { edgeDeno } from "../lib/programs.ts";
import { ROOT } from "../lib/paths.ts";
import { createTestStack, ORIGIN } from "../testbed/client.ts";
import { bundle } from "../lib/bundle.ts";

Deno.test("A bundle that is started with DATABASE_URL answers on the platform's Deno", async () => {
  const folder = Deno.makeTempDirSync();
  await bundle(["supabase/functions/stripe-customer/index.ts"], folder);
  await using stack = await createTestStack({ transport: "driver" });
  const servers = createServers();
  await using server = await servers.start({ entry: `${folder}/index.js`, imports: false }, {
    DATABASE_URL: stack.server_url,
    STRIPE_SECRET_KEY: stack.stripe_restricted_key,
    STRIPE_API_URL: stack.stripe_url,
    CLERK_PUBLISHABLE_KEY: stack.clerk_publishable_key,
    CLERK_SECRET_KEY: stack.clerk_secret_key,
    CLERK_API_URL: stack.clerk_url,
    ALLOWED_ORIGINS: ORIGIN,
  });
  const ask = async (method: string) => {
    const token = await stack.signIn();
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${server.url}/stripe-customer`, { method, headers });
    return { status: response.status, body: await response.json() };
  };
  assertEquals((await ask("GET")).body.error.code, "customer_not_found");
  const { status, body } = await ask("POST");
  assertEquals(status, 201);
  assertEquals((await ask("GET")).body.customer_id, body.customer_id);
  await servers.stop();
  Deno.removeSync(folder, { recursive: true });
});

interface Module {
  specifier: string;
  dependencies?: { isDynamic?: boolean; code?: { specifier?: string } }[];
}

Deno.test("No function loads the driver unless it imports it when DATABASE_URL is set", async () => {
  const { stdout } = await new Deno.Command(edgeDeno(), {
    args: [
      "info",
      "--json",
      "--config=supabase/functions/deno.json",
      "--node-modules-dir=manual",
      "supabase/functions/stripe-webhook/index.ts",
    ],
    cwd: ROOT,
    env: { DENO_NO_UPDATE_CHECK: "1" },
  }).output();
  const { roots, modules }: { roots: string[]; modules: Module[] } = JSON.parse(new TextDecoder().decode(stdout));
  const known = new Map(modules.map((module) => [module.specifier, module]));
  assert([...known.keys()].some((specifier) => specifier.endsWith("/_shared/database/driver.ts")));

  const loaded = new Set<string>();
  const waiting = [...roots];
  for (let specifier = waiting.pop(); specifier !== undefined; specifier = waiting.pop()) {
    if (loaded.has(specifier)) continue;
    loaded.add(specifier);
    for (const { isDynamic, code } of known.get(specifier)?.dependencies ?? []) {
      if (!isDynamic && code?.specifier !== undefined) waiting.push(code.specifier);
    }
  }
  assert(loaded.size > 20);
  assertNotMatch([...loaded].join("\n"), /driver\.ts|node_globals|[/:]pg[@/\n]/);
});
