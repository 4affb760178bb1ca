/**
 * `npm run types [-- --check]`: writes database.types.ts from the migrations, or fails when it is stale. Needs no
 * running stack: the migrations are applied to a temporary database.
 */
import { readArguments, runCommand } from "./lib/command.ts";
import { readEnvironment } from "./lib/environment.ts";
import { Failure } from "./lib/failure.ts";
import { readIfExists } from "./lib/files.ts";
import { ROOT } from "./lib/paths.ts";
import { startCluster } from "./stack/postgres.ts";
import { CLERK_DOMAIN } from "./lib/project_keys.ts";
import { untilStopped } from "./lib/stop_requests.ts";
import { generateTypes, pushMigrations } from "./lib/supabase_cli.ts";
import { openTemporaryFolder } from "./lib/temporary_folder.ts";

const FILE = "supabase/functions/_shared/database/database.types.ts";

await runCommand(async () => {
  const { values } = readArguments({ check: { type: "boolean" } });
  readEnvironment();
  const types = await untilStopped(generate);
  if (types === undefined) return 130;

  const isStale = readIfExists(`${ROOT}/${FILE}`) !== types;
  if (values.check) {
    if (isStale) throw new Failure(`"${FILE}" is stale: run "npm run types"`);
    console.log(`"${FILE}" is up to date`);
    return;
  }
  if (isStale) await Deno.writeTextFile(`${ROOT}/${FILE}`, types);
  console.log(`"${FILE}" ${isStale ? "is new" : "was up to date"}`);
});

async function generate(resources: AsyncDisposableStack): Promise<string> {
  const { folder, processes } = await openTemporaryFolder(resources);
  const cluster = await startCluster({ folder: `${folder}/postgres`, processes, log() {} });
  const project = { databaseUrl: cluster.url("postgres"), clerkDomain: CLERK_DOMAIN, processes };
  await pushMigrations(project);
  return await format(await generateTypes(project));
}

async function format(types: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext=ts", "-"],
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  await ReadableStream.from([new TextEncoder().encode(types)]).pipeTo(child.stdin);
  const { success, stdout } = await child.output();
  if (!success) throw new Error("deno fmt failed on the generated types");
  return new TextDecoder().decode(stdout);
}
