/** Plans the copied files: what is written, what is removed, and where the project has changed something. */
import type { Conflict } from "./conflict.ts";
import type { Lock } from "./lock.ts";
import { hashOf, isSame } from "./text.ts";

export type FileState = "create" | "update" | "remove" | "unchanged" | "keep";

export interface FileChange {
  readonly path: string;
  readonly state: FileState;
}

/** Paths for which the operator has decided a conflict. */
export interface Decisions {
  /** Ours replaces theirs. */
  readonly overwrite: readonly string[];
  /** Theirs stays. */
  readonly keep: readonly string[];
}

export interface FilesPlan {
  readonly changes: readonly FileChange[];
  readonly conflicts: readonly Conflict[];
  readonly lock: Pick<Lock, "files" | "kept">;
}

/**
 * @param ours Path → the text that it should have.
 * @param read The text at a path of the project, or undefined.
 */
export function planFiles(
  ours: ReadonlyMap<string, string>,
  lock: Pick<Lock, "files" | "kept">,
  read: (path: string) => string | undefined,
  { overwrite, keep }: Decisions,
): FilesPlan {
  const changes: FileChange[] = [];
  const conflicts: Conflict[] = [];
  const kept: string[] = [];

  for (const [path, text] of ours) {
    const theirs = read(path);
    const written = lock.files[path];
    const state = ((): FileState | undefined => {
      if (theirs === undefined) return "create";
      if (isSame(theirs, text)) return "unchanged";
      if (hashOf(theirs) === written || overwrite.includes(path)) return "update";
      if (keep.includes(path) || (lock.kept.includes(path) && written === hashOf(text))) return "keep";
    })();
    if (state === undefined) conflicts.push(changed(path, written === undefined));
    else changes.push({ path, state });
    if (state === "keep") kept.push(path);
  }

  for (const [path, written] of Object.entries(lock.files)) {
    const theirs = ours.has(path) ? undefined : read(path);
    if (theirs === undefined || keep.includes(path)) continue;
    if (hashOf(theirs) === written || overwrite.includes(path)) changes.push({ path, state: "remove" });
    else conflicts.push(obsolete(path));
  }

  const files = Object.fromEntries([...ours].map(([path, text]) => [path, hashOf(text)]));
  return { changes, conflicts, lock: { files, kept } };
}

const changed = (path: string, isNew: boolean): Conflict => ({
  subject: path,
  reason: isNew ? "the project has a different file at this path" : "the file was changed in the project",
  advice: `keep yours with --keep ${path}, or replace it with --overwrite ${path}`,
});

const obsolete = (path: string): Conflict => ({
  subject: path,
  reason: "the file no longer belongs to the billing backend, and it was changed in the project",
  advice: `keep it as yours with --keep ${path}, or remove it with --overwrite ${path}`,
});
