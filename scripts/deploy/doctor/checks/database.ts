import { migrationFiles } from "../../steps/sources.ts";
import { type Finding, note, ok, wrong } from "../finding.ts";
import type { DoctorTarget } from "../target.ts";

interface Migration {
  readonly version: string;
  readonly name: string | null;
}

/** How `npm run adopt` begins the name of a migration. */
const ADOPTED = "billing_";

/** The database has exactly this checkout's migrations, and the catalog was filled once. */
export async function checkDatabase({ database, repair }: DoctorTarget): Promise<Finding[]> {
  const [table] = await database.query<{ exists: boolean }>(
    "select to_regclass('supabase_migrations.schema_migrations') is not null as exists",
  );
  const applied = table?.exists
    ? await database.query<Migration>("select version, name from supabase_migrations.schema_migrations")
    : [];
  // A project that adopted the migrations has them under versions of its own, beside other migrations.
  const adopted = applied.filter(({ name }) => name?.startsWith(ADOPTED));
  const present = new Set(
    adopted.length > 0 ? adopted.map(({ name }) => name?.slice(ADOPTED.length)) : applied.map(({ version }) => version),
  );
  const expected = new Map(
    migrationFiles().map((file) => {
      const [, version = "", subject = ""] = file.match(/^(\d+)_(.+)\.sql$/) ?? [];
      return [adopted.length > 0 ? subject : version, file];
    }),
  );

  const missing = [...expected].filter(([key]) => !present.has(key)).map(([, file]) => file);
  const unknown = [...present].filter((key) => !expected.has(key ?? ""));
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

const count = ({ length }: readonly unknown[]) => `${length} ${length === 1 ? "migration" : "migrations"}`;

async function checkFill(database: DoctorTarget["database"]): Promise<Finding> {
  const [fill] = await database.query<{ filled: boolean }>(
    "select completed_at is not null as filled from billing.catalog_fill",
  );
  return fill?.filled ? ok("Database: the whole catalog was read from Stripe") : note(
    "Database: the catalog was never read from Stripe",
    "nothing to do: the first call of stripe-products reads it",
  );
}
