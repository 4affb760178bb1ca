/** The Supabase CLI, unmodified: without telemetry, and with a home of its own. */
import { Failure } from "./failure.ts";
import { isLoopback } from "./loopback.ts";
import { HOME } from "./paths.ts";
import type { Output, Processes } from "./processes.ts";
import { supabaseCli } from "./programs.ts";

export interface SupabaseProject {
  /** The database, as `postgres`. */
  readonly databaseUrl: string;
  /** The value of `CLERK_DOMAIN` in config.toml. */
  readonly clerkDomain: string;
  readonly processes: Processes;
}

/** Options of Bun, which runs the CLI: for two seconds of work, optimizing takes more CPU than it saves. */
const BUN = { BUN_JSC_useDFGJIT: "0", BUN_JSC_useConcurrentGC: "0", BUN_JSC_numberOfGCMarkers: "1" };

/** Milliseconds for a command on a local database, which takes seconds. */
const LOCAL_TIME_LIMIT = 3 * 60_000;

/** Runs a command of the CLI to its end. @param env In addition to what every command needs */
export async function runSupabase(
  args: string[],
  { processes, env, timeLimit }: { processes: Processes; env: Record<string, string>; timeLimit?: number },
): Promise<Output> {
  await Deno.mkdir(HOME, { recursive: true });
  return await processes.run(supabaseCli(), {
    args,
    env: { HOME, DO_NOT_TRACK: "1", NO_COLOR: "1", SUPABASE_TELEMETRY_DISABLED: "1", ...BUN, ...env },
    timeLimit,
  });
}

const onDatabase = (args: string[], { databaseUrl, clerkDomain, processes }: SupabaseProject) =>
  runSupabase([...args, `--remote=${withTlsMode(databaseUrl)}`], {
    processes,
    env: { CLERK_DOMAIN: clerkDomain },
    timeLimit: LOCAL_TIME_LIMIT,
  });

/** The CLI insists on TLS unless the address says otherwise, which a database on this machine seldom has. */
function withTlsMode(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  if (isLoopback(databaseUrl) && !url.searchParams.has("sslmode")) url.searchParams.set("sslmode", "disable");
  return url.href;
}

/** The CLI prints the connection string when it cannot connect. */
function withoutPassword(output: string, databaseUrl: string): string {
  const { password } = new URL(databaseUrl);
  if (password === "" || isLoopback(databaseUrl)) return output;
  return output.replaceAll(password, "…").replaceAll(decodeURIComponent(password), "…");
}

/**
 * Applies what is missing. With `--include-all`, because an update of this repository adds migrations that are older than
 * those that a project has added itself. https://supabase.com/docs/reference/cli/supabase-db-push
 */
export const PUSH = ["db", "push", "--yes", "--skip-vault", "--include-all"];

/** Applies the new files of supabase/migrations, as on a hosted project. @throws Failure with the CLI's message */
export async function pushMigrations(project: SupabaseProject): Promise<void> {
  const { success, stdout, stderr } = await onDatabase(PUSH, project);
  const output = withoutPassword(`${stdout}\n${stderr}`.trim(), project.databaseUrl);
  if (!success) throw new Failure(`"supabase db push" failed: ${output}`);
  if (/\bWARN/.test(output)) console.error(output);
}

/** The TypeScript types of schema `public`, as the CLI writes them. */
export async function generateTypes(project: SupabaseProject): Promise<string> {
  const { success, stdout, stderr } = await onDatabase(["gen", "types", "typescript", "--schema=public"], project);
  if (!success) throw new Failure(`"supabase gen types" failed: ${stderr.trim()}`);
  return stdout;
}
