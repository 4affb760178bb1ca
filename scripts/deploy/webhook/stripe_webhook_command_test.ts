import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createDeployFixture } from "../testing/deploy_fixture.ts";
import { runCommandLine } from "../testing/run_command_line.ts";

Deno.test("stripe:webhook creates a project's endpoint, and the functions accept the events that it signs", async () => {
  await using fixture = await createDeployFixture({ migrated: true });
  const endpoints = async () => (await fixture.stripe("GET", "/v1/webhook_endpoints")).data;
  const first = await fixture.run("stripe:webhook");
  assertEquals(first.code, 0, first.output);
  assertStringIncludes(first.output, "secret stored and verified by the function");
  const [{ id }] = await endpoints();
  const secret = fixture.project.secrets.get("STRIPE_WEBHOOK_SECRET") ?? "";
  assertMatch(secret, /^whsec_/);

  const rotated = await fixture.run("stripe:webhook", { args: ["--rotate"] });
  assertEquals(rotated.code, 0, rotated.output);
  assertStringIncludes(rotated.output, `deleted ${id}`);
  assert(fixture.project.secrets.get("STRIPE_WEBHOOK_SECRET") !== secret);
  assert(!/whsec_/.test(first.output + rotated.output), "No secret is shown");
  assertEquals((await endpoints()).length, 1);

  // Delivered by Stripe, signed with a secret that only the project has.
  const { id: product } = await fixture.stripe("POST", "/v1/products", { name: "Fresh" });
  const events = () => fixture.sql(`select outcome from billing.webhook_events where object_id = '${product}'`);
  while ((await events())[0]?.outcome == null) await new Promise((resume) => setTimeout(resume, 20));
  assertEquals(await events(), [{ outcome: "processed" }]);
});

Deno.test("stripe:webhook with options that it cannot use fails and creates no endpoint", async (t) => {
  await using fixture = await createDeployFixture({ migrated: true });
  const cases: [string, Parameters<typeof fixture.run>[1]][] = [
    ["is a live key: pass --live", { variables: { STRIPE_SECRET_KEY: "sk_live_1" } }],
    ["never receives a live key", { args: ["--live"] }],
    ["local emulator", { variables: { STRIPE_SECRET_KEY: "sk_test_local_stripe" } }],
    ["SUPABASE_ACCESS_TOKEN is missing", { env: { SUPABASE_ACCESS_TOKEN: "" } }],
  ];
  for (const [text, options] of cases) {
    await t.step(text, async () => {
      const { code, output } = await fixture.run("stripe:webhook", options);
      assertEquals(code, 1, output);
      assertStringIncludes(output, text);
    });
  }
  await t.step("another account's database", async () => {
    await fixture.sql("select confirm_account('acct_other', 'test_1')");
    const { code, output } = await fixture.run("stripe:webhook");
    assertEquals(code, 1, output);
    assertStringIncludes(output, "The database belongs to acct_other (test)");
  });
  await t.step("no project", async () => {
    const { code, output } = await runCommandLine("stripe:webhook", ["--env-file", Deno.makeTempFileSync()]);
    assertEquals(code, 1, output);
    assertStringIncludes(output, "No project is named");
  });
  assertEquals((await fixture.stripe("GET", "/v1/webhook_endpoints")).data, []);
});
