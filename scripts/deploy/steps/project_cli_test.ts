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

/** The CLI, saying this. */
const cliThatSays = (stderr: string, success = true) =>
  projectCli(PROJECT, BUILD, { run: () => Promise.resolve({ success, stdout: "", stderr }) } as unknown as Processes);

const UPLOADED = "Uploading asset (health): supabase/functions/health/index.js\n";

Deno.test("An upload that the CLI leaves out fails the deployment, though the CLI is content", async () => {
  await cliThatSays(UPLOADED).deployFunctions();
  const words = "WARN: failed to read file: open supabase/functions/health/index.js\n";
  await assertRejects(() => cliThatSays(words).deployFunctions(), Failure, `did not upload "health"`);
  await assertRejects(() => cliThatSays("Deployed Functions").deployFunctions(), Failure, `did not upload "health"`);
});

Deno.test("The CLI itself, short of a file, fails the deployment", async () => {
  await using fixture = await createDeployFixture({ migrated: true });
  const built = await build("test");
  Deno.removeSync(`${built.folder}/supabase/functions/health/index.js`);
  Deno.env.set("SUPABASE_PROFILE", fixture.env.SUPABASE_PROFILE ?? "");
  const cli = projectCli({ ref: REF, accessToken: ACCESS_TOKEN } as Project, built, createProcesses());
  await assertRejects(() => cli.deployFunctions(), Failure, `did not upload "health"`)
    .finally(() => Deno.env.delete("SUPABASE_PROFILE"));
  assertEquals(
    fixture.project.uploads.find(({ slug }) => slug === "health")?.files,
    {},
    "It had sent the function empty",
  );
});

Deno.test("A warning of the CLI fails the deployment", async () => {
  await assertRejects(() => cliThatSays(`${UPLOADED}WARN: something`).deployFunctions(), Failure, "warned");
});

Deno.test("What the CLI says is shown without the token and the password", async () => {
  const error = await assertRejects(
    () => cliThatSays("cannot connect with hunter22 and sbp_secret", false).link(),
    Failure,
  );
  assertEquals(error.message, `"supabase link" failed: cannot connect with … and …`);
});
