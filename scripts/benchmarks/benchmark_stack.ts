/** A stack to measure on, with its own database, Clerk emulator and Stripe emulator, and a given number of products. */
import type postgres from "postgres";
import {
  type ClerkState,
  createUser,
  emptyState as emptyClerk,
  newSigningKey,
  publicPem,
  signToken,
} from "../../packages/clerk-emulator/mod.ts";
import { connect } from "../lib/database.ts";
import { functionEnvironment } from "../lib/function_environment.ts";
import type { Processes } from "../lib/processes.ts";
import { SECRET_KEY } from "../lib/project_keys.ts";
import type { Stack } from "../stack/stack.ts";
import { startIsolatedStack } from "../testbed/isolated_stack.ts";
import type { Testbed } from "../testbed/testbed.ts";
import { createCatalog } from "./create_catalog.ts";

export interface BenchmarkStack extends AsyncDisposable {
  /** The environment for a server on this stack, through the Data API. */
  readonly env: Record<string, string>;
  /** The same through DATABASE_URL. */
  readonly driverEnv: Record<string, string>;
  readonly sql: postgres.Sql;
  /** The gateway of the stack's own functions. */
  readonly url: string;
  /** The Stripe emulator, with the stack's key. */
  readonly stripe: { readonly url: string; readonly key: string };
  /** The products at Stripe, newest first. */
  readonly productIds: readonly string[];
  readonly priceIds: readonly string[];
  /** Creates a Clerk user. @returns The id */
  createUser(): string;
  /** A session token that is valid for all measurements. */
  signIn(userId: string): Promise<string>;
  /** How many requests Stripe received since they were forgotten. */
  countStripeRequests(): Promise<number>;
  forgetStripeRequests(): Promise<void>;
  /** Advances Stripe's clock. */
  advanceStripeClock(seconds: number): Promise<void>;
  /** Delays every further call to Stripe. */
  setStripeLatency(milliseconds: number): Promise<void>;
}

export interface BenchmarkStackOptions {
  readonly testbed: Testbed;
  readonly processes: Processes;
  readonly denoDir: string;
  /** The database's name. */
  readonly name: string;
  readonly products: number;
  /** The events that Stripe sends to this stack's own `stripe-webhook`; default: none. */
  readonly webhookEvents?: readonly string[];
}

const signingKey = newSigningKey();
let users = 0;

export async function startBenchmarkStack(
  { testbed, processes, denoDir, name, products, webhookEvents }: BenchmarkStackOptions,
): Promise<BenchmarkStack> {
  await using started = new AsyncDisposableStack();
  const clerk = emptyClerk(signingKey);
  const stripe = await createCatalog(products);
  const { cluster, databases } = testbed;
  const { stack, environment } = started.use(
    await startIsolatedStack({
      cluster,
      databases,
      database: name,
      clerk,
      stripe,
      env: { CATALOG_ACCESS: "public" },
      denoDir,
      processes,
    }),
  );
  if (webhookEvents) stack.sendEvents(webhookEvents);
  const sql = connect(stack.file.database_url);
  started.defer(() => sql.end());

  const { url, stripe_url: stripeUrl, clerk_url: clerkUrl, clerk_issuer } = stack.file;
  const env: Record<string, string> = {
    ...functionEnvironment(environment, { url, stripeUrl, clerkUrl }),
    CLERK_JWT_KEY: publicPem(signingKey),
    SUPABASE_SERVICE_ROLE_KEY: SECRET_KEY,
    DENO_DIR: denoDir,
  };
  const { SUPABASE_URL: _url, SUPABASE_SECRET_KEYS: _keys, SUPABASE_SERVICE_ROLE_KEY: _key, ...server } = env;
  const running = started.move();
  return {
    env,
    driverEnv: { ...server, DATABASE_URL: cluster.url("billing_server", name) },
    sql,
    stripe: { url: stack.file.stripe_url, key: stack.file.stripe_secret_key },
    url,
    productIds: stripe.objects.product.map(({ object }) => object.id).reverse(),
    priceIds: stripe.objects.price.map(({ object }) => object.id).reverse(),
    createUser: () => createUser(clerk, { email_address: [`user${++users}@example.com`], first_name: "New" }).id,
    async countStripeRequests() {
      return (await (await control(stack.file, "GET", "requests")).json()).length;
    },
    async forgetStripeRequests() {
      await control(stack.file, "DELETE", "requests");
    },
    async advanceStripeClock(advance_seconds) {
      await control(stack.file, "POST", "clock", JSON.stringify({ advance_seconds }));
    },
    setStripeLatency: (milliseconds) => setLatency(stack.file, milliseconds),
    signIn: (userId) => sign(clerk, clerk_issuer, environment.authorizedParty, userId),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function sign(clerk: ClerkState, iss: string, azp: string, sub: string): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  const sid = `sess_${crypto.randomUUID().replaceAll("-", "").slice(0, 27)}`;
  const claims = {
    iss,
    sub,
    sid,
    azp,
    iat: now,
    nbf: now - 10,
    exp: now + 3_600,
    sts: "active",
    v: 2,
    role: "authenticated",
  };
  return signToken(clerk, claims);
}

async function setLatency(file: Stack["file"], latency_ms: number): Promise<void> {
  await control(file, "DELETE", "faults");
  if (latency_ms > 0) {
    await control(file, "POST", "faults", JSON.stringify({ latency_ms, times: Number.MAX_SAFE_INTEGER }));
  }
}

/** A call of the Stripe emulator that Stripe does not have. */
async function control({ stripe_url, stripe_secret_key }: Stack["file"], method: string, what: string, body?: string) {
  const headers = { authorization: `Bearer ${stripe_secret_key}`, "content-type": "application/json" };
  const response = await fetch(`${stripe_url}/_local/${what}`, { method, headers, body });
  if (!response.ok) throw new Error(`The Stripe emulator rejected a call: ${await response.text()}`);
  return response;
}
