/** `stack.json`: the addresses and keys of a running stack. */
import { Failure } from "./failure.ts";
import { readIfExists, remove, replaceFile } from "./files.ts";
import { folderHolder } from "./folder_lock.ts";
import { dataFolder, LOCAL } from "./paths.ts";
import type { StackFile } from "./stack_shape.ts";

export type { StackFile };

/** The file that programs read, and the file of the stack on a port. */
const SHARED = `${LOCAL}/stack.json`;
const ownFile = (port: number) => `${dataFolder(port)}/stack.json`;

/** Publishes a stack; the shared file stays that of another running stack. */
export function announce(port: number, file: StackFile): void {
  const text = `${JSON.stringify({ port, ...file }, null, 2)}\n`;
  replaceFile(ownFile(port), text);
  if (readRunning(SHARED) === undefined) replaceFile(SHARED, text);
}

/** Removes what {@link announce} wrote. */
export function retract(port: number): void {
  remove(ownFile(port));
  if (read(SHARED)?.port === port) remove(SHARED);
}

/**
 * The stack on a port, or without a port the one in the shared file.
 *
 * @returns undefined when it is not running
 */
export function findStack(port?: number): StackFile | undefined {
  return readRunning(port === undefined ? SHARED : ownFile(port));
}

/** The same. @throws Failure when it is not running */
export function requireStack(port?: number): StackFile {
  const stack = findStack(port);
  if (stack !== undefined) return stack;
  throw new Failure(
    port === undefined
      ? 'No stack runs: start one with "npm start"'
      : `No stack runs on port ${port}: start one with "npm start -- --port ${port}"`,
  );
}

function read(path: string): StackFile & { port: number } | undefined {
  const text = readIfExists(path);
  return text === undefined ? undefined : JSON.parse(text);
}

/** A killed launcher leaves its files behind. */
function readRunning(path: string): StackFile | undefined {
  const file = read(path);
  return file !== undefined && folderHolder(file.port) !== undefined ? file : undefined;
}
