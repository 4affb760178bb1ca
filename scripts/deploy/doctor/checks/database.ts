import { migrationFiles } from "../../steps/sources.ts";
import { type Finding, note, ok, wrong } from "../finding.ts";
import type { DoctorTarget } from "../target.ts";

/** The database has exactly this checkout's migrations, and the catalog was filled once. */
export async function checkDatabase({ database, repair }: DoctorTarget): Promise<Finding[]> {
  const [table] = await database.query<{ exists: boolean }>(
    "select to_regclass('supabase_migrations.schema_migrations') is not null as exists",
  );
  const applied = table?.exists
    ? await database.query<{ version: string }>("select version from supabase_migrations.schema_migrations")
    : [];
  const present = new Set(applied.map(({ version }) => version));
  const expected = new Map(migrationFiles().map((file) => [file.split("_")[0] ?? "", file]));

  const missing = [...expected].filter(([version]) => !present.has(version)).map(([, file]) => file);
  const unknown = [...present].filter((version) => !expected.has(version));
  if (missing.length > 0) {
    return [wrong(`Database: ${count(missing)} not applied, first "${missing[0]}"`, repair)];
  }
  if (unknown.length > 0) {
    return [wrong(
      `Database: ${count(unknown)} applied that this checkout does not contain, first "${unknown[0]}"`,
      "use the checkout that applied them, or a newer one",
    )];
  }
  return [ok(`Database: all ${expected.size} migrations are applied`), await checkFill(database)];
}

const count = ({ length }: readonly string[]) => `${length} ${length === 1 ? "migration" : "migrations"}`;

async function checkFill(database: DoctorTarget["database"]): Promise<Finding> {
  const [fill] = await database.query<{ filled: boolean }>(
    "select completed_at is not null as filled from billing.catalog_fill",
  );
  return fill?.filled ? ok("Database: the whole catalog was read from Stripe") : note(
    "Database: the catalog was never read from Stripe",
    "nothing to do: the first call of stripe-products reads it",
  );
}
