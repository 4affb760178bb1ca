/** Plans the migrations: new ones come after everything that the project has, and none is ever edited. */
import type { Conflict } from "./conflict.ts";
import type { AdoptedMigration, Lock } from "./lock.ts";
import type { Migration } from "./source.ts";
import { createdNames, nameOf } from "./sql_names.ts";
import { hashOf } from "./text.ts";

export interface PlannedMigration extends Migration {
  /** Its file in the project. */
  readonly file: string;
  readonly state: "create" | "unchanged";
}

export interface MigrationsPlan {
  readonly migrations: readonly PlannedMigration[];
  readonly conflicts: readonly Conflict[];
  readonly notes: readonly string[];
  readonly lock: Lock["migrations"];
}

export interface MigrationsOptions {
  readonly lock: Lock["migrations"];
  /** File name → text of every migration of the project. */
  readonly theirs: ReadonlyMap<string, string>;
  readonly now: Date;
  /** Names in SQL that the project has and that do not count as conflicts. */
  readonly ignoredNames: readonly string[];
}

export function planMigrations(ours: readonly Migration[], options: MigrationsOptions): MigrationsPlan {
  const { lock, theirs, now, ignoredNames } = options;
  const conflicts = Object.entries(lock).flatMap(([name, adopted]) =>
    changedUpstream(name, adopted, ours.find((migration) => migration.name === name))
  );
  const notes = Object.entries(lock).flatMap(([name, adopted]) =>
    changedThere(name, adopted, theirs.get(adopted.file))
  );

  // An interrupted run has written migrations that the lock does not list; they are found by content.
  const recorded = new Set(Object.values(lock).map(({ file }) => file));
  const unrecorded = new Map(
    [...theirs].filter(([file]) => !recorded.has(file)).map(([file, text]) => [hashOf(text), file]),
  );
  const found = ours.map((migration) => ({
    ...migration,
    file: lock[migration.name]?.file ?? unrecorded.get(hashOf(migration.text)),
  }));
  const missing = found.filter(({ file }) => file === undefined);
  const newest = [...theirs.keys()].map(versionOf).sort().at(-1) ?? "";
  const stamps = stampsAfter(newest, missing.length, now);
  if (stamps.some((stamp) => stamp <= newest)) conflicts.push(unordered(newest));

  const migrations = found.map(({ file, ...migration }): PlannedMigration =>
    file !== undefined
      ? { ...migration, file, state: "unchanged" }
      : { ...migration, file: `${stamps.shift()}_billing_${subjectOf(migration.name)}`, state: "create" }
  );
  const adopted = new Set(migrations.map(({ file }) => file));
  const own = [...theirs].filter(([file]) => !adopted.has(file) && !recorded.has(file));
  conflicts.push(...collisions(migrations.filter(({ state }) => state === "create"), own, ignoredNames));

  return {
    migrations,
    conflicts,
    notes,
    lock: Object.fromEntries(
      migrations.map(({ name, file, text }) => [name, lock[name] ?? { file, sha256: hashOf(text) }]),
    ),
  };
}

/** As the CLI orders them: by the digits before the first underscore, compared as text. */
const versionOf = (file: string): string => file.match(/^(\d+)_.*\.sql$/)?.[1] ?? "";

const subjectOf = (name: string): string => name.replace(/^\d+_/, "");

/** Consecutive seconds after a version; they end now, unless the version is later than that. */
function stampsAfter(newest: string, count: number, now: Date): string[] {
  const [, year, ...rest] = newest.match(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/) ?? [];
  const [month = 1, day = 1, hour = 0, minute = 0, second = 0] = rest.map(Number);
  const after = year === undefined ? 0 : Date.UTC(Number(year), month - 1, day, hour, minute, second) + 1000;
  const start = Math.max(after, Math.floor(now.getTime() / 1000) * 1000 - (count - 1) * 1000);
  return Array.from(
    { length: count },
    (_, index) => new Date(start + index * 1000).toISOString().replace(/\.\d+Z$/, "").replace(/\D/g, ""),
  );
}

function changedUpstream(name: string, { file, sha256 }: AdoptedMigration, ours: Migration | undefined): Conflict[] {
  if (ours !== undefined && hashOf(ours.text) === sha256) return [];
  return [{
    subject: `supabase/migrations/${file}`,
    reason: ours === undefined
      ? `it was adopted from "${name}", which this version of the billing backend does not have`
      : `it was adopted from "${name}", which has been edited since; an applied migration cannot be edited`,
    advice: "use a version of the billing backend that changes the schema by new migrations only",
  }];
}

function changedThere(name: string, { file, sha256 }: AdoptedMigration, theirs: string | undefined): string[] {
  if (theirs !== undefined && hashOf(theirs) === sha256) return [];
  const what = theirs === undefined ? "was removed from" : "was changed in";
  return [`"supabase/migrations/${file}" ("${name}") ${what} the project since it was adopted; it is left as it is`];
}

const unordered = (newest: string): Conflict => ({
  subject: "supabase/migrations",
  reason: `no timestamp sorts after the version "${newest}", so "supabase db push" would need --include-all`,
  advice: "rename that migration to a timestamp of 14 digits (YYYYMMDDhhmmss)",
});

function collisions(
  ours: readonly Migration[],
  theirs: Iterable<[string, string]>,
  ignoredNames: readonly string[],
): Conflict[] {
  const files = [...theirs].sort(([one], [other]) => one < other ? -1 : 1);
  const present = createdNames(files.map(([, text]) => text).join("\n"));
  return ours.flatMap(({ name, text }) =>
    [...createdNames(text)]
      .filter((created) => present.has(created) && !ignoredNames.includes(nameOf(created)))
      .map((created) => ({
        subject: created,
        reason: `the project's migrations create this name, and so does "${name}"`,
        advice: `rename yours in a new migration, then pass --ignore-name ${nameOf(created)}`,
      }))
  );
}
