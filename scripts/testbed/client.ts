/**
 * The client of the test bed, for the tests of the scripts and of the functions: a stack per test, its functions, its
 * emulators and its database, all over HTTP. `npm test` starts the test bed and sets TESTBED_URL.
 */
import type { StackFile } from "../lib/stack_shape.ts";

/** `stack.json`, and what only a test needs. */
export interface TestStackFile extends StackFile {
  readonly id: string;
  /** The public key of the Clerk instance, for `CLERK_JWT_KEY`. */
  readonly clerk_jwt_key: string;
  /** The key of the functions, with the permissions of docs/07-deploying.md. The tests call with `stripe_secret_key`. */
  readonly stripe_restricted_key: string;
  /** The DATABASE_URL of functions outside Supabase. */
  readonly server_url: string;
}

/** How the functions reach the database: the Data API, DATABASE_URL, or DATABASE_URL through a pooler. */
export type Transport = "data_api" | "driver" | "pooler";

export interface TestStackOptions {
  /** Default the variable DATABASE_TRANSPORT, and without it the Data API. */
  readonly transport?: Transport;
  /** Variables of the functions, over the defaults; null unsets one. */
  readonly env?: Readonly<Record<string, string | null>>;
  /** Whether Stripe has the seed catalog; default false, an empty account. */
  readonly seed?: boolean;
  /** Whether Stripe sends all of its events to `stripe-webhook`, and Clerk its own to `clerk-webhook`; default false. */
  readonly webhook?: boolean;
  /** Whether the functions run from their sources, as "npm start" runs them; default bundled, as they are deployed. */
  readonly sources?: boolean;
  /** Whether the example app is served, at `web_url`; default false. */
  readonly web?: boolean;
}

