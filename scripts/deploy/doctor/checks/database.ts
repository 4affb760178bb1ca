import { migrationFiles } from "../../steps/sources.ts";
import { type Finding, note, ok, wrong } from "../finding.ts";
import type { Target } from "../target.ts";

/** The database has the migrations of this checkout, and the catalog was filled once. */
export async function checkDatabase({ database, repair }: Target): Promise<Finding[]> {
  const [table] = await database.query<{ exists: boolean }>(
    "select to_regclass('supabase_migrations.schema_migrations') is not null as exists",
  );
  const applied = table?.exists
    ? await database.query<{ version: string }>("select version from supabase_migrations.schema_migrations")
    : [];
  const there = new Set(applied.map(({ version }) => version));
  const here = new Map(migrationFiles().map((file) => [file.split("_")[0] ?? "", file]));

  const missing = [...here].filter(([version]) => !there.has(version)).map(([, file]) => file);
  const unknown = [...there].filter((version) => !here.has(version));
  if (missing.length > 0) {
    return [wrong(`Database: ${missing.length} migrations are missing, "${missing[0]}" first`, repair)];
  }
  if (unknown.length > 0) {
    return [wrong(
      `Database: has ${unknown.length} migrations that this checkout has not, "${unknown[0]}" first`,
      "use the checkout that made them, or a newer one",
    )];
  }
  return [ok(`Database: all ${here.size} migrations are applied`), await checkFill(database)];
}

async function checkFill(database: Target["database"]): Promise<Finding> {
  const [fill] = await database.query<{ filled: boolean }>(
    "select completed_at is not null as filled from billing.catalog_fill",
  );
  return fill?.filled ? ok("Database: the catalog was read from Stripe to its end") : note(
    "Database: the catalog was never read from Stripe",
    "nothing to do: the first call of stripe-products does it, and waits",
  );
}
