import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Failure } from "../lib/failure.ts";
import { applyPlan, writeFile } from "./apply.ts";
import { uncommittedChanges } from "./git.ts";
import { LOCK } from "./lock.ts";
import { describePlan, hasChanges } from "./show_plan.ts";
import { NEXT_REPOSITORY, plan, PROJECT, REPOSITORY } from "./testing/fixtures.ts";
import { createFolder, readTree, type Tree, writeTree } from "./testing/trees.ts";

const BILLING = "supabase/functions/_billing";

const subjects = ({ conflicts }: ReturnType<typeof plan>) => conflicts.map(({ subject }) => subject);

/** The tree of the project after an installation, and after an update as well. */
function adoptedTrees(): { installed: Tree; updated: Tree } {
  using repository = createFolder(REPOSITORY);
  using next = createFolder(NEXT_REPOSITORY);
  using project = createFolder(PROJECT);
  applyPlan(plan(repository.path, project.path));
  const installed = readTree(project.path);
  applyPlan(plan(next.path, project.path));
  return { installed, updated: readTree(project.path) };
}

Deno.test("An installation copies what is deployed, and changes nothing of the project's own files", () => {
  const { installed } = adoptedTrees();
  const added = Object.keys(installed).filter((path) => !(path in PROJECT));
  assertEquals(added.sort(), [
    "supabase/billing.lock.json",
    `${BILLING}/_shared/old.ts`,
    `${BILLING}/_shared/x.ts`,
    `${BILLING}/deno.json`,
    `${BILLING}/health/index.ts`,
    `${BILLING}/pay/index.ts`,
    "supabase/migrations/20260301095959_billing_billing.sql",
    "supabase/migrations/20260301100000_billing_payments.sql",
  ]);
  for (const [path, text] of Object.entries(PROJECT)) {
    if (path === ".env.example") assert(installed[path]!.startsWith(text));
    else if (path !== "supabase/config.toml") assertEquals(installed[path], text, path);
  }
  assertEquals(installed[`${BILLING}/pay/index.ts`], REPOSITORY["supabase/functions/pay/index.ts"]);
  assertEquals(JSON.parse(installed[`${BILLING}/deno.json`]!), {
    nodeModulesDir: "none",
    imports: { stripe: "npm:stripe@23.1.0" },
  });
});

Deno.test("An .env.example with a byte order mark keeps it, and one in UTF-16 is refused and stays as it is", () => {
  using repository = createFolder(REPOSITORY);
  using project = createFolder({ ...PROJECT, ".env.example": "\ufeff# Theirs\nSITE_URL=x\n" });
  applyPlan(plan(repository.path, project.path));
  assert(readTree(project.path)[".env.example"]!.startsWith("\ufeff# Theirs\nSITE_URL=x\n\n"));

  const path = `${project.path}/.env.example`;
  const utf16 = new Uint8Array([0xff, 0xfe, 0x41, 0, 0x3d, 0]);
  Deno.writeFileSync(path, utf16);
  assertThrows(() => plan(repository.path, project.path), Failure, "is not a text in UTF-8");
  assertEquals(Deno.readFileSync(path), utf16);
});

Deno.test("An update adds, changes and removes what the new version does", () => {
  const { installed, updated } = adoptedTrees();
  const paths = (tree: Tree) => Object.keys(tree).sort();
  assertEquals(paths(updated).filter((path) => !(path in installed)), [
    `${BILLING}/refund/index.ts`,
    "supabase/migrations/20260301100001_billing_refunds.sql",
  ]);
  assertEquals(paths(installed).filter((path) => !(path in updated)), [
    `${BILLING}/_shared/old.ts`,
    `${BILLING}/pay/index.ts`,
  ]);
  assertEquals(updated[`${BILLING}/_shared/x.ts`], "export const x = 2;\n");
  assert(!updated["supabase/config.toml"]!.includes("[functions.pay]"));
  assertStringIncludes(updated["supabase/config.toml"]!, "[functions.refund]");
  assertStringIncludes(updated[".env.example"]!, "\n# New.\nNEW_VARIABLE=\n");
});

for (const title of ["installation", "update"] as const) {
  Deno.test(`An ${title} that is interrupted before any of its writes is finished by the next run`, () => {
    const { installed, updated } = adoptedTrees();
    const [before, after, source] = title === "installation"
      ? [PROJECT, installed, REPOSITORY]
      : [installed, updated, NEXT_REPOSITORY];
    using repository = createFolder(source);
    let count = Infinity;
    for (let crash = 0; crash < count; crash++) {
      using project = createFolder(before);
      const interrupted = plan(repository.path, project.path);
      count = interrupted.writes.length;
      let written = 0;
      assertThrows(
        () =>
          applyPlan(interrupted, (folder, change) => {
            if (written++ === crash) {
              const unfinished = change.path.replace(/([^/]+)$/, ".$1.adopt-unfinished");
              if (change.after !== undefined) writeTree(folder, { [unfinished]: "half" });
              throw new Error("Crash");
            }
            writeFile(folder, change);
          }),
        Error,
        "Crash",
      );
      const again = plan(repository.path, project.path);
      assertEquals(again.conflicts, [], `after ${crash} writes`);
      applyPlan(again);
      assertEquals(readTree(project.path), after, `after ${crash} writes`);
      assert(!hasChanges(plan(repository.path, project.path)));
    }
    assert(count > 7);
  });
}

