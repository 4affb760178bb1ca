/** The local stack over a migrated database: Clerk, Stripe, the Data API, the functions and the gateway. */
import { type ClerkState, createClerk, createFrontend, Webhooks } from "../../packages/clerk-emulator/mod.ts";
import { CLERK_EVENTS } from "../../supabase/functions/_shared/contract/clerk_events.ts";
import { createDataApi, type SchemaCache } from "./data_api.ts";
import type { Environment } from "../lib/environment.ts";
import { functionEnvironment } from "../lib/function_environment.ts";
import { createFunctions, type Functions } from "./functions.ts";
import { createGateway } from "./gateway/mod.ts";
import { createExchange } from "./gateway/token_exchange.ts";
import { type Handler, listen } from "../lib/listen.ts";
import { ROOT } from "../lib/paths.ts";
import type { Ports } from "../lib/ports.ts";
import type { Processes } from "../lib/processes.ts";
import {
  CLERK_SECRET_KEY,
  CLERK_WEBHOOK_SIGNING_SECRET,
  PUBLISHABLE_KEY,
  SECRET_KEY,
  STRIPE_SECRET_KEY,
  STRIPE_WEBHOOK_SECRET,
} from "../lib/project_keys.ts";
import type { StackFile } from "../lib/stack_file.ts";
import type { Role } from "./postgres.ts";
import { createWebServer } from "./web/server.ts";
import { createStripe, type StripeOptions, type StripeState } from "../../packages/stripe-emulator/mod.ts";

/** Milliseconds between two ticks of the Stripe emulator, which carry out what has become due. */
const TICK = 1_000;

export interface StackOptions {
  readonly environment: Environment;
  /** The connection string of one migrated database, for each role. */
  databaseUrl(role: Role): string;
  /** Default the Data API reads the schema of its database. */
  readonly schemaCache?: SchemaCache;
  /** 0 takes any free port. */
  readonly ports: Omit<Ports, "postgres">;
  /** The state of the emulators; changed in place. */
  readonly clerk: ClerkState;
  readonly stripe: StripeState;
  /** The restricted keys of the Stripe emulator. */
  readonly restrictedKeys?: StripeOptions["restrictedKeys"];
  /** The build of the example app, to serve it with Clerk's Frontend API; default nothing is served. */
  readonly webFolder?: string;
  /** Called after a request that may have changed the state of an emulator. */
  onChange?(service: "clerk" | "stripe"): void;
  /** Variables of the functions, over all others; null unsets one. */
  readonly env?: Readonly<Record<string, string | null>>;
  /** The folder of the functions' bundles; default they run from their sources. */
  readonly bundles?: string;
  /** Whether functions restart when their files change. */
  readonly watch: boolean;
  readonly denoDir: string;
  readonly processes: Processes;
  /** Receives each line that a function writes. */
  log(name: string, line: string): void;
}

export interface Stack {
  /** What `stack.json` holds, without the users and organizations. */
  readonly file: Omit<StackFile, "users" | "organizations">;
  readonly functions: Functions;
  /** The Stripe emulator, if it is used, sends events of these types to `stripe-webhook` from now on. */
  sendEvents(types: readonly string[]): void;
  /** The Clerk emulator, if it is used, sends its events to `clerk-webhook` from now on. */
  sendClerkEvents(): void;
  /** Closes the servers; the processes belong to the caller. */
  stop(): Promise<void>;
}

