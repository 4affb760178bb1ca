import { assertEquals, assertRejects } from "@std/assert";
import { Failure } from "../../lib/failure.ts";
import { createProcesses, type Processes } from "../../lib/processes.ts";
import { type Build, build } from "./build.ts";
import type { Project } from "../target/project.ts";
import { projectCli } from "./project_cli.ts";
import { ACCESS_TOKEN, REF } from "../testing/management_api_emulator.ts";
import { createDeployFixture } from "../testing/deploy_fixture.ts";

const BUILD = {
  folder: "/nowhere",
  migrations: [],
  functions: [{ name: "health", entrypoint: "supabase/functions/health/index.js", bytes: 1 }],
} satisfies Build;
const PROJECT = { ref: "abcdefghijklmnopqrst", accessToken: "sbp_secret", databasePassword: "hunter22" } as Project;

/** A Supabase CLI with this output. */
const cliWithOutput = (stderr: string, success = true) =>
  projectCli(PROJECT, BUILD, { run: () => Promise.resolve({ success, stdout: "", stderr }) } as unknown as Processes);

const UPLOADED = "Uploading asset (health): supabase/functions/health/index.js\n";

Deno.test("deployFunctions with an upload that the CLI left out fails, although the CLI reports success", async () => {
  await cliWithOutput(UPLOADED).deployFunctions();
  const warning = "WARN: failed to read file: open supabase/functions/health/index.js\n";
  await assertRejects(() => cliWithOutput(warning).deployFunctions(), Failure, `did not upload "health"`);
  await assertRejects(() => cliWithOutput("Deployed Functions").deployFunctions(), Failure, `did not upload "health"`);
});

Deno.test("deployFunctions with the real CLI and a missing file fails", async () => {
  await using fixture = await createDeployFixture({ migrated: true });
  const built = await build("project_cli_test", { driver: false });
  Deno.removeSync(`${built.folder}/supabase/functions/health/index.js`);
  Deno.env.set("SUPABASE_PROFILE", fixture.env.SUPABASE_PROFILE ?? "");
  const cli = projectCli({ ref: REF, accessToken: ACCESS_TOKEN } as Project, built, createProcesses());
  await assertRejects(() => cli.deployFunctions(), Failure, `did not upload "health"`)
    .finally(() => Deno.env.delete("SUPABASE_PROFILE"));
  assertEquals(
    fixture.project.uploads.find(({ slug }) => slug === "health")?.files,
    {},
    "The CLI uploaded the function without its file",
  );
});

Deno.test("deployFunctions with a warning of the CLI fails", async () => {
  await assertRejects(
    () => cliWithOutput(`${UPLOADED}WARN: something`).deployFunctions(),
    Failure,
    "printed a warning",
  );
});

Deno.test("A failure of the CLI is shown without the token and the password", async () => {
  const error = await assertRejects(
    () => cliWithOutput("cannot connect with hunter22 and sbp_secret", false).link(),
    Failure,
  );
  assertEquals(error.message, `"supabase link" failed: cannot connect with … and …`);
});
