/** Whether there is a file or folder at a path. */
export function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}

/** A file's text, or undefined when there is no such file. */
export function readIfExists(path: string): string | undefined {
  return exists(path) ? Deno.readTextFileSync(path) : undefined;
}

/** Replaces a file at once, so that no reader and no crash sees half of it. The file is for its owner only. */
export function replaceFile(path: string, text: string): void {
  const temporary = `${path}.${Deno.pid}.new`;
  Deno.writeTextFileSync(temporary, text, { mode: 0o600 });
  Deno.renameSync(temporary, path);
}

/** Removes a file or folder with all it holds; nothing there is as good. */
export function remove(path: string): void {
  if (exists(path)) Deno.removeSync(path, { recursive: true });
}
