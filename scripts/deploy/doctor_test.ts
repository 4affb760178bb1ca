import { assertEquals, assertStringIncludes } from "@std/assert";
import { remove, replaceFile } from "../lib/files.ts";
import { lockFolder } from "../lib/folder_lock.ts";
import { dataFolder } from "../lib/paths.ts";
import { freePort } from "../lib/ports.ts";
import { startStack } from "./testing/test_stack.ts";
import { createRig, runCommandLine, VARIABLES } from "./testing/rig.ts";

const noVariables = Deno.makeTempFileSync();
const shell = { PATH: Deno.env.get("PATH") ?? "", HOME: Deno.env.get("HOME") ?? "" };

Deno.test("npm run doctor looks at a local stack, and ends with 1 when something must be done", async () => {
  await using stack = await startStack();
  const port = freePort();
  const doctor = () => runCommandLine("doctor", ["--port", String(port), "--env-file", noVariables], shell);
  const none = await doctor();
  assertEquals(none.code, 1);
  assertStringIncludes(none.said, `No stack runs on port ${port}`);

  const unlock = lockFolder(port);
  try {
    replaceFile(`${dataFolder(port)}/stack.json`, JSON.stringify({ port, ...stack }));
    const well = await doctor();
    assertEquals(well.code, 0, well.said);
    assertStringIncludes(well.said, "ok     Token: a function and the Data API accept it");

    await stack.sql("delete from billing.deployment");
    await stack.sql("insert into billing.deployment (stripe_account, livemode) values ('acct_other', false)");
    const ill = await doctor();
    assertEquals(ill.code, 1);
    assertStringIncludes(ill.said, "WRONG  Stripe: the database belongs to acct_other (test)");
    assertStringIncludes(
      ill.said,
      `→ put the right key into the file, or move the database with "npm run stripe:switch"`,
    );
  } finally {
    unlock();
    remove(dataFolder(port));
  }
});

Deno.test("npm run doctor finds what a project lacks", async () => {
  await using rig = await createRig({ migrated: true });
  const { project } = rig;
  const { code, said } = await rig.run("doctor");
  assertEquals(code, 1);
  for (
    const words of [
      "Variables: the project has no STRIPE_SECRET_KEY",
      `Functions: "health" is not deployed`,
      "Token: the project does not believe https://local.clerk.accounts.dev",
      "npm run deploy -- --project-ref",
    ]
  ) assertStringIncludes(said, words);

  for (const [name, value] of Object.entries(VARIABLES)) project.secrets.set(name, value);
  project.secrets.set("STRIPE_SECRET_KEY", "sk_test_before").set("CATALOG_ACCESS", "public");
  project.issuers.push(VARIABLES.CLERK_ISSUER ?? "");
  for (const slug of ["health", "stripe-customer", "stripe-prices", "stripe-products"]) {
    project.deployed.set(slug, { slug, status: "ACTIVE", verify_jwt: slug === "health" });
  }
  const second = await rig.run("doctor", { variables: { ALLOWED_ORIGINS: "http://localhost:3000,nonsense" } });
  assertEquals(second.code, 1);
  for (
    const words of [
      "WRONG  Variables: ALLOWED_ORIGINS must be a list of origins",
      "WRONG  Variables: the project has another STRIPE_SECRET_KEY than",
      "note   Variables: the project has CATALOG_ACCESS",
      `WRONG  Functions: the platform checks the tokens of "health", and refuses Clerk's`,
    ]
  ) assertStringIncludes(second.said, words);

  const denied = await rig.run("doctor", { env: { SUPABASE_ACCESS_TOKEN: "sbp_other" } });
  assertEquals(denied.code, 1);
  assertStringIncludes(denied.said, "Supabase refuses SUPABASE_ACCESS_TOKEN");
});
