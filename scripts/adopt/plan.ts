/** The whole plan: what would be written to a project, and what has to be decided first. */
import { Failure } from "../lib/failure.ts";
import { decode } from "../lib/env_file.ts";
import { exists, readIfExists } from "../lib/files.ts";
import { functionNames } from "../lib/functions.ts";
import { CONFIG, type ConfigChange, planConfig } from "./config.ts";
import type { Conflict } from "./conflict.ts";
import { addVariables, missingVariables } from "./env_example.ts";
import { type Decisions, type FileChange, planFiles } from "./files.ts";
import { EMPTY_LOCK, formatLock, LOCK, parseLock } from "./lock.ts";
import { planMigrations, type PlannedMigration } from "./migrations.ts";
import { readSource } from "./source.ts";

const ENV_EXAMPLE = ".env.example";

/** A file that is written, or removed where `after` is undefined. */
export interface Write {
  readonly path: string;
  /** What was there when the plan was made. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface Plan {
  /** The project's folder. */
  readonly project: string;
  readonly version: string;
  /** The version that the project has, if it has one. */
  readonly adopted: string | undefined;
  readonly files: readonly FileChange[];
  readonly migrations: readonly PlannedMigration[];
  readonly config: readonly ConfigChange[];
  readonly variables: readonly { name: string; state: "create" | "unchanged" }[];
  readonly conflicts: readonly Conflict[];
  readonly notes: readonly string[];
  /** In the order in which they are done; the lock is the last. */
  readonly writes: readonly Write[];
}

export interface PlanOptions extends Decisions {
  /** Functions to leave out, and those to take in again. */
  readonly without: readonly string[];
  readonly with: readonly string[];
  readonly ignoredNames: readonly string[];
  readonly now: Date;
}

/**
 * @param repository This repository, or a copy of it.
 * @param project The project's folder.
 * @throws Failure when the folder is not a Supabase project
 */
export function planAdoption(repository: string, project: string, options: PlanOptions): Plan {
  const read = (path: string) => readIfExists(`${project}/${path}`);
  const config = read(CONFIG);
  if (config === undefined) {
    throw new Failure(`"${project}" has no ${CONFIG}: run "supabase init" there first, or name another folder`);
  }
  if (Deno.realPathSync(project) === Deno.realPathSync(repository)) {
    throw new Failure(`"${project}" is this repository: name the folder of your own project`);
  }
  const lockText = read(LOCK);
  const lock = lockText === undefined ? EMPTY_LOCK : parseLock(lockText);
  const without = [...new Set([...lock.without, ...options.without])].filter((name) => !options.with.includes(name));
  checkNames(repository, options);
  const source = readSource(repository, without);
  checkPaths([...source.files.keys(), ...Object.keys(lock.files)], options);

  const files = planFiles(source.files, lock, read, options);
  const theirs = readMigrations(project);
  const migrations = planMigrations(source.migrations, { ...options, lock: lock.migrations, theirs });
  const blocks = planConfig(config, source, lock.config);
  const example = readEnvExample(`${project}/${ENV_EXAMPLE}`);
  const missing = missingVariables(example ?? "", source.variables);

  const newLock = formatLock({
    version: source.version,
    without,
    ...files.lock,
    migrations: migrations.lock,
    config: blocks.lock,
  });
  const isChanged = ({ state }: FileChange) => state === "create" || state === "update" || state === "remove";
  const all: Write[] = [
    ...files.changes.filter(isChanged).map(({ path, state }) => ({
      path,
      before: read(path),
      after: state === "remove" ? undefined : source.files.get(path),
    })),
    ...migrations.migrations.filter(({ state }) => state === "create").map(({ file, text }) => ({
      path: `supabase/migrations/${file}`,
      before: undefined,
      after: text,
    })),
    { path: CONFIG, before: config, after: blocks.text },
    { path: ENV_EXAMPLE, before: example, after: addVariables(example ?? "", missing) },
    { path: LOCK, before: lockText, after: newLock },
  ];

  const taken = source.functions.filter((name) => exists(`${project}/supabase/functions/${name}`));
  return {
    project,
    version: source.version,
    adopted: lockText === undefined ? undefined : lock.version,
    files: files.changes,
    migrations: migrations.migrations,
    config: blocks.changes,
    variables: source.variables.map((variable) => ({
      name: variable.name,
      state: missing.includes(variable) ? "create" : "unchanged",
    })),
    conflicts: [
      ...taken.map(functionConflict),
      ...files.conflicts,
      ...migrations.conflicts,
      ...blocks.conflicts.filter(({ subject }) => !taken.some((name) => subject.endsWith(` [functions.${name}]`))),
    ],
    notes: [...migrations.notes, ...blocks.notes, ...notesOn(migrations.migrations)],
    writes: all.filter(({ before, after }) => before !== after),
  };
}

/** @throws Failure when it is not UTF-8: an appended text would destroy it */
const readEnvExample = (path: string): string | undefined =>
  exists(path) ? decode(Deno.readFileSync(path), path) : undefined;

/** File name → text. */
function readMigrations(project: string): Map<string, string> {
  const folder = `${project}/supabase/migrations`;
  if (!exists(folder)) return new Map();
  const names = [...Deno.readDirSync(folder)].filter(({ isDirectory }) => !isDirectory).map(({ name }) => name);
  const sql = names.filter((name) => name.endsWith(".sql")).sort();
  return new Map(sql.map((name) => [name, Deno.readTextFileSync(`${folder}/${name}`)]));
}

/** @throws Failure when an option names no function */
function checkNames(repository: string, { without, with: again }: PlanOptions) {
  const known = functionNames(repository);
  const unknown = [...without, ...again].find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Failure(`Unknown function "${unknown}": expected one of ${known.join(", ")}`);
}

/** @throws Failure when an option names no copied file */
function checkPaths(known: readonly string[], { overwrite, keep }: Decisions) {
  const unknown = [...overwrite, ...keep].find((path) => !known.includes(path));
  if (unknown !== undefined) {
    throw new Failure(`"${unknown}" is not a copied file: name a path as the plan shows it`);
  }
}

const functionConflict = (name: string): Conflict => ({
  subject: `supabase/functions/${name}`,
  reason: "the project has a function of this name",
  advice: `rename your function, or leave ours out with --without ${name}`,
});

function notesOn(migrations: readonly PlannedMigration[]): string[] {
  const created = migrations.filter(({ state }) => state === "create");
  if (created.length === 0) return [];
  return ["Names in SQL were compared with the project's migrations, not with its database"];
}
