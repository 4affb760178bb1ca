import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { supabaseCli } from "../lib/programs.ts";
import { HOME, ROOT } from "../lib/paths.ts";
import { functionNames } from "../lib/functions.ts";
import { migrationFiles } from "./steps/sources.ts";
import { REF, type Upload } from "./testing/management_api_emulator.ts";
import { createDeployFixture, RESTRICTED_KEY, VARIABLES } from "./testing/deploy_fixture.ts";

/** The relative paths that a module imports. */
const importsOf = (text: string): string[] =>
  [...text.matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, path]) => path ?? "");

/** The imported files that an upload lacks. */
function missingFiles({ files }: Upload): string[] {
  return Object.entries(files).flatMap(([path, text]) =>
    path.endsWith(".json") ? [] : importsOf(text)
      .map((target) => new URL(target, `file:///${path}`).pathname.slice(1))
      // Declaration files are only for the type check.
      .filter((target) => !(target in files) && !target.endsWith(".d.ts"))
  );
}

Deno.test("deploy to an empty project, run twice, ends with a doctor that finds nothing wrong", async () => {
  await using fixture = await createDeployFixture();
  const { project } = fixture;

  const first = await fixture.run("deploy", {
    variables: { CLERK_JWT_KEY: fixture.stack.clerk_jwt_key.replaceAll("\n", "\\n") },
  });
  assertEquals(first.code, 0, first.output);
  const steps = [
    "Validate the variables in",
    "Compare the Stripe account with the database's (acct_fixture (test))",
    "Bundle the functions",
    `Link to project ${REF}`,
    `Apply migrations with supabase db push (${migrationFiles().join(", ")})`,
    "Send secrets (ALLOWED_ORIGINS, CATALOG_REFRESH_SECONDS, CLERK_ISSUER, CLERK_JWT_KEY, CLERK_PUBLISHABLE_KEY, CLERK_SECRET_KEY, RECONCILE_SECRET, STRIPE_SECRET_KEY)",
    `Upload functions with supabase functions deploy (${functionNames().join(", ")})`,
    "Register Clerk for third-party auth (https://local.clerk.accounts.dev)",
    `Set up the webhook endpoint at Stripe (created we_`,
    "secret stored and verified by the function)",
    "Fill the catalog (6 products on the first page)",
    "Backfill the mirror (",
    "Schedule stripe-reconcile (missing: pg_cron, pg_net, supabase_vault",
    "Token: a function and the Data API accept it",
  ];
  let from = 0;
  for (const step of steps) {
    from = first.output.indexOf(step, from);
    assert(from >= 0, `Expected "${step}" next in:\n${first.output}`);
  }

  assertEquals(await fixture.sql("select stripe_account, livemode from billing.deployment"), [
    { stripe_account: "acct_fixture", livemode: false },
  ]);
  const { STRIPE_WEBHOOK_SECRET = "", ...sent } = Object.fromEntries(project.secrets);
  assertEquals(
    sent,
    { ...VARIABLES, CLERK_JWT_KEY: fixture.stack.clerk_jwt_key.trim() },
    "The file's variables and the endpoint's secret, nothing else",
  );
  assertMatch(STRIPE_WEBHOOK_SECRET, /^whsec_\w{32}$/);
  assert(!first.output.includes(STRIPE_WEBHOOK_SECRET) && !first.output.includes(VARIABLES.RECONCILE_SECRET ?? ""));
  const { data: endpoints } = await fixture.stripe("GET", "/v1/webhook_endpoints");
  assertEquals(endpoints.map(({ url }: { url: string }) => url), [`${fixture.url}/functions/v1/stripe-webhook`]);
  assertEquals(project.issuers, ["https://local.clerk.accounts.dev"]);

  assertEquals(project.uploads.map(({ slug }) => slug), functionNames());
  for (const { slug, metadata, files } of project.uploads) {
    assertEquals(Object.keys(files), [metadata.entrypoint_path], `${slug} is one file`);
    assertEquals(metadata.entrypoint_path, `supabase/functions/${slug}/index.js`);
    assertEquals(metadata.verify_jwt, false);
    const text = files[metadata.entrypoint_path] ?? "";
    assertEquals(
      [...text.matchAll(/\bfrom\s?"(?!node:)([^"]+)"/g)].map(([, name]) => name),
      [],
      `${slug} imports nothing`,
    );
  }
  const health = project.uploads.find(({ slug }) => slug === "health");
  assertEquals(
    health?.files["supabase/functions/health/index.js"],
    await Deno.readTextFile(`${ROOT}/.local/build/${REF}/supabase/functions/health/index.js`),
    "The uploaded file is the built one",
  );

  // Now with a restricted key, which may not read the account.
  const variables = { STRIPE_SECRET_KEY: RESTRICTED_KEY };
  const second = await fixture.run("deploy", { variables });
  assertEquals(second.code, 0, second.output);
  assertStringIncludes(second.output, "(acct_fixture (test))");
  assertStringIncludes(second.output, "ok     Stripe: the restricted key has every permission");
  assertStringIncludes(second.output, "Apply migrations with supabase db push (none pending)");
  assertStringIncludes(second.output, "left unchanged: CLERK_JWT_KEY");
  assertEquals(project.issuers.length, 1, "Clerk is registered once");
  assertStringIncludes(second.output, `Set up the webhook endpoint at Stripe (${endpoints[0].id} unchanged)`);
  assertEquals(project.secrets.get("STRIPE_WEBHOOK_SECRET"), STRIPE_WEBHOOK_SECRET);
  assertEquals((await fixture.stripe("GET", "/v1/webhook_endpoints")).data.length, 1, "There is one endpoint");

  // This needs every permission for endpoints.
  const rotated = await fixture.run("stripe:webhook", { variables, args: ["--rotate"] });
  assertEquals(rotated.code, 0, rotated.output);
  assertStringIncludes(rotated.output, `deleted ${endpoints[0].id}`);
});

