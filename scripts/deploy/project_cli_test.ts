import { assertEquals, assertRejects } from "@std/assert";
import { Failure } from "../local/failure.ts";
import type { Processes } from "../local/processes.ts";
import type { Build } from "./build.ts";
import type { Project } from "./project.ts";
import { projectCli } from "./project_cli.ts";

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
