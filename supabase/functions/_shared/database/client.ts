import { PostgrestClient } from "@supabase/postgrest-js";
import { databaseEnv, stripeEnv } from "../env.ts";
import type { Database, Json } from "./database.types.ts";
import { databaseError } from "./errors.ts";

type Functions = Database["public"]["Functions"];
type Arguments<Name extends keyof Functions> = Omit<
  Functions[Name]["Args"],
  "livemode"
>;

/** Milliseconds for one step of ours, which takes single ones. */
const TIMEOUT = 5_000;

let client: PostgrestClient<Database> | undefined;

/**
 * One SQL function, one transaction, one round trip. The mode of our Stripe key is added here and nowhere else, so that
 * a database of the other mode refuses.
 *
 * @throws AppError `database_unavailable`, `not_configured`
 */
export async function rpc<Name extends keyof Functions>(
  name: Name,
  args: Arguments<Name>,
): Promise<Functions[Name]["Returns"]> {
  client ??= connect();
  const { data, error, status } = await client
    .rpc(name, { ...args, livemode: stripeEnv().livemode } as Functions[Name]["Args"])
    .abortSignal(AbortSignal.timeout(TIMEOUT));
  if (error) throw databaseError(error, status);
  return data as Functions[Name]["Returns"];
}

/** A NUL as JSON writes it; after a pair of backslashes it is a text about one. */
const NUL = /(?<!\\)((?:\\\\)*)\\u0000/g;

/**
 * What Stripe's library gives, as JSON for the database: its decimals become the strings that they are on the wire. A
 * NUL, which PostgreSQL takes in no text, becomes "\ufffd": one in somebody's name would keep a whole page from being
 * recorded.
 */
export function json(value: unknown): Json {
  const text = JSON.stringify(value);
  return (text.includes("\\u0000") ? JSON.parse(text.replace(NUL, "$1\\ufffd")) : value) as Json;
}

function connect(): PostgrestClient<Database> {
  const { url, secretKey } = databaseEnv();
  return new PostgrestClient<Database>(`${url}/rest/v1`, {
    headers: { apikey: secretKey, authorization: `Bearer ${secretKey}` },
  });
}
