/** A whole stack of its own for a test: database, Data API, functions, Clerk and Stripe, all empty. `npm test` gives it. */
import { createClient } from "@supabase/supabase-js";
import postgres from "postgres";
import Stripe from "stripe";
import { assertNoSecrets } from "./secrets.ts";

/** What the stack is made of, as in `.local/stack.json`. */
interface StackFile {
  id: string;
  url: string;
  publishable_key: string;
  secret_key: string;
  database_url: string;
  stripe_url: string;
  stripe_secret_key: string;
  stripe_webhook_secret: string;
  reconcile_secret: string;
  clerk_url: string;
  clerk_secret_key: string;
  clerk_issuer: string;
  clerk_publishable_key: string;
  /** The public key of its signatures, as PEM. */
  clerk_jwt_key: string;
  /** Short names to Clerk ids: ada, grace, alan. */
  users: Record<string, string>;
  /** Slugs to Clerk ids: acme, with Ada as admin and Grace as member. */
  organizations: Record<string, string>;
}

export interface CallOptions {
  method?: string;
  token?: string;
  /** Sent as JSON, unless it is text already. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** What the local Stripe shall do to requests: see its README. */
export interface Fault {
  method?: string;
  path?: string;
  times?: number;
  latency_ms?: number;
  kind?: "429" | "500" | "500_after" | "drop" | "drop_after";
  retry_after?: number;
}

/** A request as the local Stripe remembers it; its status is null while it is in progress and after it was dropped. */
export interface StripeRequest {
  method: string;
  path: string;
  query: string;
  idempotency_key: string | null;
  status: number | null;
}

/** What the local Stripe shall do to the next deliveries, and how it makes them from now on: see its README. */
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

/** What became of the deliveries of events. */
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

/** What a stack has besides an empty account. */
export interface TestStackOptions {
  /** The seed catalog. */
  seed?: boolean;
  /** An endpoint at Stripe that sends every event to `stripe-webhook`. */
  webhook?: boolean;
}

export type Stack = Awaited<ReturnType<typeof startStack>>;

const bench = Deno.env.get("TESTBED_URL") ?? "";

/** The origin that the local Clerk's tokens are for, and that may call. */
export const ORIGIN = "http://localhost:3000";

/** @param env Variables of the functions that differ from the usual ones; null takes one away. */
export async function startStack(env: Record<string, string | null> = {}, wish: TestStackOptions = {}) {
  if (bench === "") throw new Error("TESTBED_URL is missing: run the tests with npm test, which starts the stacks");
  const file = await json<StackFile>(bench, "POST", "/stacks", { env, ...wish });
  const stripe = new URL(file.stripe_url);
  const sql = postgres(file.database_url, { max: 2, onnotice() {} });
  const clerk = <Answer>(method: string, path: string, body?: unknown) =>
    json<Answer>(file.clerk_url, method, path, body, file.clerk_secret_key);
  const control = <Answer>(method: string, path: string, body?: unknown) =>
    json<Answer>(file.stripe_url, method, path, body, file.stripe_secret_key);
  // A wait is no part of what a test is about.
  const retrySoon = () => control<void>("POST", "/_local/deliveries", { retry_ms: 50 });
  if (wish.webhook) await retrySoon();
  const process = (name: string) =>
    json<{ url: string; pid: number }>(bench, "GET", `/stacks/${file.id}/functions/${name}`);
  const logs = async () => await (await fetch(`${bench}/stacks/${file.id}/logs`)).text();

  return {
    ...file,
    sql,
    clerk,
    stripe: new Stripe(file.stripe_secret_key, {
      protocol: "http",
      host: stripe.hostname,
      port: stripe.port,
      telemetry: false,
      maxNetworkRetries: 0,
    }),

    /** Calls a function as a frontend would, without a library. */
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

    /** supabase-js as a frontend sets it up. */
    client: (token?: string, key = file.publishable_key) =>
      createClient(
        file.url,
        key,
        // Its own sessions, which nobody has here, would be looked at every few seconds.
        token === undefined ? { auth: { autoRefreshToken: false } } : { accessToken: () => Promise.resolve(token) },
      ),

    /** A fresh session token of a user, made by Clerk. */
    async signIn(user = "ada", session: Record<string, unknown> = {}): Promise<string> {
      const { id } = await clerk<{ id: string }>("POST", "/v1/sessions", {
        user_id: file.users[user] ?? user,
        ...session,
      });
      return (await clerk<{ jwt: string }>("POST", `/v1/sessions/${id}/tokens`, {})).jwt;
    },

    /** A token with Clerk's right signature over whatever claims; those of a session of Ada's, unless they are changed. */
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

    /** A user who did nothing yet. */
    async newUser(email?: string): Promise<string> {
      return (await clerk<{ id: string }>("POST", "/v1/users", {
        email_address: email ? [email] : [],
        first_name: "New",
      })).id;
    },

    fault: (fault: Fault) => control("POST", "/_local/faults", fault),
    clearFaults: () => control("DELETE", "/_local/faults"),
    forgetIdempotencyKeys: () => control("POST", "/_local/forget_idempotency_keys"),

    /** What became of Stripe's deliveries. */
    deliveries: () => control<DeliveryCounts>("GET", "/_local/deliveries"),
    deliveryFault: (fault: DeliveryFault) => control<void>("POST", "/_local/deliveries", fault),
    /** Takes back what was said about deliveries, and sets their counters to zero. */
    async clearDeliveryFaults() {
      await control<void>("DELETE", "/_local/deliveries");
      await retrySoon();
    },
    /** Sends events again: those named, or all that Stripe has. */
    deliverAgain: (events?: string[]) => control<{ deliveries: number }>("POST", "/_local/deliver", { events }),
    /** Moves Stripe's clock: trials end, subscriptions renew. @returns What it says then, in seconds */
    advanceClock: async (seconds: number) =>
      (await control<{ now: number }>("POST", "/_local/clock", { advance_seconds: seconds })).now,
    /** Stops Stripe's clock, or lets it go on from where it stands. */
    stopClock: (stopped = true) => control<{ now: number }>("POST", "/_local/clock", { stopped }),
    /** From now on Stripe answers so many reads a second of each operation, and more with a 429; null for no limit. */
    rateLimit: (readsPerSecond: number | null) =>
      control<void>("POST", "/_local/rate_limit", { reads_per_second: readsPerSecond }),

    /** What Stripe was asked since the start, or since it was forgotten, like "GET /v1/products". */
    async stripeRequests(): Promise<string[]> {
      const requests = await control<StripeRequest[]>("GET", "/_local/requests");
      return requests.map(({ method, path }) => `${method} ${path}`);
    },
    stripeLog: () => control<StripeRequest[]>("GET", "/_local/requests"),
    forgetStripeRequests: () => control<void>("DELETE", "/_local/requests"),

    /** Where a function listens, without the gateway; the first call starts it. */
    address: async (name: string) => (await process(name)).url,
    /** The process of a function; the first call starts it. */
    pid: async (name: string) => (await process(name)).pid,
    /** Ends a function's process; the next call starts another. */
    kill: (name: string) => json<void>(bench, "POST", `/stacks/${file.id}/functions/${name}/kill`, {}),

    /** An outage: connections are cut and refused until the start. */
    stopDatabase: () => json<void>(bench, "POST", `/stacks/${file.id}/database/stop`),
    startDatabase: () => json<void>(bench, "POST", `/stacks/${file.id}/database/start`),

    /** What the functions wrote. */
    logs,

    /** Ends it. @throws Error when its functions ever wrote a secret, whatever the test was about */
    async [Symbol.asyncDispose]() {
      await sql.end();
      const written = await logs();
      await json(bench, "DELETE", `/stacks/${file.id}`);
      assertNoSecrets(written, "The log", [
        file.secret_key,
        file.stripe_secret_key,
        file.clerk_secret_key,
        ...file.reconcile_secret === "" ? [] : [file.reconcile_secret], // a test may have taken it away
      ]);
    },
  };
}

async function json<Answer>(base: string, method: string, path: string, body?: unknown, key?: string): Promise<Answer> {
  const response = await fetch(base + path, {
    method,
    headers: { "content-type": "application/json", ...key !== undefined && { authorization: `Bearer ${key}` } },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return (text === "" ? undefined : JSON.parse(text)) as Answer;
}