Deno.test("Running again changes nothing, whatever the line endings of the checkout", () => {
  const { installed } = adoptedTrees();
  using repository = createFolder(REPOSITORY);
  using project = createFolder(
    Object.fromEntries(
      Object.entries(installed).map(([path, text]) => [path, path === LOCK ? text : text.replaceAll("\n", "\r\n")]),
    ),
  );
  const again = plan(repository.path, project.path);
  assertEquals([subjects(again), again.writes], [[], []]);
});

Deno.test("A file that was changed in the project is a conflict until it is kept or overwritten", () => {
  const { installed } = adoptedTrees();
  const path = `${BILLING}/_shared/x.ts`;
  using repository = createFolder(NEXT_REPOSITORY);
  using project = createFolder({ ...installed, [path]: "// Theirs\n" });
  const before = readTree(project.path);
  const refused = plan(repository.path, project.path);
  assertEquals(subjects(refused), [path]);
  assertStringIncludes(describePlan(refused), `--overwrite ${path}`);
  assertThrows(() => applyPlan(refused), Error, "conflicts");
  assertEquals(readTree(project.path), before);

  applyPlan(plan(repository.path, project.path, { keep: [path] }));
  assertEquals(readTree(project.path)[path], "// Theirs\n");
  assert(!hasChanges(plan(repository.path, project.path)), "It stays kept");

  applyPlan(plan(repository.path, project.path, { overwrite: [path] }));
  assertEquals(readTree(project.path)[path], "export const x = 2;\n");
  assertThrows(() => plan(repository.path, project.path, { keep: ["nowhere.ts"] }), Failure, "not a copied file");
});

Deno.test("A removed file that was changed in the project is a conflict", () => {
  const { installed } = adoptedTrees();
  const path = `${BILLING}/_shared/old.ts`;
  using repository = createFolder(NEXT_REPOSITORY);
  using project = createFolder({ ...installed, [path]: "// Theirs\n" });
  assertEquals(subjects(plan(repository.path, project.path)), [path]);
  applyPlan(plan(repository.path, project.path, { keep: [path] }));
  assertEquals(readTree(project.path)[path], "// Theirs\n");
  assert(!hasChanges(plan(repository.path, project.path)));
});

Deno.test("Names that the project has already are conflicts before anything is written", () => {
  using repository = createFolder(REPOSITORY);
  using project = createFolder({
    ...PROJECT,
    "supabase/functions/health/index.ts": "export default {};\n",
    "supabase/config.toml": PROJECT["supabase/config.toml"] + "\n[functions.health]\nverify_jwt = false\n",
    "supabase/migrations/20251102000000_mine.sql": "create table stripe_payments ();\ncreate schema billing;\n",
  });
  const refused = plan(repository.path, project.path);
  assertEquals(subjects(refused), [
    "supabase/functions/health",
    `schema "billing"`,
    `table, view, index or type "public.stripe_payments"`,
  ]);
  assertThrows(() => applyPlan(refused), Error, "conflicts");

  const allowed = { without: ["health"], ignoredNames: ["billing", "public.stripe_payments"] };
  applyPlan(plan(repository.path, project.path, allowed));
  const tree = readTree(project.path);
  assert(!(`${BILLING}/health/index.ts` in tree));
  assertEquals(tree["supabase/functions/health/index.ts"], "export default {};\n");
  assert(!hasChanges(plan(repository.path, project.path)), "The function stays left out");
  assertEquals(subjects(plan(repository.path, project.path, { with: ["health"] })), ["supabase/functions/health"]);
  assertThrows(() => plan(repository.path, project.path, { without: ["x"] }), Failure, `Unknown function "x"`);
});

Deno.test("A file that changes while the plan is shown stops everything", () => {
  using repository = createFolder(REPOSITORY);
  using project = createFolder(PROJECT);
  const shown = plan(repository.path, project.path);
  writeTree(project.path, { "supabase/config.toml": "project_id = 'other'\n" });
  const before = readTree(project.path);
  assertThrows(() => applyPlan(shown), Failure, "was changed while the plan was shown");
  assertEquals(readTree(project.path), before);
});

Deno.test("A folder that is not a Supabase project, or is the repository itself, is refused", () => {
  using repository = createFolder(REPOSITORY);
  using empty = createFolder();
  assertThrows(() => plan(repository.path, empty.path), Failure, "supabase init");
  assertThrows(() => plan(repository.path, repository.path), Failure, "is this repository");
  using broken = createFolder({ ...PROJECT, [LOCK]: "{" });
  assertThrows(() => plan(repository.path, broken.path), Failure, "not valid JSON");
});

Deno.test("A replaced file keeps its mode", { ignore: Deno.build.os === "windows" }, () => {
  using repository = createFolder(REPOSITORY);
  using project = createFolder(PROJECT);
  Deno.chmodSync(`${project.path}/supabase/config.toml`, 0o640);
  applyPlan(plan(repository.path, project.path));
  assertEquals(Deno.statSync(`${project.path}/supabase/config.toml`).mode! & 0o777, 0o640);
});

Deno.test("uncommittedChanges warns in a git repository with changes only", async () => {
  using project = createFolder(PROJECT);
  assertEquals(await uncommittedChanges(project.path), undefined);
  const git = (...args: string[]) => new Deno.Command("git", { args, cwd: project.path, stdout: "null" }).output();
  await git("init", "--quiet");
  assertStringIncludes(await uncommittedChanges(project.path) ?? "", "uncommitted changes");
  await git("add", ".");
  await git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message=x");
  assertEquals(await uncommittedChanges(project.path), undefined);
});
