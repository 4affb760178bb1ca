/** What was written to a project, recorded there in a file that is committed with it. */
import { Failure } from "../lib/failure.ts";

export const LOCK = "supabase/billing.lock.json";

export interface AdoptedMigration {
  /** Its file in the project's migrations. */
  readonly file: string;
  readonly sha256: string;
}

export interface Lock {
  /** Our version that was adopted last. */
  readonly version: string;
  /** Functions that the project does without. */
  readonly without: readonly string[];
  /** Our migration → theirs. */
  readonly migrations: Readonly<Record<string, AdoptedMigration>>;
  /** Path → SHA-256 of what we wrote, or offered where the project keeps its own. */
  readonly files: Readonly<Record<string, string>>;
  /** Paths where the project keeps its own text. */
  readonly kept: readonly string[];
  /** Function → its block in config.toml. */
  readonly config: Readonly<Record<string, string>>;
}

export const EMPTY_LOCK: Lock = { version: "", without: [], migrations: {}, files: {}, kept: [], config: {} };

/** @throws Failure when the text is not a lock */
export function parseLock(text: string): Lock {
  let value: Partial<Lock>;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Failure(`"${LOCK}" is not valid JSON (${(cause as Error).message}): restore it from version control`);
  }
  const lock = { ...EMPTY_LOCK, ...value };
  const isLock = typeof lock.version === "string" && isObject(lock.migrations) && isObject(lock.files) &&
    isObject(lock.config) && Array.isArray(lock.kept) && Array.isArray(lock.without);
  if (!isLock) throw new Failure(`"${LOCK}" is not a lock of this command: restore it from version control`);
  return lock;
}

/** The lock's text; keys are sorted, so that a change is a small diff. */
export function formatLock({ version, without, migrations, files, kept, config }: Lock): string {
  const lock = {
    version,
    without: [...without].sort(),
    migrations: sorted(migrations),
    files: sorted(files),
    kept: [...kept].sort(),
    config: sorted(config),
  };
  return JSON.stringify(lock, null, 2) + "\n";
}

const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);

const sorted = <Value>(record: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(Object.entries(record).sort(([one], [other]) => one < other ? -1 : 1));
