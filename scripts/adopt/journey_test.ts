/** A project adopts the billing backend and updates it, on a real PostgreSQL and with the unmodified Supabase CLI. */
import { assert, assertEquals } from "@std/assert";
import { exists } from "../lib/files.ts";
import { listen } from "../lib/listen.ts";
import { functionNames } from "../lib/functions.ts";
import { ROOT } from "../lib/paths.ts";
import { edgeDeno } from "../lib/programs.ts";
import { applyPlan } from "./apply.ts";
import { plan } from "./testing/fixtures.ts";
import { copyRepository, createDatabase, createProject, supabase } from "./testing/supabase_project.ts";
import { readTree, writeTree } from "./testing/trees.ts";

const BILLING = "supabase/functions/_billing";
const HELLO = "supabase/functions/hello/index.ts";

/**
 * Type checks entrypoints, and then loads them on the platform's version of Deno, with the packages of this repository.
 *
 * @returns What Deno has to say against it.
 */
async function load(project: string, config: string, entries: string[]): Promise<string> {
  if (!exists(`${project}/node_modules`)) {
    Deno.symlinkSync(`${ROOT}/node_modules`, `${project}/node_modules`);
    Deno.copyFileSync(`${ROOT}/package.json`, `${project}/package.json`);
  }
  const run = async (deno: string, command: string, ...args: string[]) => {
    const { success, stderr } = await new Deno.Command(deno, {
      args: [command, "--quiet", `--config=${config}`, "--node-modules-dir=manual", "--cached-only", ...args],
      cwd: project,
      env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
      stdin: "null",
    }).output();
    return success ? "" : new TextDecoder().decode(stderr);
  };
  const imports = entries.map((path) => `await import("file://${project}/${path}");`).join("\n");
  return await run(Deno.execPath(), "check", ...entries) + await run(edgeDeno(), "eval", imports);
}

interface Upload {
  readonly slug: string;
  readonly metadata: { entrypoint_path: string; import_map_path: string; verify_jwt: boolean };
  readonly files: readonly string[];
}

/** Deploys the functions to a stand-in of Supabase's management API. @returns What it was sent. */
async function deployFunctions(project: string): Promise<Upload[]> {
  const uploads: Upload[] = [];
  const server = listen(0, async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (request.method === "PUT") return Response.json({ functions: await request.json() });
    if (request.method !== "POST") return Response.json(pathname.endsWith("/functions") ? [] : {});
    const form = await request.formData();
    const metadata = JSON.parse(String(form.get("metadata")));
    const slug = searchParams.get("slug") ?? "";
    uploads.push({ slug, metadata, files: form.getAll("file").map((file) => (file as File).name) });
    const times = { created_at: 1, updated_at: 1 };
    return Response.json({ id: slug, slug, name: slug, status: "ACTIVE", version: 1, ...times }, { status: 201 });
  });
  const profile = await Deno.makeTempFile({ suffix: ".json" });
  const addresses = { api_url: server.url, dashboard_url: server.url, project_host: "adopt.localhost" };
  Deno.writeTextFileSync(profile, JSON.stringify({ name: "adopt", ...addresses }));
  try {
    await supabase(project, ["functions", "deploy", "--use-api", "--remote=abcdefghijklmnopqrst"], {
      SUPABASE_PROFILE: profile,
      SUPABASE_ACCESS_TOKEN: `sbp_${"0".repeat(40)}`,
    });
  } finally {
    await Deno.remove(profile);
    await server.close();
  }
  return uploads.toSorted((one, other) => one.slug < other.slug ? -1 : 1);
}

