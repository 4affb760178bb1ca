import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { remove, replaceFile } from "../../lib/files.ts";
import { lockFolder } from "../../lib/folder_lock.ts";
import { dataFolder, ROOT } from "../../lib/paths.ts";
import { freePort } from "../../lib/ports.ts";
import { startStack } from "../testing/test_stack.ts";
import { createDeployFixture, runCommandLine } from "../testing/deploy_fixture.ts";

const shell = { PATH: Deno.env.get("PATH") ?? "", HOME: Deno.env.get("HOME") ?? "" };

Deno.test("npm run stripe:webhook makes a project's endpoint, and its functions take what it signs", async () => {
  await using fixture = await createDeployFixture({ migrated: true });
  const endpoints = async () => (await fixture.stripe("GET", "/v1/webhook_endpoints")).data;
  const first = await fixture.run("stripe:webhook");
  assertEquals(first.code, 0, first.said);
  assertStringIncludes(first.said, "the function believes it");
  const [{ id }] = await endpoints();
  const secret = fixture.project.secrets.get("STRIPE_WEBHOOK_SECRET") ?? "";
  assertMatch(secret, /^whsec_/);

  const rotated = await fixture.run("stripe:webhook", { args: ["--rotate"] });
  assertEquals(rotated.code, 0, rotated.said);
  assertStringIncludes(rotated.said, `${id} is removed`);
  assert(fixture.project.secrets.get("STRIPE_WEBHOOK_SECRET") !== secret);
  assert(!/whsec_/.test(first.said + rotated.said), "No secret is shown");
  assertEquals((await endpoints()).length, 1);

  // Through Stripe's own delivery, signed with a secret that only the project knows.
  const { id: product } = await fixture.stripe("POST", "/v1/products", { name: "Fresh" });
  const arrived = () => fixture.sql(`select outcome from billing.webhook_events where object_id = '${product}'`);
  while ((await arrived())[0]?.outcome == null) await new Promise((resume) => setTimeout(resume, 20));
  assertEquals(await arrived(), [{ outcome: "processed" }]);
});

Deno.test("npm run stripe:webhook refuses what it must not touch", async (t) => {
  await using fixture = await createDeployFixture({ migrated: true });
  const validateVariables: [string, Parameters<typeof fixture.run>[1]][] = [
    ["is a live key: deploy it with --live", { variables: { STRIPE_SECRET_KEY: "sk_live_1" } }],
    ["never gets a live key", { args: ["--live"] }],
    ["local stand-in", { variables: { STRIPE_SECRET_KEY: "sk_test_local_stripe" } }],
    ["SUPABASE_ACCESS_TOKEN is missing", { env: { SUPABASE_ACCESS_TOKEN: "" } }],
  ];
  for (const [words, options] of validateVariables) {
    await t.step(words, async () => {
      const { code, said } = await fixture.run("stripe:webhook", options);
      assertEquals(code, 1, said);
      assertStringIncludes(said, words);
    });
  }
  await t.step("another account's database", async () => {
    await fixture.sql("select confirm_account('acct_other', false)");
    const { code, said } = await fixture.run("stripe:webhook");
    assertEquals(code, 1, said);
    assertStringIncludes(said, "The database belongs to acct_other (test)");
  });
  await t.step("no project", async () => {
    const { code, said } = await runCommandLine("stripe:webhook", ["--env-file", Deno.makeTempFileSync()], shell);
    assertEquals(code, 1, said);
    assertStringIncludes(said, "No project is named");
  });
  assertEquals((await fixture.stripe("GET", "/v1/webhook_endpoints")).data, []);
});

Deno.test("npm run backfill reads everything into a project, needs no access token, and minds its secret", async () => {
  await using fixture = await createDeployFixture({ migrated: true });
  const env = { SUPABASE_ACCESS_TOKEN: "" };
  const { id } = await fixture.stripe("POST", "/v1/customers", { name: "Ada" });
  const done = await fixture.run("backfill", { env });
  assertEquals(done.code, 0, done.said);
  assertStringIncludes(done.said, "customers 1, products 7, prices 12, subscriptions 0, invoices 0, entitlements 1\n");
  assertEquals(await fixture.sql("select id from stripe_customers"), [{ id }]);

  await fixture.sql("delete from stripe_customers where true");
  await fixture.run("backfill", { env });
  assertEquals((await fixture.sql("select from stripe_customers")).length, 0, "What was completed stays so");
  const again = await fixture.run("backfill", { env, args: ["--restart"] });
  assertEquals([again.code, (await fixture.sql("select from stripe_customers")).length], [0, 1]);

  const refused = await fixture.run("backfill", { env, variables: { RECONCILE_SECRET: "y".repeat(40) } });
  assertEquals(refused.code, 1);
  assertStringIncludes(refused.said, "refuses RECONCILE_SECRET");
  const missing = await fixture.run("backfill", { env, variables: { RECONCILE_SECRET: "" } });
  assertEquals(missing.code, 1);
  assertStringIncludes(missing.said, "RECONCILE_SECRET is missing in");
  const live = await fixture.run("backfill", { env, variables: { STRIPE_SECRET_KEY: "sk_live_1" } });
  assertEquals(live.code, 1);
  assertStringIncludes(live.said, "with --live");
});

Deno.test("npm run backfill on a local stack ends with Ctrl-C and goes on the next time", async () => {
  await using stack = await startStack();
  const port = freePort();
  const unlock = lockFolder(port);
  try {
    replaceFile(`${dataFolder(port)}/stack.json`, JSON.stringify({ port, ...stack }));
    // A first page that takes its time, so that there is something to stop.
    const fault = { path: "/v1/customers", latency_ms: 3_000, times: 1 };
    const headers = { authorization: `Bearer ${stack.stripe_secret_key}` };
    const body = JSON.stringify(fault);
    assert((await fetch(`${stack.stripe_url}/_local/faults`, { method: "POST", headers, body })).ok);

    const child = new Deno.Command("node", {
      args: ["--", "scripts/run.mjs", "backfill", "--port", String(port)],
      cwd: ROOT,
      clearEnv: true,
      env: shell,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    while ((await stack.sql("select from billing.backfill")).length === 0) {
      await new Promise((resume) => setTimeout(resume, 20));
    }
    child.kill("SIGINT");
    const { code, stdout } = await child.output();
    assertEquals(code, 130);
    assertStringIncludes(new TextDecoder().decode(stdout), "the next run goes on from there");

    const next = await runCommandLine("backfill", ["--port", String(port)], shell);
    assertEquals(next.code, 0, next.said);
    assertStringIncludes(next.said, "has everything that Stripe had");
  } finally {
    unlock();
    remove(dataFolder(port));
  }
});
