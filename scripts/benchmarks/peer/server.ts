/**
 * The peer as a server of the shape of a function: it writes an event's payload, in a table with a column for each field.
 * No ledger, no tickets; a read at Stripe with `REFETCHES` only.
 *
 * https://github.com/stripe/sync-engine
 */
interface SyncEngine {
  runMigrations(config: { databaseUrl: string; openApiSpecPath: string }): Promise<void>;
  StripeSync: {
    create(config: Record<string, unknown>): Promise<{
      stripe: { _setApiField(name: string, value: string): void };
      webhook: { processWebhook(payload: string, signature: string | undefined): Promise<void> };
    }>;
  };
}

const env = (name: string) => Deno.env.get(name) ?? "";
const { runMigrations, StripeSync }: SyncEngine = await import(env("PEER_MODULE"));

const databaseUrl = env("PEER_DATABASE_URL");
await runMigrations({ databaseUrl, openApiSpecPath: env("PEER_OPENAPI") });
const sync = await StripeSync.create({
  // Ten connections, its default, which stay open as long as those of the functions.
  poolConfig: { connectionString: databaseUrl, idleTimeoutMillis: 30_000 },
  stripeSecretKey: env("STRIPE_SECRET_KEY"),
  stripeWebhookSecret: env("STRIPE_WEBHOOK_SECRET"),
  stripeAccountId: "acct_peer",
  revalidateObjectsViaStripeApi: env("REFETCHES") ? ["product", "price", "subscription"] : [],
  logger: { info() {}, warn() {}, error: console.error },
});
const { protocol, hostname, port } = new URL(env("STRIPE_API_URL"));
sync.stripe._setApiField("protocol", protocol.slice(0, -1));
sync.stripe._setApiField("host", hostname);
sync.stripe._setApiField("port", port);

export default {
  async fetch(request: Request): Promise<Response> {
    try {
      await sync.webhook.processWebhook(await request.text(), request.headers.get("stripe-signature") ?? undefined);
      return Response.json({ received: true });
    } catch (error) {
      return Response.json({ error: (error as Error).message }, { status: 500 });
    }
  },
};
