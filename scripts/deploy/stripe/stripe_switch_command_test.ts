import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { announceStack } from "../testing/announce_stack.ts";
import { createDeployFixture, type DeployFixture } from "../testing/deploy_fixture.ts";
import { runCommandLine } from "../testing/run_command_line.ts";

const emptyEnvFile = Deno.makeTempFileSync();

/** Fills the database with rows of an account that is not the file's. */
async function fillDatabase({ sql }: DeployFixture) {
  await sql("select confirm_account('acct_before', 'test_1')");
  await sql("select claim_customer('user_1', 'test_1'), claim_customer('user_2', 'test_1')");
  await sql(`select record_objects(draw_ticket('test_1'), '[
    {"id": "prod_1", "object": "product", "active": true}, {"id": "prod_2", "object": "product", "active": true},
    {"id": "prod_3", "object": "product", "active": true}, {"id": "price_1", "object": "price", "product": "prod_1"}
  ]', 'test_1')`);
  await sql("select claim_catalog_fill('test_1')");
}

const countRows = async ({ sql }: DeployFixture) =>
  await sql(
    "select (select count(*)::int from stripe_products) as products, (select count(*)::int from stripe_customer_mapping) as mappings",
  );
const deploymentOf = async ({ sql }: DeployFixture) =>
  (await sql("select id, stripe_account, livemode from billing.deployment"))[0];

Deno.test("stripe:switch, a project's database: lists what it deletes, requires confirmation, and switches", async () => {
  await using fixture = await createDeployFixture({ migrated: true });
  const unused = await fixture.run("stripe:switch", { args: ["--yes"] });
  assertEquals(unused.code, 0, unused.output);
  assertStringIncludes(unused.output, "belongs to no account yet");

  await fillDatabase(fixture);
  const before = await deploymentOf(fixture);
  const unconfirmed = await fixture.run("stripe:switch");
  assertEquals(unconfirmed.code, 1);
  for (
    const text of [
      "belongs to acct_before (test). Switching it to acct_fixture (test) deletes:",
      "  3 rows of stripe_products\n  2 rows of stripe_customer_mapping\n",
      "  1 row of billing.catalog_fill",
      "Not a terminal. Pass --yes to confirm",
    ]
  ) assertStringIncludes(unconfirmed.output, text);
  assertEquals(await countRows(fixture), [{ products: 3, mappings: 2 }]);
  assertEquals(await deploymentOf(fixture), before);

  const done = await fixture.run("stripe:switch", { args: ["--yes"] });
  assertEquals(done.code, 0, done.output);
  assertStringIncludes(done.output, `"npm run deploy"`);
  assertStringIncludes(
    done.output,
    "The webhook endpoint of acct_before (test) still exists, and its events are rejected",
  );
  assertStringIncludes(done.output, `${fixture.url}/functions/v1/stripe-webhook`);
  assertEquals(await countRows(fixture), [{ products: 0, mappings: 0 }]);
  const after = await deploymentOf(fixture);
  assertEquals([after?.stripe_account, after?.livemode], ["acct_fixture", false]);
  assertNotEquals(after?.id, before?.id);

  const again = await fixture.run("stripe:switch", { args: ["--yes"] });
  assertEquals(again.code, 0);
  assertStringIncludes(again.output, "already belongs to acct_fixture (test)");
  assertEquals(await deploymentOf(fixture), after, "The deployment is unchanged");
});

Deno.test("After stripe:switch a process that has the old account's key in memory is refused, and creates nothing", async () => {
  await using fixture = await createDeployFixture({ migrated: true });
  const { stack, sql } = fixture;
  const ask = async (user: string, method: string) =>
    await stack.call("stripe-customer", { method, token: await stack.signIn(user) });
  const reconcile = () =>
    stack.call("stripe-reconcile", { method: "POST", token: stack.reconcile_secret, body: { wait: true } });
  const process = async () => [await stack.pid("stripe-customer"), await stack.pid("stripe-reconcile")];

  const created = await ask("ada", "POST");
  assertEquals(created.status, 201, await created.text());
  const reconciled = await reconcile();
  assertEquals(reconciled.status, 200, await reconciled.text());
  const before = await process();
  const { code, output } = await fixture.run("stripe:switch", { args: ["--yes"] });
  assertEquals(code, 0, output);
  await stack.forgetStripeRequests();

  for (const [user, method] of [["ada", "POST"], ["ada", "GET"], ["grace", "POST"], ["grace", "GET"]] as const) {
    await assertNotConfigured(await ask(user, method));
  }
  assertEquals(await stack.stripeRequests(), [], "It has read its account before, and calls Stripe no more");
  await assertNotConfigured(await reconcile());
  assertEquals(await stack.stripeRequests(), ["GET /v1/account"], "Its key was confirmed by the other process before");
  assertEquals(await process(), before, "The processes from before the switch answered");
  assertEquals(
    await sql("select stripe_account, confirmed_keys from billing.deployment"),
    [{ stripe_account: "acct_fixture", confirmed_keys: [] }],
  );
  const tables = await sql("select emptied::text as name from billing.deployment_tables() as emptied");
  for (const { name } of tables.filter(({ name }) => name !== "billing.deployment")) {
    assertEquals(await sql(`select from ${name}`), [], `${name} is empty`);
  }

  await sql("select confirm_account('acct_fixture', 'test_2'), claim_customer('user_1', 'test_2')");
  assertEquals(await countRows(fixture), [{ products: 0, mappings: 1 }]);
});

async function assertNotConfigured(response: Response): Promise<void> {
  const { error } = await response.json();
  assertEquals([response.status, error?.code], [503, "not_configured"]);
}

Deno.test("stripe:switch with a key that it cannot use fails and deletes nothing", async (t) => {
  await using fixture = await createDeployFixture({ migrated: true });
  await fillDatabase(fixture);
  const cases: [Record<string, string>, string[], string][] = [
    [{ STRIPE_SECRET_KEY: "" }, [], "STRIPE_SECRET_KEY is missing"],
    [{ STRIPE_SECRET_KEY: "sk_live_1" }, [], "is a live key: pass --live"],
    [{ STRIPE_SECRET_KEY: "sk_test_local_stripe" }, [], "local emulator"],
    [{ STRIPE_SECRET_KEY: "sk_test_unknown" }, [], "STRIPE_SECRET_KEY (Invalid API Key provided)"],
    [{}, ["--live"], "never receives a live key"],
  ];
  for (const [variables, args, text] of cases) {
    await t.step(text, async () => {
      const { code, output } = await fixture.run("stripe:switch", { variables, args: ["--yes", ...args] });
      assertEquals(code, 1, output);
      assertStringIncludes(output, text);
    });
  }
  assertEquals(await countRows(fixture), [{ products: 3, mappings: 2 }]);
});

Deno.test("stripe:switch with --port switches the local stack's database", async () => {
  await using fixture = await createDeployFixture({ migrated: true });
  await fillDatabase(fixture);
  using announced = announceStack(fixture.stack);
  const args = ["--port", announced.port, "--env-file", emptyEnvFile, "--yes"];
  const { code, output } = await runCommandLine("stripe:switch", args);
  assertEquals(code, 0, output);
  assertStringIncludes(output, `Stop "npm start" with Ctrl-C and start it again`);
  assertEquals(await countRows(fixture), [{ products: 0, mappings: 0 }]);
  assert(String((await deploymentOf(fixture))?.stripe_account).startsWith("acct_"));
});