/** Starts all parts, or none: those started before an error are stopped again. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { environment, ports, log } = options;
  const { variables } = environment;
  const issuer = `https://${environment.clerkDomain}`;
  // Known to the gateway and the Data API only.
  const jwtSecret = crypto.randomUUID() + crypto.randomUUID();
  const keys = { publishableKey: PUBLISHABLE_KEY, secretKey: SECRET_KEY, jwtSecret };
  await using started = new AsyncDisposableStack();

  function open(port: number, handler: Handler): string {
    const server = listen(port, handler);
    started.defer(() => server.close());
    return server.url;
  }

  const { schemaCache } = options;
  const dataApi = await createDataApi({ url: options.databaseUrl("authenticator"), schemaCache, ...keys });
  started.defer(() => dataApi.close());
  const clerk = environment.localClerk ? localClerk(options, issuer) : undefined;
  started.defer(() => clerk?.close());
  const clerkUrl = clerk && open(ports.clerk, clerk.handler);
  const stripe = environment.localStripe ? localStripe(options) : undefined;
  started.defer(() => stripe?.close());
  const stripeUrl = stripe && open(ports.stripe, stripe.handler);

  const { webFolder } = options;
  const webUrl = webFolder && open(ports.web, createWebServer({ folder: webFolder, clerk: clerk?.frontend }));
  let url = "";
  const env = () => changed(functionEnvironment(environment, { url, stripeUrl, clerkUrl, webUrl }), options.env);
  const functions = createFunctions({ ...options, env });
  const exchange = createExchange({ issuer, jwksUrl: `${clerkUrl ?? issuer}/.well-known/jwks.json`, jwtSecret });
  url = open(ports.gateway, createGateway({ functions, dataApi, exchange, ...keys, log }));

  const { STRIPE_WEBHOOK_SECRET = "", RECONCILE_SECRET = "", CLERK_WEBHOOK_SIGNING_SECRET = "" } = env();
  const running = started.move();
  return {
    file: {
      url,
      publishable_key: PUBLISHABLE_KEY,
      secret_key: SECRET_KEY,
      database_url: options.databaseUrl("postgres"),
      stripe_url: stripeUrl ?? "https://api.stripe.com",
      stripe_secret_key: variables.STRIPE_SECRET_KEY ?? "",
      stripe_webhook_secret: STRIPE_WEBHOOK_SECRET,
      reconcile_secret: RECONCILE_SECRET,
      clerk_url: clerkUrl ?? "https://api.clerk.com",
      clerk_publishable_key: variables.CLERK_PUBLISHABLE_KEY ?? "",
      clerk_secret_key: variables.CLERK_SECRET_KEY ?? "",
      clerk_issuer: issuer,
      clerk_webhook_secret: CLERK_WEBHOOK_SIGNING_SECRET,
      web_url: webUrl,
    },
    functions,
    sendEvents: (types) => stripe?.sendTo(`${url}/functions/v1/stripe-webhook`, types),
    sendClerkEvents: () => clerk?.sendTo(`${url}/functions/v1/clerk-webhook`),
    async stop() {
      // While the gateway still accepts the deliveries in progress.
      await Promise.all([stripe?.close(), clerk?.close()]);
      await running.disposeAsync();
    },
  };
}

function localClerk({ clerk, environment, onChange }: StackOptions, issuer: string) {
  const { authorizedParty } = environment;
  const webhooks = new Webhooks();
  const app = createClerk(clerk, { issuer, authorizedParty, secretKey: CLERK_SECRET_KEY, webhooks });
  const frontend = createFrontend(clerk, { issuer, webhooks, name: "Local shop", modules: `${ROOT}/node_modules` });
  const report = () => onChange?.("clerk");
  return {
    handler: reporting((request) => app.fetch(request), report),
    /** Clerk's Frontend API. */
    frontend: reporting(frontend, report),
    sendTo: (url: string) =>
      webhooks.register({ url, secret: CLERK_WEBHOOK_SIGNING_SECRET, events: Object.keys(CLERK_EVENTS) }),
    close: () => webhooks.close(),
  };
}

function localStripe({ stripe, restrictedKeys, onChange }: StackOptions) {
  const report = () => onChange?.("stripe");
  const api = createStripe(stripe, { secretKey: STRIPE_SECRET_KEY, restrictedKeys, onChange: report });
  // What becomes due happens without a request: a trial ends, and its event is sent.
  const timer = setInterval(() => {
    try {
      api.tick();
    } catch (error) {
      console.error(error); // a failed tick does not stop the stack
    }
  }, TICK);
  return {
    handler: reporting((request) => api.fetch(request), report),
    sendTo: (url: string, events: readonly string[]) =>
      api.registerEndpoint({ url, secret: STRIPE_WEBHOOK_SECRET, events }),
    async close() {
      clearInterval(timer);
      await api.close();
    },
  };
}

function reporting(handler: Handler, onChange: () => void): Handler {
  return async (request) => {
    const response = await handler(request);
    if (request.method !== "GET") onChange();
    return response;
  };
}

function changed(variables: Record<string, string>, changes: Readonly<Record<string, string | null>> = {}) {
  const merged = Object.entries({ ...variables, ...changes });
  return Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== null));
}
