import { PostgrestClient } from "@supabase/postgrest-js";
import { databaseEnv, stripeKey } from "../env.ts";
import type { Database, Json } from "./database.types.ts";
import { databaseError, isUnknownKey } from "./errors.ts";
import type { RpcResults } from "./rpc_results.ts";

type Functions = Database["public"]["Functions"];
type Arguments<Name extends keyof Functions> = Omit<Functions[Name]["Args"], "stripe_key">;
type Result<Name extends keyof Functions> = Name extends keyof RpcResults ? RpcResults[Name]
  : Functions[Name]["Returns"];

/** Milliseconds for one call; each takes single ones. */
const TIMEOUT = 5_000;

let client: PostgrestClient<Database> | undefined;

let readAccount: (() => Promise<string>) | undefined;

/** Sets how the account of the Stripe key is read, for a database that does not know the key. Each endpoint does. */
export function confirmKeyWith(read: () => Promise<string>): void {
  readAccount = read;
}

/**
 * Calls one SQL function: one transaction, one round trip. The Stripe key's hash is added only here, so that a database
 * of another account or mode refuses every call. A key that the database does not know is confirmed first, once.
 *
 * @throws AppError `database_unavailable`, `not_configured`; `stripe_unavailable` while the key is not confirmed
 */
export async function rpc<Name extends keyof Functions>(name: Name, args: Arguments<Name>): Promise<Result<Name>> {
  try {
    return await call(name, args);
  } catch (error) {
    if (!isUnknownKey(error)) throw error;
    await (confirming ??= confirmKey().finally(() => confirming = undefined));
    return await call(name, args);
  }
}

/** Concurrent calls share one confirmation. */
let confirming: Promise<void> | undefined;
/** Read once: an isolate never changes its key, and a key never changes its account. */
let account: string | undefined;

async function confirmKey(): Promise<void> {
  account ??= await readAccount?.();
  if (account !== undefined) await call("confirm_account", { stripe_account: account });
}

async function call<Name extends keyof Functions>(name: Name, args: Arguments<Name>): Promise<Result<Name>> {
  client ??= connect();
  const { data, error, status } = await client
    .rpc(name, { ...args, stripe_key: await stripeKey() } as Functions[Name]["Args"])
    .abortSignal(AbortSignal.timeout(TIMEOUT));
  if (error) throw databaseError(error, status);
  return data as unknown as Result<Name>;
}

/** A NUL as JSON writes it; after a pair of backslashes it is a text that describes one. */
const NUL = /(?<!\\)((?:\\\\)*)\\u0000/g;

/**
 * Converts what Stripe's library returns to JSON for the database: its decimals become strings, as on the wire. A NUL,
 * which PostgreSQL accepts in no text, becomes "\ufffd", so that one in a name does not block a whole page.
 */
export function json(value: unknown): Json {
  const text = JSON.stringify(value);
  return (text.includes("\\u0000") ? JSON.parse(text.replace(NUL, "$1\\ufffd")) : value) as Json;
}

function connect(): PostgrestClient<Database> {
  const { url, secretKey } = databaseEnv();
  // Named, because the Data API takes the first exposed schema otherwise, which the operator chooses.
  return new PostgrestClient<Database>(`${url}/rest/v1`, { headers: keyHeaders(secretKey), schema: "public" });
}

/**
 * A legacy key is a JWT, whose role the Data API reads from the bearer. A new one is not, and is refused there:
 * https://supabase.com/docs/guides/api/api-keys
 */
export function keyHeaders(key: string): Record<string, string> {
  return key.startsWith("sb_") ? { apikey: key } : { apikey: key, authorization: `Bearer ${key}` };
}
