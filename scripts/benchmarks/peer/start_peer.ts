import { connect } from "../../lib/database.ts";
import type { BenchmarkContext } from "../context.ts";
import { PEER } from "../programs.ts";
import type { Server } from "../server.ts";
import type { StripeObject } from "../webhook_events.ts";
import { openApiOf } from "./openapi.ts";

export interface PeerOptions {
  /** The URL of the peer's module. */
  readonly module: string;
  /** The name of its own database on the same PostgreSQL. */
  readonly database: string;
  /** Whether it reads each object at Stripe, and writes that instead of the payload. */
  readonly refetches: boolean;
  /** The environment of the functions, with the keys and the address of Stripe. */
  readonly env: Readonly<Record<string, string>>;
  /** What its events are about. */
  readonly objects: readonly StripeObject[];
}

export interface Peer extends AsyncDisposable {
  readonly server: Server;
  /** @param newest The second of the newest events. @throws Error unless those of all objects were written */
  requireWritten(newest: number): Promise<void>;
}

export async function startPeer(
  { module, database, refetches, env, objects }: PeerOptions,
  { servers, folder, createDatabase }: BenchmarkContext,
): Promise<Peer> {
  const openApi = `${folder}/${database}.json`;
  await Deno.writeTextFile(openApi, JSON.stringify(openApiOf(objects)));
  const url = await createDatabase(database);
  const server = await servers.start(PEER, {
    PEER_MODULE: module,
    PEER_OPENAPI: openApi,
    PEER_DATABASE_URL: url,
    REFETCHES: refetches ? "yes" : "",
    STRIPE_SECRET_KEY: env.STRIPE_SECRET_KEY!,
    STRIPE_WEBHOOK_SECRET: env.STRIPE_WEBHOOK_SECRET!,
    STRIPE_API_URL: env.STRIPE_API_URL!,
    DENO_DIR: env.DENO_DIR!,
  });
  return {
    server,
    requireWritten: (newest) => requireWritten(url, objects.length, newest),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** An answer of 200 alone does not say that anything was written. */
async function requireWritten(url: string, expected: number, newest: number): Promise<void> {
  const sql = connect(url);
  try {
    const [counted] = await sql`
      select count(*)::int as written from (
        select _last_synced_at from stripe.products
        union all select _last_synced_at from stripe.prices
        union all select _last_synced_at from stripe.subscriptions
      ) as objects
      where _last_synced_at >= to_timestamp(${newest}::int)`;
    if (counted?.written !== expected) throw new Error(`The peer wrote ${counted?.written} of ${expected} objects`);
  } finally {
    await sql.end();
  }
}
