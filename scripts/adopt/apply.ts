/** Carries out a plan: each file is replaced at once, and the lock is written last. */
import { dirname } from "node:path";
import { Failure } from "../lib/failure.ts";
import { exists, readIfExists, remove } from "../lib/files.ts";
import type { Plan, Write } from "./plan.ts";
import { FOLDER } from "./source.ts";

/** What an interrupted run may leave beside a file; neither the CLI nor Deno reads it. */
const UNFINISHED = /^\..+\.adopt-unfinished$/;

/**
 * Writes the plan's files. After a crash the project is between two versions, and the next run finishes: it finds
 * written files by their content.
 *
 * @param write Replaces or removes one file.
 * @throws Failure when a file was changed since the plan was made; then nothing is written
 */
export function applyPlan({ project, conflicts, writes }: Plan, write = writeFile): void {
  if (conflicts.length > 0) throw new Error("Cannot apply a plan with conflicts");
  const changed = writes.find(({ path, before }) => readIfExists(`${project}/${path}`) !== before);
  if (changed !== undefined) {
    throw new Failure(`"${changed.path}" was changed while the plan was shown: run the command again`);
  }
  for (const folder of new Set(writes.map(({ path }) => dirname(`${project}/${path}`)))) removeUnfinished(folder);
  deferSignals(() => {
    for (const change of writes) write(project, change);
    removeEmptyFolders(`${project}/${FOLDER}`);
  });
}

/** Replaces a file at once, or removes it; a replaced file keeps its mode. */
export function writeFile(project: string, { path, after }: Write): void {
  const file = `${project}/${path}`;
  if (after === undefined) return remove(file);
  const folder = dirname(file);
  Deno.mkdirSync(folder, { recursive: true });
  const unfinished = `${folder}/.${path.split("/").at(-1)}.adopt-unfinished`;
  const mode = exists(file) ? Deno.statSync(file).mode : null;
  Deno.writeTextFileSync(unfinished, after);
  if (mode !== null && Deno.build.os !== "windows") Deno.chmodSync(unfinished, mode & 0o777);
  Deno.renameSync(unfinished, exists(file) ? Deno.realPathSync(file) : file);
}

/** A Ctrl-C takes effect after the action. */
function deferSignals(action: () => void) {
  const ignore = () => {};
  const signals = Deno.build.os === "windows" ? ["SIGINT"] as const : ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, ignore);
  try {
    action();
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, ignore);
  }
}

function removeUnfinished(folder: string) {
  if (!exists(folder)) return;
  for (const { name } of Deno.readDirSync(folder)) if (UNFINISHED.test(name)) remove(`${folder}/${name}`);
}

/** @returns Whether the folder is gone. */
function removeEmptyFolders(folder: string): boolean {
  if (!exists(folder)) return true;
  const left = [...Deno.readDirSync(folder)].filter(({ name, isDirectory }) =>
    !isDirectory || !removeEmptyFolders(`${folder}/${name}`)
  );
  if (left.length === 0) Deno.removeSync(folder);
  return left.length === 0;
}
