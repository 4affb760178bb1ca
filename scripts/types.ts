/**
 * `npm run types [-- --check]`: writes database.types.ts from the migrations, docs/openapi.json and the client's types
 * from the contract, or fails when one is stale. Needs no running stack: the migrations are applied to a temporary
 * database.
 */
import { clientTypes } from "./generate/client_types.ts";
import { openapi } from "./generate/openapi.ts";
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

await runCommand(async () => {
  const { values } = readArguments({ check: { type: "boolean" } });
  readEnvironment();
  const database = await untilStopped(databaseTypes);
  if (database === undefined) return 130;

  const document = openapi();
  const files = {
    "supabase/functions/_shared/database/database.types.ts": await format(database, "ts"),
    "docs/openapi.json": await format(JSON.stringify(document), "json"),
    "packages/client/contract.ts": await format(clientTypes(document), "ts"),
  };
  const stale = Object.entries(files).filter(([path, text]) => readIfExists(`${ROOT}/${path}`) !== text);
  if (values.check && stale.length > 0) {
    throw new Failure(`${stale.map(([path]) => `"${path}"`).join(" and ")} is stale: run "npm run types"`);
  }
  for (const [path, text] of stale) await Deno.writeTextFile(`${ROOT}/${path}`, text);
  for (const path of Object.keys(files)) {
    console.log(`"${path}" ${stale.some(([written]) => written === path) ? "is new" : "is up to date"}`);
  }
});

async function databaseTypes(resources: AsyncDisposableStack): Promise<string> {
  const { folder, processes } = await openTemporaryFolder(resources);
  const cluster = await startCluster({ folder: `${folder}/postgres`, processes, log() {} });
  const project = { databaseUrl: cluster.url("postgres"), clerkDomain: CLERK_DOMAIN, processes };
  await pushMigrations(project);
  return await generateTypes(project);
}

async function format(text: string, extension: "ts" | "json"): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", `--ext=${extension}`, "-"],
    cwd: ROOT,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  await ReadableStream.from([new TextEncoder().encode(text)]).pipeTo(child.stdin);
  const { success, stdout } = await child.output();
  if (!success) throw new Error(`deno fmt failed on the generated ${extension}`);
  return new TextDecoder().decode(stdout);
}
