import { type Context, Hono } from "hono";
import { controlRoutes } from "./control.ts";
import { authenticate } from "./core/authentication.ts";
import { rateLimited, serverError, StripeError, unrecognizedUrl } from "./core/errors.ts";
import type { AllExpansions } from "./core/expand.ts";
import { brokenConnection, type Fault, Faults, pause } from "./core/faults.ts";
import { readForm } from "./core/form.ts";
import { IdempotencyKeys } from "./core/idempotency.ts";
import { randomId } from "./core/ids.ts";
import { RequestLog } from "./core/request_log.ts";
import { type Route, routes } from "./core/resource.ts";
import { openStore } from "./core/store.ts";
import { accountRoutes } from "./resources/account.ts";
import { customer, expansions as customerExpansions } from "./resources/customer.ts";
import { expansions as priceExpansions, price } from "./resources/price.ts";
import { expansions as productExpansions, product } from "./resources/product.ts";
import type { StripeState } from "./state.ts";

const API_VERSION = "2026-10-28.endive";

export interface StripeOptions {
  secretKey: string;
  /** The id of the account that the key belongs to. */
  account?: string;
  /** The account's clock, in milliseconds. */
  now?: () => number;
}

interface Answer {
  status: number;
  body: string;
}
type Variables = { Variables: { requestId: string; fault: Fault | undefined } };

/** Stripe's API over a state that the caller keeps and that is changed in place. */
export function createStripe(
  state: StripeState,
  options: StripeOptions,
): { fetch(request: Request): Promise<Response> } {
  const { secretKey, account = "acct_1LocalStripe00000", now = Date.now } = options;
  if (!/^sk_test_./.test(secretKey)) throw new TypeError("Pass a secret test key, 'sk_test_…', to the local Stripe");
  const store = openStore(state, account, now);
  const idempotency = new IdempotencyKeys(state.idempotency, now);
  const faults = new Faults();
  const requests = new RequestLog();

  const all: AllExpansions = { product: productExpansions, price: priceExpansions, customer: customerExpansions };
  const calls = [...accountRoutes, ...routes(product, all), ...routes(price, all), ...routes(customer, all)];

  const app = new Hono<Variables>();
  app.use(async (context, next) => {
    context.set("requestId", randomId("req_"));
    authenticate(context.req.raw, secretKey);
    await next();
  });
  app.route("/_local", controlRoutes({ store, faults, idempotency, requests }));
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

  /** The way of a call: its key, its parameters, its execution, the memory of its answer. */
  async function serve(context: Context<Variables>, route: Route): Promise<Response> {
    const { form, text } = await readForm(context.req.raw);
    const { path } = context.req;
    const key = route.method === "POST" ? context.req.header("idempotency-key") : undefined;
    const stored = key ? idempotency.begin(key, path, text) : undefined;
    if (stored) {
      await pause(context.get("fault"));
      return respond(context, stored, { "idempotent-replayed": "true", "original-request": stored.request_id });
    }
    try {
      const execute = route.prepare(form, context.req.param("id") ?? "");
      const answer = await run(() => execute(store), context);
      if (key) idempotency.store(key, path, text, { ...answer, request_id: context.get("requestId") });
      return respond(context, answer);
    } finally {
      if (key) idempotency.end(key);
    }
  }

  /** Executes a call; what it throws is its answer, and kept under its key as any other. */
  async function run(execute: () => object, context: Context<Variables>): Promise<Answer> {
    const fault = context.get("fault");
    await pause(fault);
    try {
      if (fault?.kind === "500") throw serverError();
      const answer = execute();
      if (fault?.kind === "500_after") throw serverError();
      return { status: 200, body: JSON.stringify(answer, null, 2) };
    } catch (error) {
      return errorAnswer(known(error), context);
    }
  }

  function errorAnswer(error: StripeError, context: Context<Variables>): Answer {
    return { status: error.status, body: JSON.stringify(error.body(context.get("requestId"), account), null, 2) };
  }

  return { fetch: async (request) => await app.fetch(request) };
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
      // Stripe sends it where a retry is known to be pointless; without it the SDK decides by the status.
      ...(keyed && status < 429 && { "stripe-should-retry": "false" }),
      ...headers,
    },
  });
}

/** An error of ours is a 500 of Stripe's, and is shown to whoever runs this. */
function known(error: unknown): StripeError {
  if (error instanceof StripeError) return error;
  console.error(error);
  return serverError();
}
