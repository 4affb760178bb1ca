/** The Supabase CLI, unmodified; it reports nothing to anybody and writes to no file of the user's. */
import { Failure } from "./failure.ts";
import { HOME } from "./paths.ts";
import type { Output, Processes } from "./processes.ts";
import { supabaseCli } from "./programs.ts";

export interface SupabaseProject {
  /** The database, as `postgres`. */
  readonly databaseUrl: string;
  /** What config.toml asks for as `CLERK_DOMAIN`. */
  readonly clerkDomain: string;
  readonly processes: Processes;
}

async function supabase(args: string[], { databaseUrl, clerkDomain, processes }: SupabaseProject): Promise<Output> {
  await Deno.mkdir(HOME, { recursive: true });
  return await processes.run(supabaseCli(), {
    args: [...args, `--remote=${databaseUrl}?sslmode=disable`],
    env: {
      HOME,
      CLERK_DOMAIN: clerkDomain,
      DO_NOT_TRACK: "1",
      SUPABASE_TELEMETRY_DISABLED: "1",
      NO_COLOR: "1",
    },
  });
}

/** Applies what is new in supabase/migrations, as on a hosted project. @throws Failure with the CLI's words */
export async function pushMigrations(project: SupabaseProject): Promise<void> {
  const { success, stdout, stderr } = await supabase(["db", "push", "--yes", "--skip-vault"], project);
  const said = `${stdout}\n${stderr}`.trim();
  if (!success) throw new Failure(`"supabase db push" failed: ${said}`);
  if (/\bWARN/.test(said)) console.error(said);
}

/** The TypeScript types of schema `public`, as the CLI writes them. */
export async function generateTypes(project: SupabaseProject): Promise<string> {
  const { success, stdout, stderr } = await supabase(["gen", "types", "typescript", "--schema=public"], project);
  if (!success) throw new Failure(`"supabase gen types" failed: ${stderr.trim()}`);
  return stdout;
}
