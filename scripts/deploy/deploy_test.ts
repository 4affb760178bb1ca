import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { supabaseCli } from "../lib/programs.ts";
import { HOME, ROOT } from "../lib/paths.ts";
import { functionNames, migrationFiles } from "./functions.ts";
import { REF, type Upload } from "./testing/management_api.ts";
import { createRig, VARIABLES } from "./testing/rig.ts";

/** Every path that a text imports, relative to it. */
const importsOf = (text: string): string[] =>
  [...text.matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, path]) => path ?? "");

/** The imports of an upload that are not in it. */
function missingFiles({ files }: Upload): string[] {
  return Object.entries(files).flatMap(([path, text]) =>
    path.endsWith(".json") ? [] : importsOf(text)
      .map((target) => new URL(target, `file:///${path}`).pathname.slice(1))
      // A declaration file is for the type check alone.
      .filter((target) => !(target in files) && !target.endsWith(".d.ts"))
  );
}

Deno.test("npm run deploy brings an empty project to where the doctor finds nothing wrong, twice", async () => {
  await using rig = await createRig();
  const { project } = rig;

  const first = await rig.run("deploy", {
    variables: { CLERK_JWT_KEY: rig.stack.clerk_jwt_key.replaceAll("\n", "\\n") },
  });
  assertEquals(first.code, 0, first.said);
  const steps = [
    "Variables of",
    "Bundles",
    "Stripe account against the database (acct_rig (test))",
    `Link to project ${REF}`,
    `Migrations by supabase db push (${migrationFiles().join(", ")})`,
    "Secrets (ALLOWED_ORIGINS, CATALOG_REFRESH_SECONDS, CLERK_ISSUER, CLERK_JWT_KEY, CLERK_PUBLISHABLE_KEY, CLERK_SECRET_KEY, RECONCILE_SECRET, STRIPE_SECRET_KEY)",
    `Functions by supabase functions deploy (${functionNames().join(", ")})`,
    "Clerk as third-party auth (https://local.clerk.accounts.dev)",
    `Webhook endpoint at Stripe, and its secret (we_`,
    `its secret is STRIPE_WEBHOOK_SECRET of project ${REF}, the function believes it)`,
    "First fill of the catalog (6 products on the first page)",
    "Backfill of everything that Stripe has (0 customers, ",
    "Schedule of stripe-reconcile (missing: pg_cron, pg_net, supabase_vault",
    "Token: a function and the Data API accept it",
  ];
  let from = 0;
  for (const step of steps) {
    from = first.said.indexOf(step, from);
    assert(from >= 0, `"${step}" comes next in:\n${first.said}`);
  }

  assertEquals(await rig.sql("select stripe_account, livemode from billing.deployment"), [
    { stripe_account: "acct_rig", livemode: false },
  ]);
  const { STRIPE_WEBHOOK_SECRET = "", ...sent } = Object.fromEntries(project.secrets);
  assertEquals(
    sent,
    { ...VARIABLES, CLERK_JWT_KEY: rig.stack.clerk_jwt_key.trim() },
    "The file's variables, and nothing else but the endpoint's secret",
  );
  assertMatch(STRIPE_WEBHOOK_SECRET, /^whsec_\w{32}$/);
  assert(!first.said.includes(STRIPE_WEBHOOK_SECRET) && !first.said.includes(VARIABLES.RECONCILE_SECRET ?? ""));
  const { data: endpoints } = await rig.stripe("GET", "/v1/webhook_endpoints");
  assertEquals(endpoints.map(({ url }: { url: string }) => url), [`${rig.url}/functions/v1/stripe-webhook`]);
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
    "What was built is what was sent",
  );

  const second = await rig.run("deploy");
  assertEquals(second.code, 0, second.said);
  assertStringIncludes(second.said, "Migrations by supabase db push (all applied before)");
  assertStringIncludes(second.said, "left as they are: CLERK_JWT_KEY");
  assertEquals(project.issuers.length, 1, "Clerk is registered once");
  assertStringIncludes(second.said, `Webhook endpoint at Stripe, and its secret (${endpoints[0].id}, before)`);
  assertEquals(project.secrets.get("STRIPE_WEBHOOK_SECRET"), STRIPE_WEBHOOK_SECRET);
  assertEquals((await rig.stripe("GET", "/v1/webhook_endpoints")).data.length, 1, "There is one endpoint");
});

/** The CLI writes down in a checkout which project it was for, so it gets one of its own. */
async function copyCheckout(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "checkout-" });
  Deno.mkdirSync(`${folder}/scripts`);
  for (const path of ["supabase", "scripts/types"]) {
    const { success } = await new Deno.Command("cp", { args: ["-R", `${ROOT}/${path}`, `${folder}/${path}`] }).output();
    assert(success);
  }
  return folder;
}

