import { assertEquals, assertStringIncludes } from "@std/assert";
import { freePort } from "../../lib/ports.ts";
import { announceStack } from "../testing/announce_stack.ts";
import { createDeployFixture, VARIABLES } from "../testing/deploy_fixture.ts";
import { runCommandLine } from "../testing/run_command_line.ts";
import { startTestStack } from "../testing/test_stack.ts";

const emptyEnvFile = Deno.makeTempFileSync();

Deno.test("doctor checks the local stack, and exits with 1 when it finds something wrong", async () => {
  await using stack = await startTestStack();
  const port = freePort();
  const doctor = () => runCommandLine("doctor", ["--port", String(port), "--env-file", emptyEnvFile]);
  const none = await doctor();
  assertEquals(none.code, 1);
  assertStringIncludes(none.output, `No stack is running on port ${port}`);

  using _announced = announceStack(stack, port);
  const healthy = await doctor();
  assertEquals(healthy.code, 0, healthy.output);
  assertStringIncludes(healthy.output, "ok     Token: a function and the Data API accept it");

  await stack.sql("delete from billing.deployment");
  await stack.sql("insert into billing.deployment (stripe_account, livemode) values ('acct_other', false)");
  const unhealthy = await doctor();
  assertEquals(unhealthy.code, 1);
  assertStringIncludes(unhealthy.output, "WRONG  Stripe: the database belongs to acct_other (test)");
  assertStringIncludes(
    unhealthy.output,
    `→ use that account's key, or switch the database with "npm run stripe:switch"`,
  );
});

Deno.test("doctor on an incomplete project names everything that is missing or different", async () => {
  await using fixture = await createDeployFixture({ migrated: true });
  const { project } = fixture;
  const { code, output } = await fixture.run("doctor");
  assertEquals(code, 1);
  for (
    const text of [
      "Variables: the project has no STRIPE_SECRET_KEY",
      `Functions: "health" is not deployed`,
      "Token: the project does not accept tokens of https://local.clerk.accounts.dev",
      "npm run deploy -- --project-ref",
    ]
  ) assertStringIncludes(output, text);

  for (const [name, value] of Object.entries(VARIABLES)) project.secrets.set(name, value);
  project.secrets.set("STRIPE_SECRET_KEY", "sk_test_before").set("CATALOG_ACCESS", "public");
  project.issuers.push(VARIABLES.CLERK_ISSUER ?? "");
  for (const slug of ["health", "stripe-customer", "stripe-prices", "stripe-products"]) {
    project.deployed.set(slug, { slug, status: "ACTIVE", verify_jwt: slug === "health" });
  }
  const second = await fixture.run("doctor", { variables: { ALLOWED_ORIGINS: "http://localhost:3000,nonsense" } });
  assertEquals(second.code, 1);
  for (
    const text of [
      "WRONG  Variables: ALLOWED_ORIGINS must be a list of origins",
      "WRONG  Variables: STRIPE_SECRET_KEY in the project differs from",
      "note   Variables: the project has CATALOG_ACCESS",
      `WRONG  Functions: the platform verifies the tokens of "health" and rejects Clerk's`,
    ]
  ) assertStringIncludes(second.output, text);

  const denied = await fixture.run("doctor", { env: { SUPABASE_ACCESS_TOKEN: "sbp_other" } });
  assertEquals(denied.code, 1);
  assertStringIncludes(denied.output, "Supabase rejected SUPABASE_ACCESS_TOKEN");
});
