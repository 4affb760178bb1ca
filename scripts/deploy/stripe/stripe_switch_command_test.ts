import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { remove, replaceFile } from "../../lib/files.ts";
import { lockFolder } from "../../lib/folder_lock.ts";
import { dataFolder } from "../../lib/paths.ts";
import { freePort } from "../../lib/ports.ts";
import { createDeployFixture, type DeployFixture, runCommandLine } from "../testing/deploy_fixture.ts";

const noVariables = Deno.makeTempFileSync();

/** A database in use, by an account that the file's key does not open. */
async function useDatabase({ sql }: DeployFixture) {
  await sql("select confirm_account('acct_before', false)");
  await sql("select claim_customer('user_1', false), claim_customer('user_2', false)");
  await sql(`select record_objects(draw_ticket(false), '[
    {"id": "prod_1", "object": "product", "active": true}, {"id": "prod_2", "object": "product", "active": true},
    {"id": "prod_3", "object": "product", "active": true}, {"id": "price_1", "object": "price", "product": "prod_1"}
  ]', false)`);
  await sql("select claim_catalog_fill(false)");
}

const rowsOf = async ({ sql }: DeployFixture) =>
  await sql(
    "select (select count(*)::int from stripe_products) as products, (select count(*)::int from stripe_customer_mapping) as mappings",
  );
const deploymentOf = async ({ sql }: DeployFixture) =>
  (await sql("select id, stripe_account, livemode from billing.deployment"))[0];

Deno.test("npm run stripe:switch says what it deletes, asks, and moves a project's database", async () => {
  await using fixture = await createDeployFixture({ migrated: true });
  const unused = await fixture.run("stripe:switch", { args: ["--yes"] });
  assertEquals(unused.code, 0, unused.said);
  assertStringIncludes(unused.said, "belongs to nobody yet");

  await useDatabase(fixture);
  const before = await deploymentOf(fixture);
  const asked = await fixture.run("stripe:switch");
  assertEquals(asked.code, 1);
  for (
    const words of [
      "belongs to acct_before (test). Switching it to acct_rig (test) deletes:",
      "  3 rows of stripe_products\n  2 rows of stripe_customer_mapping\n",
      "  1 row of billing.catalog_fill",
      "Nobody is here to answer: give --yes",
    ]
  ) assertStringIncludes(asked.said, words);
  assertEquals(await rowsOf(fixture), [{ products: 3, mappings: 2 }]);
  assertEquals(await deploymentOf(fixture), before);

  const done = await fixture.run("stripe:switch", { args: ["--yes"] });
  assertEquals(done.code, 0, done.said);
  assertStringIncludes(done.said, `"npm run deploy"`);
  assertStringIncludes(done.said, "The endpoint of acct_before (test) stays, and what it sends is refused");
  assertStringIncludes(done.said, `${fixture.url}/functions/v1/stripe-webhook`);
  assertEquals(await rowsOf(fixture), [{ products: 0, mappings: 0 }]);
  const after = await deploymentOf(fixture);
  assertEquals([after?.stripe_account, after?.livemode], ["acct_rig", false]);
  assertNotEquals(after?.id, before?.id);

  const again = await fixture.run("stripe:switch", { args: ["--yes"] });
  assertEquals(again.code, 0);
  assertStringIncludes(again.said, "belongs to acct_rig (test) already");
  assertEquals(await deploymentOf(fixture), after, "The same deployment stays");
});

Deno.test("npm run stripe:switch refuses a key that it cannot use", async (t) => {
  await using fixture = await createDeployFixture({ migrated: true });
  await useDatabase(fixture);
  const validateVariables: [Record<string, string>, string[], string][] = [
    [{ STRIPE_SECRET_KEY: "" }, [], "STRIPE_SECRET_KEY is missing"],
    [{ STRIPE_SECRET_KEY: "sk_live_1" }, [], "is a live key: deploy it with --live"],
    [{ STRIPE_SECRET_KEY: "sk_test_local_stripe" }, [], "local stand-in"],
    [{ STRIPE_SECRET_KEY: "sk_test_unknown" }, [], "Stripe refuses STRIPE_SECRET_KEY"],
    [{}, ["--live"], "never gets a live key"],
  ];
  for (const [variables, args, words] of validateVariables) {
    await t.step(words, async () => {
      const { code, said } = await fixture.run("stripe:switch", { variables, args: ["--yes", ...args] });
      assertEquals(code, 1, said);
      assertStringIncludes(said, words);
    });
  }
  assertEquals(await rowsOf(fixture), [{ products: 3, mappings: 2 }]);
});

Deno.test("npm run stripe:switch moves the local stack's database", async () => {
  await using fixture = await createDeployFixture({ migrated: true });
  await useDatabase(fixture);
  const port = freePort();
  const unlock = lockFolder(port);
  try {
    replaceFile(`${dataFolder(port)}/stack.json`, JSON.stringify({ port, ...fixture.stack }));
    const shell = { PATH: Deno.env.get("PATH") ?? "", HOME: Deno.env.get("HOME") ?? "" };
    const { code, said } = await runCommandLine("stripe:switch", [
      "--port",
      String(port),
      "--env-file",
      noVariables,
      "--yes",
    ], shell);
    assertEquals(code, 0, said);
    assertStringIncludes(said, `End "npm start" with Ctrl-C and start it again`);
    assertEquals(await rowsOf(fixture), [{ products: 0, mappings: 0 }]);
    assert(String((await deploymentOf(fixture))?.stripe_account).startsWith("acct_"));
  } finally {
    unlock();
    remove(dataFolder(port));
  }
});
