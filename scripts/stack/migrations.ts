/** The schema of a local database: pushed by the Supabase CLI, and recorded, because the CLI detects no edited file. */
import { Failure } from "../lib/failure.ts";
import { readIfExists, replaceFile } from "../lib/files.ts";
import { ROOT } from "../lib/paths.ts";
import { pushMigrations, type SupabaseProject } from "../lib/supabase_cli.ts";

/** Name → SHA-256 of every migration. */
type Hashes = Record<string, string>;

/**
 * Applies the new migrations.
 *
 * @param record Path of the record of the applied ones
 * @throws Failure when a migration was edited or removed after it was applied
 */
export async function migrate(record: string, project: SupabaseProject): Promise<void> {
  const applied: Hashes = JSON.parse(readIfExists(record) ?? "{}");
  const present = await hashMigrations();
  for (const [name, hash] of Object.entries(applied)) {
    if (present[name] === hash) continue;
    const change = name in present ? "was edited" : "was removed";
    throw new Failure(`Migration "${name}" ${change} since it was applied here: run "npm run reset" to start over`);
  }
  await pushMigrations(project);
  replaceFile(record, JSON.stringify(present, null, 2));
}

async function hashMigrations(): Promise<Hashes> {
  const folder = `${ROOT}/supabase/migrations`;
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".sql")).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await sha256(await Deno.readFile(`${folder}/${name}`))])),
  );
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
