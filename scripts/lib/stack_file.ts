/** `stack.json`: what programs need to know of a stack that runs. */
import { readIfExists, remove, replaceFile } from "./files.ts";
import { folderHolder } from "./folder_lock.ts";
import { dataFolder, LOCAL } from "./paths.ts";

export interface StackFile {
  readonly url: string;
  readonly publishable_key: string;
  readonly secret_key: string;
  /** The database, as `postgres`. */
  readonly database_url: string;
  readonly stripe_url: string;
  readonly stripe_secret_key: string;
  /** The secrets that `stripe-webhook` accepts, separated by commas. */
  readonly stripe_webhook_secret: string;
  /** What `stripe-reconcile` wants to be shown. */
  readonly reconcile_secret: string;
  readonly clerk_url: string;
  readonly clerk_publishable_key: string;
  readonly clerk_secret_key: string;
  readonly clerk_issuer: string;
  /** Short name → Clerk's user id. */
  readonly users: Readonly<Record<string, string>>;
  /** Slug → Clerk's organization id. */
  readonly organizations: Readonly<Record<string, string>>;
}

/** The one that programs read, and the one of the stack on a port. */
const SHARED = `${LOCAL}/stack.json`;
const ownFile = (port: number) => `${dataFolder(port)}/stack.json`;

/** Announces a stack; the shared file is left to another stack that runs. */
export function announce(port: number, file: StackFile): void {
  const text = `${JSON.stringify({ port, ...file }, null, 2)}\n`;
  replaceFile(ownFile(port), text);
  if (readRunning(SHARED) === undefined) replaceFile(SHARED, text);
}

/** Takes back what {@link announce} wrote. */
export function retract(port: number): void {
  remove(ownFile(port));
  if (read(SHARED)?.port === port) remove(SHARED);
}

/**
 * The stack on a port, or without one the stack that programs are meant to use.
 *
 * @returns undefined when it doesn't run
 */
export function findStack(port?: number): StackFile | undefined {
  return readRunning(port === undefined ? SHARED : ownFile(port));
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
