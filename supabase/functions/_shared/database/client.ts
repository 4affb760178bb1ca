import { databaseEnv, stripeKey } from "../env.ts";
import type { Call } from "./call.ts";
import { throughDataApi } from "./data_api.ts";
import type { Database } from "./database.types.ts";
import { isUnknownKey } from "./errors.ts";
import type { RpcResults } from "./rpc_results.ts";

type Functions = Database["public"]["Functions"];
type Arguments<Name extends keyof Functions> = Omit<Functions[Name]["Args"], "stripe_key">;
type Result<Name extends keyof Functions> = Name extends keyof RpcResults ? RpcResults[Name]
  : Functions[Name]["Returns"];

let transport: Promise<Call> | undefined;

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
  const send = await (transport ??= chooseTransport());
  return await send(name, { ...args, stripe_key: await stripeKey() }) as Result<Name>;
}

/** DATABASE_URL, or else the Data API. The driver is loaded only where it is used. */
async function chooseTransport(): Promise<Call> {
  const settings = databaseEnv();
  if ("secretKey" in settings) return throughDataApi(settings);
  return (await import("./driver.ts")).throughDriver(settings);
}
