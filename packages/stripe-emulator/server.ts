import { type Context, Hono } from "hono";
import { controlRoutes } from "./control/routes.ts";
import { authenticate } from "./core/authentication.ts";
import { createClock } from "./core/clock.ts";
import { Deliveries } from "./core/deliveries.ts";
import { rateLimited, serverError, StripeError, unrecognizedUrl } from "./core/errors.ts";
import { NO_REQUEST } from "./core/events.ts";
import { brokenConnection, type Fault, Faults, pause } from "./core/faults.ts";
import { readForm } from "./core/form.ts";
import { IdempotencyKeys } from "./core/idempotency.ts";
import { randomId } from "./core/ids.ts";
import { permissionOf, type Permissions, readingOf } from "./core/permissions.ts";
import { ReadLimit } from "./core/read_limit.ts";
import { RequestLog } from "./core/request_log.ts";
import { RestrictedKeys } from "./core/restricted_keys.ts";
import type { Route } from "./core/resource.ts";
import { openStore } from "./core/store.ts";
import { API_VERSION } from "./core/version.ts";
import { hostedPages } from "./pages/mod.ts";
import { calls, expansions, ticks } from "./resources/mod.ts";
import { type LocalEndpoint, registerEndpoint } from "./resources/webhook_endpoint/local_endpoint.ts";
import { completeState, type StripeState } from "./state.ts";

export interface StripeOptions {
  secretKey: string;
  /** The restricted keys, `rk_test_…`, with their permissions, such as `{ customer: "write" }`. */
  restrictedKeys?: Record<string, Permissions>;
  /** The id of the key's account. */
  account?: string;
  /** The origin of the hosted pages, as a browser reaches them; default that of the latest request. */
  pageOrigin?: string;
  /** The base of the account's clock, in milliseconds; default the real time. */
  now?: () => number;
  /** Called after every change of the state, also without a request: a delivery ended, or time passed. */
  onChange?(): void;
}

export interface StripeEmulator {
  fetch(request: Request): Promise<Response>;
  /** Registers or updates the one endpoint whose secret the caller chooses. */
  registerEndpoint(endpoint: LocalEndpoint): void;
  /** Runs what is due, as every request does. */
  tick(): void;
  /** Aborts the deliveries; pending ones stay in the state. */
  close(): Promise<void>;
}

interface Answer {
  status: number;
  body: string;
}
type Variables = { Variables: { requestId: string; key: string; fault: Fault | undefined } };

/**
 * Stripe's API for one account.
 *
 * @param state Changed in place; the caller stores it
 * @throws TypeError when the key is not a secret test key
 */