export interface CallOptions {
  method?: string;
  token?: string;
  /** Sent as JSON, unless it is a string. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** A fault of the Stripe emulator's API: see its README. */
export interface Fault {
  method?: string;
  path?: string;
  times?: number;
  latency_ms?: number;
  kind?: "429" | "500" | "500_after" | "drop" | "drop_after";
  retry_after?: number;
}

/** A request that the Stripe emulator received; its status is null while it is in progress and after it was dropped. */
export interface StripeRequest {
  method: string;
  path: string;
  query: string;
  idempotency_key: string | null;
  status: number | null;
}

/** Stripe's name of a resource → what the functions' key may do with it. */
export type Permissions = Readonly<Record<string, "read" | "write">>;

/** A fault of the next webhook deliveries, or a setting of all of them: see the emulator's README. */
export interface DeliveryFault {
  lost?: boolean;
  doubled?: boolean;
  shuffled?: boolean;
  delayed_ms?: number;
  times?: number;
  concurrent?: number;
  retry_ms?: number;
  attempts?: number;
}

/** When a subscription is created, and what expiring a session does during its payment. */
export interface CheckoutBehavior {
  checkout_subscription?: "late" | "early";
  checkout_expiry?: "cancels" | "refuses" | "leaves";
}

/** A fault of the next deliveries of Clerk's webhooks. */
export interface ClerkDeliveryFault {
  lost?: boolean;
  doubled?: boolean;
  delayed_ms?: number;
  times?: number;
}

/** The outcomes of webhook deliveries. */
export interface DeliveryCounts {
  sent: number;
  delivered: number;
  failed: number;
  retried: number;
  given_up: number;
  dropped: number;
  lost: number;
  doubled: number;
  delayed: number;
  reordered: number;
  pending: number;
}

/** The origin that the Clerk emulator issues tokens for, and that may call the functions. */
export const ORIGIN = "http://localhost:3000";

/** The project's address in the example app of a test, which the browser of the test maps to the stack. */
export const PROJECT_URL = "http://project.localhost";

/** The milliseconds to the first retry of a webhook delivery, and the number of attempts. */
const RETRIES = { retry_ms: 50, attempts: 15 };

/** The milliseconds to each retry of Clerk's webhooks. */
const CLERK_RETRIES = Array(15).fill(200);

/** The transport of the stacks of this test process. */
export const TRANSPORT = (Deno.env.get("DATABASE_TRANSPORT") ?? "data_api") as Transport;

/** The variables of functions that a test starts beside a stack, with its database and its emulators. */
export function functionVariables(stack: TestStackFile, transport = TRANSPORT): Record<string, string> {
  const database: Record<string, string> = transport === "data_api"
    ? { SUPABASE_URL: stack.url, SUPABASE_SECRET_KEYS: JSON.stringify({ default: stack.secret_key }) }
    : { DATABASE_URL: stack.server_url };
  return {
    ...database,
    STRIPE_SECRET_KEY: stack.stripe_restricted_key,
    STRIPE_WEBHOOK_SECRET: stack.stripe_webhook_secret,
    STRIPE_API_URL: stack.stripe_url,
    CLERK_PUBLISHABLE_KEY: stack.clerk_publishable_key,
    CLERK_SECRET_KEY: stack.clerk_secret_key,
    CLERK_WEBHOOK_SIGNING_SECRET: stack.clerk_webhook_secret,
    CLERK_API_URL: stack.clerk_url,
    RECONCILE_SECRET: stack.reconcile_secret,
    ALLOWED_ORIGINS: ORIGIN,
  };
}

export type TestStack = Awaited<ReturnType<typeof createTestStack>>;

/** Starts a stack for one test; disposing of it stops it and drops its database. */
export async function createTestStack(options: TestStackOptions = {}) {
  const TESTBED_URL = Deno.env.get("TESTBED_URL");
  if (TESTBED_URL === undefined) throw new Error(`TESTBED_URL is missing: run this test with "npm test -- <path>"`);
  const file = await request<TestStackFile>(TESTBED_URL, "POST", "/stacks", {
    body: { transport: TRANSPORT, ...options },
  });
  const own = `${TESTBED_URL}/stacks/${file.id}`;
  const clerk = <Answer>(method: string, path: string, body?: unknown) =>
    request<Answer>(file.clerk_url, method, path, { body, key: file.clerk_secret_key });
  const control = <Answer>(method: string, path: string, body?: unknown) =>
    request<Answer>(file.stripe_url, method, `/_local${path}`, { body, key: file.stripe_secret_key });
  const process = (name: string) => request<{ url: string; pid: number }>(own, "GET", `/functions/${name}`);
  const retrySoon = () => control<void>("POST", "/deliveries", RETRIES);
  if (options.webhook) {
    await Promise.all([retrySoon(), clerk("POST", "/_local/deliveries", { retries_ms: CLERK_RETRIES })]);
  }

  return {
    ...file,
    clerk,

    /** Calls a function as a frontend does, without a library. */
    call(path: string, { method = "GET", token, body, headers = {} }: CallOptions = {}): Promise<Response> {
      return fetch(`${file.url}/functions/v1/${path}`, {
        method,
        headers: {
          origin: ORIGIN,
          ...token !== undefined && { authorization: `Bearer ${token}` },
          ...body !== undefined && { "content-type": "application/json" },
          ...headers,
        },
        body: typeof body === "string" || body === undefined ? body : JSON.stringify(body),
      });
    },

    /** A fresh session token of a user, issued by Clerk. */
    async signIn(user = "ada", session: Record<string, unknown> = {}): Promise<string> {
      const user_id = file.users[user] ?? user;
      const { id } = await clerk<{ id: string }>("POST", "/v1/sessions", { user_id, ...session });
      return (await clerk<{ jwt: string }>("POST", `/v1/sessions/${id}/tokens`, {})).jwt;
    },

    /** A token with a valid Clerk signature; its claims are those of a session of Ada, over which `claims` are set. */
    async sign(claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): Promise<string> {
      const now = Math.floor(Date.now() / 1000);
      const session = {
        iss: file.clerk_issuer,
        sub: file.users.ada,
        sid: "sess_test",
        azp: ORIGIN,
        iat: now,
        nbf: now - 10,
        exp: now + 60,
        sts: "active",
        role: "authenticated",
      };
      return (await clerk<{ jwt: string }>("POST", "/_local/sign", { header, claims: { ...session, ...claims } })).jwt;
    },

    /** Creates a user. @returns The user's id */
    async newUser(email?: string): Promise<string> {
      const email_address = email ? [email] : [];
      return (await clerk<{ id: string }>("POST", "/v1/users", { email_address, first_name: "New" })).id;
    },

    clerkDeliveryFault: (fault: ClerkDeliveryFault) => clerk<void>("POST", "/_local/deliveries", fault),
    /** Clerk's messages, the oldest first, and how their deliveries ended. */
    clerkDeliveries: () =>
      clerk<{ counts: Record<string, number>; messages: { id: string; body: string }[] }>("GET", "/_local/deliveries"),

    fault: (fault: Fault) => control("POST", "/faults", fault),
    clearFaults: () => control("DELETE", "/faults"),
    /** The permissions of the functions' key, such as `{ customer: "write" }`. */
    permissions: async () =>
      (await control<Record<string, Permissions>>("GET", "/restricted_keys"))[file.stripe_restricted_key]!,
    setPermissions: (permissions: Permissions) =>
      control<void>("POST", "/restricted_keys", { key: file.stripe_restricted_key, permissions }),
    /** Makes a portal configuration the account's default; null: none is. */
    setDefaultPortal: (configuration: string | null) => control<void>("POST", "/portal_default", { configuration }),
    /** How Stripe's Checkout behaves where Stripe does not say: see the emulator's README. */
    checkoutBehavior: (behavior: CheckoutBehavior) => control<void>("POST", "/behavior", behavior),
    /** Whether Stripe Tax is set up. */
    setTaxSettings: (tax_settings: "active" | "pending") => control<void>("POST", "/behavior", { tax_settings }),
    forgetIdempotencyKeys: () => control("POST", "/forget_idempotency_keys"),

    deliveries: () => control<DeliveryCounts>("GET", "/deliveries"),
    deliveryFault: (fault: DeliveryFault) => control<void>("POST", "/deliveries", fault),
    /** Removes all delivery faults, and sets the counters to zero. */
    async clearDeliveryFaults() {
      await control<void>("DELETE", "/deliveries");
      await retrySoon();
    },
    /** Sends events again: those named, or all that Stripe has. */
    deliverAgain: (events?: string[]) => control<{ deliveries: number }>("POST", "/deliver", { events }),
    /** Ends the bank debit of a paid Checkout session. */
    decideBankDebit: (session: string, outcome: "succeeded" | "failed") =>
      control<void>("POST", "/bank_debits", { session, outcome }),
    /** Disputes a charge, as a cardholder's bank does. */
    openDispute: (charge: string) => control<{ id: string }>("POST", "/disputes", { charge }),
    moveDispute: (dispute: string, status: "under_review" | "won" | "lost") =>
      control<{ id: string }>("POST", `/disputes/${dispute}`, { status }),
    /** The bank returns a refund. */
    failRefund: (refund: string) => control<{ id: string }>("POST", `/refunds/${refund}/fail`, {}),
    /** Advances Stripe's clock: trials end, subscriptions renew. @returns The new time, in seconds */
    advanceClock: async (seconds: number) =>
      (await control<{ now: number }>("POST", "/clock", { advance_seconds: seconds })).now,
    /** Stops Stripe's clock, or restarts it. */
    stopClock: (stopped = true) => control<{ now: number }>("POST", "/clock", { stopped }),
    /** Limits the reads of each operation at Stripe; the others get a 429. Null removes the limit. */
    rateLimit: (readsPerSecond: number | null) =>
      control<void>("POST", "/rate_limit", { reads_per_second: readsPerSecond }),

    /** The requests to Stripe since the start or since {@link forgetStripeRequests}, as "GET /v1/products". */
    async stripeRequests(): Promise<string[]> {
      return (await control<StripeRequest[]>("GET", "/requests")).map(({ method, path }) => `${method} ${path}`);
    },
    stripeLog: () => control<StripeRequest[]>("GET", "/requests"),
    forgetStripeRequests: () => control<void>("DELETE", "/requests"),

    /** The address of a function, without the gateway; the first call starts the function. */
    address: async (name: string) => (await process(name)).url,
    /** The pid of a function; the first call starts the function. */
    pid: async (name: string) => (await process(name)).pid,
    /** Kills the process of a function; the next call starts another. */
    kill: (name: string) => request<void>(own, "POST", `/functions/${name}/kill`, { body: {} }),

    /** An outage: connections are cut, and refused until the database is started again. */
    stopDatabase: () => request<void>(own, "POST", "/database/stop"),
    startDatabase: () => request<void>(own, "POST", "/database/start"),

    /** The output of the functions. */
    logs: () => request<string>(own, "GET", "/logs"),

    async [Symbol.asyncDispose]() {
      await request<void>(own, "DELETE", "");
    },
  };
}

/** @throws Error on an error status */
async function request<Answer>(
  base: string,
  method: string,
  path: string,
  { body, key }: { body?: unknown; key?: string } = {},
): Promise<Answer> {
  const response = await fetch(base + path, {
    method,
    headers: { "content-type": "application/json", ...key !== undefined && { authorization: `Bearer ${key}` } },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  if (text === "") return (isJson(response) ? undefined : text) as Answer;
  return isJson(response) ? JSON.parse(text) : text as Answer;
}

const isJson = (response: Response) => !response.headers.get("content-type")?.startsWith("text/plain");
