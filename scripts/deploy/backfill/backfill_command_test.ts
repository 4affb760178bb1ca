import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { listen } from "../../lib/listen.ts";
import { ROOT } from "../../lib/paths.ts";
import { announceStack } from "../testing/announce_stack.ts";
import { createDeployFixture } from "../testing/deploy_fixture.ts";
import { runCommandLine, SHELL } from "../testing/run_command_line.ts";
import { startTestStack } from "../testing/test_stack.ts";

Deno.test("backfill of a project without an access token copies every object, and requires the right secret", async () => {
  await using fixture = await createDeployFixture({ migrated: true });
  const env = { SUPABASE_ACCESS_TOKEN: "" };
  const { id } = await fixture.stripe("POST", "/v1/customers", { name: "Ada" });
  const done = await fixture.run("backfill", { env });
  assertEquals(done.code, 0, done.output);
  const counts = {
    customer: 1,
    product: 7,
    price: 12,
    subscription: 0,
    invoice: 0,
    payment_intent: 0,
    checkout_session: 0,
    product_feature: 0, // No product was sold.
    entitlement: 0, // The customer has no subscription.
  };
  const [line = ""] = done.output.split("\n").filter((line) => line.includes("customer")).slice(-1);
  assertEquals(line.split(", ").length, Object.keys(counts).length, done.output);
  for (const [kind, count] of Object.entries(counts)) assertMatch(line, new RegExp(`\\b${kind}[\\w.]*: ${count}\\b`));
  assertEquals(await fixture.sql("select id from stripe_customers"), [{ id }]);

  await fixture.sql("delete from stripe_customers where true");
  await fixture.run("backfill", { env });
  assertEquals(
    (await fixture.sql("select from stripe_customers")).length,
    0,
    "A completed backfill does not run again",
  );
  const again = await fixture.run("backfill", { env, args: ["--restart"] });
  assertEquals([again.code, (await fixture.sql("select from stripe_customers")).length], [0, 1]);

  const rejected = await fixture.run("backfill", { env, variables: { RECONCILE_SECRET: "y".repeat(40) } });
  assertEquals(rejected.code, 1);
  assertStringIncludes(rejected.output, "rejected RECONCILE_SECRET");
  const missing = await fixture.run("backfill", { env, variables: { RECONCILE_SECRET: "" } });
  assertEquals(missing.code, 1);
  assertStringIncludes(missing.output, "RECONCILE_SECRET is missing in");
  // A shell that is set up for a frontend must not receive the secret.
  let received = 0;
  const other = listen(0, () => Response.json({ received: ++received }));
  const redirected = await fixture.run("backfill", { env: { ...env, SUPABASE_URL: other.url } });
  await other.close();
  assertEquals([redirected.code, received], [1, 0], redirected.output);
  assertStringIncludes(redirected.output, "Unset SUPABASE_URL in the shell");
  const live = await fixture.run("backfill", { env, variables: { STRIPE_SECRET_KEY: "sk_live_1" } });
  assertEquals(live.code, 1);
  assertStringIncludes(live.output, "pass --live");
});

Deno.test("backfill of the local stack, stopped with Ctrl-C, resumes on the next run", async () => {
  await using stack = await startTestStack();
  using announced = announceStack(stack);
  // A slow first page, so that the command is stopped while it works.
  const fault = { path: "/v1/customers", latency_ms: 3_000, times: 1 };
  const headers = { authorization: `Bearer ${stack.stripe_secret_key}` };
  const body = JSON.stringify(fault);
  assert((await fetch(`${stack.stripe_url}/_local/faults`, { method: "POST", headers, body })).ok);

  const child = new Deno.Command("node", {
    args: ["--", "scripts/run.mjs", "backfill", "--port", announced.port],
    cwd: ROOT,
    clearEnv: true,
    env: SHELL,
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
  assertStringIncludes(new TextDecoder().decode(stdout), "the next run resumes where this one stopped");

  const next = await runCommandLine("backfill", ["--port", announced.port]);
  assertEquals(next.code, 0, next.output);
  assertStringIncludes(next.output, "Backfill complete");
});