export function createStripe(state: StripeState, options: StripeOptions): StripeEmulator {
  const { secretKey, account = "acct_1LocalStripe00000", now = Date.now, pageOrigin, onChange = () => {} } = options;
  const keys = new RestrictedKeys(options.restrictedKeys ?? {});
  if (!/^sk_test_./.test(secretKey)) throw new TypeError("Invalid secretKey: expected a secret test key, 'sk_test_…'");
  completeState(state);
  const clock = createClock(state, now);
  const deliveries: Deliveries = new Deliveries(state.deliveries, () => store, onChange);
  const store = openStore(state, {
    account,
    origin: pageOrigin ?? "http://127.0.0.1",
    now: clock.now,
    expansions,
    onEvent(row) {
      deliveries.send(row);
      onChange();
    },
  });
  const idempotency = new IdempotencyKeys(state.idempotency, clock.now);
  const reads = new ReadLimit(clock.now);
  const faults = new Faults();
  const requests = new RequestLog();

  let local: LocalEndpoint | undefined;

  const app = new Hono<Variables>();
  app.use(async ({ req }, next) => {
    store.origin = pageOrigin ?? new URL(req.url).origin;
    await next();
  });
  app.route("/", hostedPages(store, tick));
  app.use(async (context, next) => {
    context.set("requestId", randomId("req_"));
    const controls = context.req.path.startsWith("/_local/");
    const isKnown = (key: string) => key === secretKey || (!controls && keys.get(key) !== undefined);
    context.set("key", authenticate(context.req.raw, isKnown));
    await next();
    context.header("date", new Date(clock.now()).toUTCString());
  });
  app.route(
    "/_local",
    controlRoutes({ store, clock, tick, registerAgain, deliveries, reads, faults, idempotency, requests, keys }),
  );
  app.use(async (context, next) => {
    const { method, path } = context.req;
    const logged = requests.add({
      method,
      path,
      query: new URL(context.req.url).search.slice(1),
      idempotency_key: context.req.header("idempotency-key") ?? null,
      status: null,
    });
    const fault = faults.take(method, path);
    context.set("fault", fault);
    if (fault?.kind === "drop") {
      await pause(fault);
      context.res = brokenConnection();
      return;
    }
    if (fault?.kind === "429") {
      logged.status = 429;
      throw rateLimited(fault.retry_after);
    }
    await next();
    if (fault?.kind === "drop_after") context.res = brokenConnection();
    else logged.status = context.res.status;
  });
  for (const route of calls) app.on(route.method, route.path, (context) => serve(context, route));
  app.all("*", ({ req }) => {
    throw unrecognizedUrl(req.method, req.path);
  });
  app.onError((thrown, context) => {
    const error = known(thrown);
    return respond(context, errorAnswer(error, context), error.headers);
  });

  /** Handles a call: idempotency key, parameters, execution, stored answer. */
  async function serve(context: Context<Variables>, route: Route): Promise<Response> {
    const { method, path } = context.req;
    if (method === "GET") reads.count(`GET ${route.path}`);
    keys.require(context.get("key"), [permissionOf(method, route.path)], account);
    const { form, text } = await readForm(context.req.raw);
    keys.require(context.get("key"), (route.expands?.(form) ?? []).map(readingOf), account);
    const key = route.method === "POST" ? context.req.header("idempotency-key") : undefined;
    const stored = key ? idempotency.begin(key, path, text) : undefined;
    if (stored) {
      await pause(context.get("fault"));
      return respond(context, stored, { "idempotent-replayed": "true", "original-request": stored.request_id });
    }
    try {
      const execute = route.prepare(form, context.req.param("id") ?? "", context.req.param());
      const answer = await run(() => execute(store), context);
      if (key) idempotency.store(key, path, text, { ...answer, request_id: context.get("requestId") });
      return respond(context, answer);
    } finally {
      if (key) idempotency.end(key);
    }
  }

  /** Executes a call; an error is an answer too, and is stored under the idempotency key. */
  async function run(execute: () => object, context: Context<Variables>): Promise<Answer> {
    const fault = context.get("fault");
    await pause(fault);
    try {
      if (fault?.kind === "500") throw serverError();
      const answer = executeAs(context, execute);
      if (fault?.kind === "500_after") throw serverError();
      return { status: 200, body: JSON.stringify(answer, null, 2) };
    } catch (error) {
      return errorAnswer(known(error), context);
    }
  }

  /** Executes a call synchronously, with the request as the cause of its events. */
  function executeAs(context: Context<Variables>, execute: () => object): object {
    const key = context.req.method === "POST" ? context.req.header("idempotency-key") : undefined;
    tick();
    store.cause = { id: context.get("requestId"), idempotency_key: key ?? null };
    try {
      return execute();
    } finally {
      store.cause = NO_REQUEST;
    }
  }

  function registerAgain(): void {
    if (local) registerEndpoint(store, local);
  }

  function tick(): void {
    for (const advance of ticks) advance(store);
  }

  function errorAnswer(error: StripeError, context: Context<Variables>): Answer {
    return { status: error.status, body: JSON.stringify(error.body(context.get("requestId"), account), null, 2) };
  }

  return {
    fetch: async (request) => await app.fetch(request),
    registerEndpoint(endpoint) {
      local = endpoint;
      registerAgain();
    },
    tick,
    close: () => deliveries.close(),
  };
}

function respond(
  context: Context<Variables>,
  { status, body }: Answer,
  headers: Record<string, string> = {},
): Response {
  const { req } = context;
  const requestId = context.get("requestId");
  const key = req.header("idempotency-key");
  const keyed = req.method === "POST" && key !== undefined;
  return new Response(body, {
    status,
    headers: {
      "content-type": "application/json",
      "cache-control": "no-cache, no-store",
      "request-id": requestId,
      "stripe-version": req.header("stripe-version") ?? API_VERSION,
      ...(keyed && { "idempotency-key": key, "original-request": requestId }),
      // Stripe sends it when a retry cannot succeed; without it the SDK decides by the status.
      ...(keyed && status < 429 && { "stripe-should-retry": "false" }),
      ...headers,
    },
  });
}

/** An unexpected error is logged and answered as Stripe's 500. */
function known(error: unknown): StripeError {
  if (error instanceof StripeError) return error;
  console.error(error);
  return serverError();
}