Deno.test("Plain supabase functions deploy from the sources sends every file that is imported", async () => {
  await using rig = await createRig({ migrated: true });
  const checkout = await copyCheckout();
  const { success, stderr } = await new Deno.Command(supabaseCli(), {
    args: ["functions", "deploy", "--use-api", "--yes", `--workdir=${checkout}`, `--remote=${REF}`],
    clearEnv: true,
    env: {
      ...rig.env,
      HOME,
      CLERK_DOMAIN: "rig.clerk.accounts.dev",
      SUPABASE_TELEMETRY_DISABLED: "1",
      DO_NOT_TRACK: "1",
    },
    stdin: "null",
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  assertEquals(rig.project.uploads.map(({ slug }) => slug), functionNames());
  for (const upload of rig.project.uploads) {
    const { slug, metadata, files } = upload;
    assertEquals(metadata.verify_jwt, false, slug);
    assertEquals(metadata.entrypoint_path, `supabase/functions/${slug}/index.ts`);
    assertEquals(metadata.import_map_path, "supabase/functions/deno.json");
    assert(metadata.entrypoint_path in files && "supabase/functions/deno.json" in files);
    assertEquals(missingFiles(upload), [], slug);
  }
});

Deno.test("A deploy that must not begin changes nothing and says why", async (t) => {
  await using rig = await createRig({ migrated: true });
  const refusal = async (name: string, options: Parameters<typeof rig.run>[1], words: string[]) => {
    await t.step(name, async () => {
      const { code, said } = await rig.run("deploy", options);
      assertEquals(code, 1, said);
      for (const word of words) assertStringIncludes(said, word);
    });
  };

  await refusal("missing", {
    variables: { STRIPE_SECRET_KEY: "", CLERK_SECRET_KEY: "", ALLOWED_ORIGINS: "", RECONCILE_SECRET: "" },
  }, [
    "STRIPE_SECRET_KEY is missing",
    "CLERK_SECRET_KEY is missing, and so is CLERK_JWT_KEY",
    "ALLOWED_ORIGINS is missing",
    `RECONCILE_SECRET is missing: put in what "openssl rand -hex 32" prints`,
  ]);
  await refusal("malformed", { variables: { STRIPE_SECRET_KEY: "pk_test_1", CATALOG_ACCESS: "everybody" } }, [
    "STRIPE_SECRET_KEY is not a Stripe secret key",
    'CATALOG_ACCESS must be "authenticated" or "public"',
  ]);
  await refusal("stand-in keys", { variables: { STRIPE_SECRET_KEY: "sk_test_local_stripe" } }, ["local stand-in"]);
  await refusal("loopback", { variables: { STRIPE_API_URL: "http://127.0.0.1:12111" } }, [
    "only this machine can reach",
  ]);
  await refusal("a live key without --live", { variables: { STRIPE_SECRET_KEY: "sk_live_1" } }, ["with --live"]);
  await refusal("--live with a stand-in in the shell", { args: ["--live"] }, ["never gets a live key"]);
  await refusal("--live with test keys", { args: ["--live"], env: { STRIPE_API_URL: "", CLERK_API_URL: "" } }, [
    "STRIPE_SECRET_KEY is a test key",
    "CLERK_PUBLISHABLE_KEY is a test key",
    "CLERK_SECRET_KEY is a test key",
    `ALLOWED_ORIGINS holds "http://localhost:3000"`,
  ]);
  await refusal("no access token", { env: { SUPABASE_ACCESS_TOKEN: "" } }, ["SUPABASE_ACCESS_TOKEN is missing"]);
  await refusal("no such reference", { args: ["--project-ref", "billing"] }, ["no project reference"]);
  assertEquals(rig.project.requests, [], "Nobody was even asked");

  await refusal("a key that Stripe refuses", { variables: { STRIPE_SECRET_KEY: "sk_test_unknown" } }, [
    "Stripe refuses",
  ]);
  await rig.sql("insert into billing.deployment (livemode, stripe_account) values (false, 'acct_other')");
  await refusal("another account's database", {}, [
    "The database belongs to acct_other (test) and STRIPE_SECRET_KEY to acct_rig (test)",
    "npm run stripe:switch",
  ]);
  assertEquals(new Set(rig.project.requests), new Set(["POST /database/query"]), "Reading is all that was done");
  assertEquals(rig.project.secrets.size, 0);
});

Deno.test("A deploy ends at the step that fails, and says what to do", async (t) => {
  await using rig = await createRig({ migrated: true });
  await t.step("without a way to the database", async () => {
    const { code, said } = await rig.run("deploy", { env: { SUPABASE_DB_URL: "" } });
    assertEquals(code, 1, said);
    assertStringIncludes(said, `"supabase db push" failed`);
    assertStringIncludes(said, "SUPABASE_DB_URL");
    assertEquals(rig.project.secrets.size, 0);
  });
  await t.step("when the webhook's secret cannot be stored", async () => {
    rig.project.keep.add("STRIPE_WEBHOOK_SECRET");
    const { code, said } = await rig.run("deploy");
    rig.project.keep.clear();
    assertEquals(code, 1, said);
    assertStringIncludes(said, "Refused by the test");
    assertStringIncludes(said, "By hand: add ");
    assertEquals((await rig.stripe("GET", "/v1/webhook_endpoints")).data, []);
  });
  await t.step("when Clerk cannot be registered", async () => {
    rig.project.refuse.set("/config/auth/third-party-auth", 403);
    const { code, said } = await rig.run("deploy");
    assertEquals(code, 1, said);
    assertStringIncludes(said, `https://supabase.com/dashboard/project/${REF}/auth/third-party`);
    assertStringIncludes(said, `give it "https://local.clerk.accounts.dev"`);
  });
});

Deno.test("A dry run builds every bundle, says what would go where, and asks nobody", async () => {
  await using rig = await createRig({ migrated: true });
  const { code, said } = await rig.run("deploy", { args: ["--dry-run"] });
  assertEquals(code, 0, said);
  for (const word of [...functionNames(), ...migrationFiles(), ...Object.keys(VARIABLES), REF, "Nothing was changed"]) {
    assertStringIncludes(said, word);
  }
  for (const words of [`${rig.url}/functions/v1/stripe-webhook   34 events`, "Backfill, if none", "Schedule, once"]) {
    assertStringIncludes(said, words);
  }
  assertStringIncludes(said, "Pages on your own machine may call: http://localhost:3000");
  for (const value of [VARIABLES.STRIPE_SECRET_KEY, VARIABLES.CLERK_SECRET_KEY, VARIABLES.RECONCILE_SECRET]) {
    assert(!said.includes(value ?? ""), "No secret is shown");
  }
  assertEquals(rig.project.requests, []);
});