/** A copy of the checkout, because the CLI writes the linked project into it. */
async function copyCheckout(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "checkout-" });
  Deno.mkdirSync(`${folder}/scripts`);
  for (const path of ["supabase", "scripts/types"]) {
    const { success } = await new Deno.Command("cp", { args: ["-R", `${ROOT}/${path}`, `${folder}/${path}`] }).output();
    assert(success);
  }
  return folder;
}

Deno.test("supabase functions deploy from the sources uploads every imported file", async () => {
  await using fixture = await createDeployFixture({ migrated: true });
  const checkout = await copyCheckout();
  const { success, stderr } = await new Deno.Command(supabaseCli(), {
    args: ["functions", "deploy", "--use-api", "--yes", `--workdir=${checkout}`, `--remote=${REF}`],
    clearEnv: true,
    env: {
      ...fixture.env,
      HOME,
      CLERK_DOMAIN: "fixture.clerk.accounts.dev",
      SUPABASE_TELEMETRY_DISABLED: "1",
      DO_NOT_TRACK: "1",
    },
    stdin: "null",
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  assertEquals(fixture.project.uploads.map(({ slug }) => slug), functionNames());
  for (const upload of fixture.project.uploads) {
    const { slug, metadata, files } = upload;
    assertEquals(metadata.verify_jwt, false, slug);
    assertEquals(metadata.entrypoint_path, `supabase/functions/${slug}/index.ts`);
    assertEquals(metadata.import_map_path, "supabase/functions/deno.json");
    assert(metadata.entrypoint_path in files && "supabase/functions/deno.json" in files);
    assertEquals(missingFiles(upload), [], slug);
  }
});

Deno.test("deploy with wrong variables, options or account fails with the reasons, and changes nothing", async (t) => {
  await using fixture = await createDeployFixture({ migrated: true });
  const fails = async (name: string, options: Parameters<typeof fixture.run>[1], texts: string[]) => {
    await t.step(name, async () => {
      const { code, output } = await fixture.run("deploy", options);
      assertEquals(code, 1, output);
      for (const text of texts) assertStringIncludes(output, text);
    });
  };

  await fails("missing", {
    variables: { STRIPE_SECRET_KEY: "", CLERK_SECRET_KEY: "", ALLOWED_ORIGINS: "", RECONCILE_SECRET: "" },
  }, [
    "STRIPE_SECRET_KEY is missing",
    "CLERK_SECRET_KEY is missing, and so is CLERK_JWT_KEY",
    "ALLOWED_ORIGINS is missing",
    `RECONCILE_SECRET is missing: use the output of "openssl rand -hex 32"`,
  ]);
  await fails("malformed", { variables: { STRIPE_SECRET_KEY: "pk_test_1", CATALOG_ACCESS: "unknown" } }, [
    "STRIPE_SECRET_KEY is not a Stripe secret key",
    'CATALOG_ACCESS must be "authenticated" or "public"',
  ]);
  await fails("emulator keys", { variables: { STRIPE_SECRET_KEY: "sk_test_local_stripe" } }, ["local emulator"]);
  await fails("loopback", { variables: { STRIPE_API_URL: "http://127.0.0.1:12111" } }, [
    "only this machine can reach",
  ]);
  await fails("a live key without --live", { variables: { STRIPE_SECRET_KEY: "sk_live_1" } }, ["pass --live"]);
  await fails("--live with an emulator in the shell", { args: ["--live"] }, ["never receives a live key"]);
  await fails("--live with test keys", { args: ["--live"], env: { DEPLOY_EMULATORS: "", SUPABASE_PROFILE: "" } }, [
    "STRIPE_SECRET_KEY is a test key",
    "CLERK_PUBLISHABLE_KEY is a test key",
    "CLERK_SECRET_KEY is a test key",
    `ALLOWED_ORIGINS contains "http://localhost:3000"`,
  ]);
  await fails("no access token", { env: { SUPABASE_ACCESS_TOKEN: "" } }, ["SUPABASE_ACCESS_TOKEN is missing"]);
  await fails("another project's address in the shell", { env: { SUPABASE_URL: "http://127.0.0.1:54321" } }, [
    `Unset SUPABASE_URL in the shell: it is "http://127.0.0.1:54321", but the secrets belong to https://${REF}`,
  ]);
  await fails("another project's database in the shell", {
    env: { SUPABASE_DB_URL: "postgresql://postgres.zyxwvutsrqponmlkjihg:p@aws-0-eu.pooler.supabase.com:5432/postgres" },
  }, [`SUPABASE_DB_URL is of project zyxwvutsrqponmlkjihg, not of ${REF}`]);
  await fails("malformed reference", { args: ["--project-ref", "billing"] }, ["Invalid project reference"]);
  assertEquals(fixture.project.requests, [], "No request was sent");

  await fails("a key that Stripe rejects", { variables: { STRIPE_SECRET_KEY: "sk_test_unknown" } }, [
    "STRIPE_SECRET_KEY (Invalid API Key provided)",
  ]);
  await fixture.sql("insert into billing.deployment (livemode, stripe_account) values (false, 'acct_other')");
  await fails("another account's database", {}, [
    "The database belongs to acct_other (test) and STRIPE_SECRET_KEY to acct_fixture (test)",
    "npm run stripe:switch",
  ]);
  assertEquals(new Set(fixture.project.requests), new Set(["POST /database/query"]), "The database was only read");
  assertEquals(fixture.project.secrets.size, 0);
});

Deno.test("deploy with a failing step stops there and names the next step", async (t) => {
  await using fixture = await createDeployFixture({ migrated: true });
  await t.step("the database is unreachable", async () => {
    const { code, output } = await fixture.run("deploy", { env: { SUPABASE_DB_URL: "" } });
    assertEquals(code, 1, output);
    assertStringIncludes(output, `"supabase db push" failed`);
    assertStringIncludes(output, "SUPABASE_DB_URL");
    assertEquals(fixture.project.secrets.size, 0);
  });
  await t.step("the webhook secret cannot be stored", async () => {
    fixture.project.refusedSecrets.add("STRIPE_WEBHOOK_SECRET");
    const { code, output } = await fixture.run("deploy");
    fixture.project.refusedSecrets.clear();
    assertEquals(code, 1, output);
    assertStringIncludes(output, "Refused by the test");
    assertStringIncludes(output, "To continue by hand: add ");
    assertEquals((await fixture.stripe("GET", "/v1/webhook_endpoints")).data, []);
  });
  await t.step("Clerk cannot be registered", async () => {
    fixture.project.failures.set("/config/auth/third-party-auth", 403);
    const { code, output } = await fixture.run("deploy");
    assertEquals(code, 1, output);
    assertStringIncludes(output, `https://supabase.com/dashboard/project/${REF}/auth/third-party`);
    assertStringIncludes(output, `enter "https://local.clerk.accounts.dev"`);
  });
});

Deno.test("deploy with --dry-run builds every bundle, lists what it would send, and sends no request", async () => {
  await using fixture = await createDeployFixture({ migrated: true });
  const { code, output } = await fixture.run("deploy", { args: ["--dry-run"] });
  assertEquals(code, 0, output);
  for (const word of [...functionNames(), ...migrationFiles(), ...Object.keys(VARIABLES), REF, "Nothing was changed"]) {
    assertStringIncludes(output, word);
  }
  for (
    const text of [`${fixture.url}/functions/v1/stripe-webhook   40 events`, "Backfill, unless", "Schedule, once"]
  ) {
    assertStringIncludes(output, text);
  }
  assertStringIncludes(output, "Origins on your own machine that may call: http://localhost:3000");
  for (const value of [VARIABLES.STRIPE_SECRET_KEY, VARIABLES.CLERK_SECRET_KEY, VARIABLES.RECONCILE_SECRET]) {
    assert(!output.includes(value ?? ""), "No secret is shown");
  }
  assertEquals(fixture.project.requests, []);
});