Deno.test("A project with migrations and functions of its own adopts the backend, and updates it", async (t) => {
  await using database = await createDatabase();
  using repository = copyRepository();
  using project = await createProject();
  const now = () => ({ now: new Date() });
  const ours = [...Deno.readDirSync(`${ROOT}/supabase/migrations`)].filter(({ name }) => name.endsWith(".sql"));
  assertEquals(await database.push(project.path), ["20251101120000_notes.sql"]);

  await t.step("supabase db push applies the adopted migrations after the project's own", async () => {
    const { migrations, ...install } = plan(repository.path, project.path, now());
    assertEquals(install.conflicts, []);
    applyPlan({ ...install, migrations });
    writeTree(project.path, { ".env": "CLERK_DOMAIN=example.clerk.accounts.dev\n" });
    assertEquals(migrations.length, ours.length);
    assertEquals(await database.push(project.path), migrations.map(({ file }) => file));
    const tables = await database.sql(
      "select to_regclass('notes') is not null as notes, to_regclass('stripe_customer_mapping') is not null as ours",
    );
    assertEquals(tables, [{ notes: true, ours: true }]);
  });

  await t.step("the functions of both type check, and load on the platform's Deno", async () => {
    assertEquals(await load(project.path, "supabase/functions/deno.json", [HELLO]), "");
    const entries = functionNames(ROOT).map((name) => `${BILLING}/${name}/index.ts`);
    assertEquals(await load(project.path, `${BILLING}/deno.json`, entries), "");
  });

  await t.step("supabase functions deploy sends the functions of both, each with its own deno.json", async () => {
    const uploads = await deployFunctions(project.path);
    assertEquals(uploads.map(({ slug }) => slug), [...functionNames(ROOT), "hello"].sort());
    for (const { slug, metadata, files } of uploads) {
      const isOurs = slug !== "hello";
      assertEquals(metadata.verify_jwt, !isOurs, slug);
      assertEquals(metadata.entrypoint_path, isOurs ? `${BILLING}/${slug}/index.ts` : HELLO);
      if (isOurs) assertEquals(metadata.import_map_path, `${BILLING}/deno.json`);
      assert(files.includes(metadata.entrypoint_path), slug);
      assert(files.every((file) => file.startsWith(`${BILLING}/`) === isOurs), `${slug}: ${files}`);
    }
  });

  writeTree(repository.path, {
    "package.json": `{ "version": "99.0.0" }`,
    "supabase/functions/health/index.ts": `// Changed\n${
      Deno.readTextFileSync(`${ROOT}/supabase/functions/health/index.ts`)
    }`,
    "supabase/migrations/29991231000000_extra.sql": "create table billing.extra (id bigint primary key);\n",
  });
  // The project has gone on as well, and is a minute ahead of this clock.
  const stamp = new Date(Date.now() + 60_000).toISOString().replace(/\.\d+Z$/, "").replace(/\D/g, "");
  writeTree(project.path, { [`supabase/migrations/${stamp}_tags.sql`]: "create table public.tags ();\n" });
  assertEquals(await database.push(project.path), [`${stamp}_tags.sql`]);

  await t.step("an update adds the new migration alone, which db push applies without --include-all", async () => {
    const update = plan(repository.path, project.path, now());
    assertEquals(update.conflicts, []);
    assertEquals(update.writes.map(({ path }) => path.replace(/\d{14}/, "<time>")), [
      `${BILLING}/health/index.ts`,
      "supabase/migrations/<time>_billing_extra.sql",
      "supabase/billing.lock.json",
    ]);
    applyPlan(update);
    assertEquals((await database.push(project.path)).map((file) => file.slice(15)), ["billing_extra.sql"]);
    assertEquals(await database.sql("select to_regclass('billing.extra') is not null as extra"), [{ extra: true }]);
  });

  await t.step("a third run has nothing to do", async () => {
    const before = readTree(project.path);
    const third = plan(repository.path, project.path, now());
    assertEquals([third.conflicts, third.writes], [[], []]);
    applyPlan(third);
    assertEquals(readTree(project.path), before);
    assertEquals(await database.push(project.path), []);
  });

  await t.step("what the documentation says about leaving drops everything but the project's own", async () => {
    const page = Deno.readTextFileSync(`${ROOT}/docs/09-existing-project.md`);
    const [, command = ""] = page.match(/```sh\n(\s*grep [^]*?)```/) ?? [];
    const { stdout } = await new Deno.Command("sh", { args: ["-c", command], cwd: project.path }).output();
    await database.sql(`drop schema billing cascade; ${new TextDecoder().decode(stdout)}`);
    const left = await database.sql(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind <> 'i'
       union all select proname from pg_proc where pronamespace = 'public'::regnamespace
       union all select typname from pg_type where typnamespace = 'public'::regnamespace and typtype in ('d', 'e')
       order by 1`,
    );
    assertEquals(left.map(({ name }) => name), ["notes", "tags"]);
  });
});
