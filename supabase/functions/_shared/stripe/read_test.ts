/** Reads compared with the SDK's, which they replace: the same requests, errors and JSON. */
import { assert, assertEquals } from "@std/assert";
import type Stripe from "stripe";
import { AppError } from "../errors.ts";
import { handOverReads } from "../reads.ts";

type Answer = Response | "cut" | "cut body" | "silence";

/** The requests for each product's id, and how they are answered, the last answer repeatedly. */
const requests = new Map<string, string[]>();
const answers = new Map<string, (() => Answer)[]>();

const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
  const { pathname, search } = new URL(request.url);
  const id = pathname.split("/").at(-1)!;
  const seen = requests.get(id) ?? [];
  requests.set(id, [...seen, `${request.method} ${pathname}${search} ${request.headers.get("stripe-version")}`]);
  const all = answers.get(id)!;
  const answer = (all[seen.length] ?? all.at(-1)!)();
  if (answer instanceof Response) return answer;
  if (answer === "silence") await new Promise((resume) => setTimeout(resume, 3_000));
  // Deno closes the connection.
  return new Response(ReadableStream.from(pieces(answer === "cut body" ? ["{"] : [])));
});

const CUT = new Error("The connection is cut");

async function* pieces(texts: string[]) {
  for (const text of texts) yield new TextEncoder().encode(text);
  await Promise.resolve();
  throw CUT;
}

// Deno.serve handles the failure of a body only while the client still reads it.
addEventListener("unhandledrejection", (event) => {
  if (event.reason === CUT) event.preventDefault();
});

Deno.env.set("STRIPE_SECRET_KEY", "sk_test_unit");
Deno.env.set("STRIPE_API_URL", `http://127.0.0.1:${server.addr.port}`);
const { stripe } = await import("./client.ts");
const { reading } = await import("./read.ts");

const json = (value: unknown, status = 200, headers: Record<string, string> = {}) => () =>
  Response.json(value, { status, headers });
const text = (body: string, status: number) => () => new Response(body, { status });
const error = (status: number, fields: object = {}, headers: Record<string, string> = {}) =>
  json({ error: { type: "invalid_request_error", message: "No", ...fields } }, status, headers);
const product = json({ id: "prod_1", object: "product" });

const CASES: Record<string, (() => Answer)[]> = {
  "an object": [product],
  "a missing object": [error(404, { code: "resource_missing", param: "id" })],
  "a refused parameter": [error(400, { code: "parameter_unknown", param: "x" })],
  "an idempotency error": [error(400, { type: "idempotency_error" })],
  "a refused key": [error(401)],
  "a declined card": [error(402, { code: "card_declined" })],
  "a missing permission": [error(403, { message: "The key rk_1 lacks rak_product_read" })],
  "the rate limit": [error(429, { code: "rate_limit" }, { "retry-after": "7", "request-id": "req_1" })],
  "the rate limit as a 400": [error(400, { code: "rate_limit" })],
  "the rate limit, with advice to repeat": [error(429, {}, { "stripe-should-retry": "true" }), product],
  "a conflict, then an object": [error(409), product],
  "a failure, then an object": [error(500), product],
  "two failures": [error(500), error(503, {}, { "retry-after": "2" })],
  "a failure, with advice not to repeat": [error(500, {}, { "stripe-should-retry": "false" })],
  "a text of a proxy": [text("<html>", 502)],
  "a text instead of an object": [text("<html>", 200)],
  "an error with the status of a success": [error(200)],
  "a cut connection, then an object": [() => "cut", product],
  "cut connections": [() => "cut"],
  "a cut answer": [() => "cut body"],
  "no answer, then an object": [() => "silence", product],
  "no answers": [() => "silence"],
};

/** A short time only where it has to pass: on a busy machine every answer may take long. */
const optionsOf = (what: string) => ({ timeout: what.startsWith("no answer") ? 700 : 30_000, maxNetworkRetries: 1 });

/** What a read answers or throws, as far as this code reads it. */
async function outcomeOf(read: Promise<unknown>): Promise<unknown> {
  try {
    return await read;
  } catch (error) {
    assert(error instanceof AppError);
    const { code, headers } = error;
    const reason = error.cause instanceof AppError ? error.cause.message : undefined;
    const cause = (error.cause instanceof AppError ? error.cause.cause : error.cause) as Stripe.errors.StripeError;
    const { type, code: stripeCode, param, statusCode, requestId } = cause;
    // The SDK keeps no status of a text that is no JSON.
    const isText = type === "StripeAPIError" && cause.headers === undefined;
    const message = type === "StripeConnectionError" || isText ? undefined : cause.message;
    const status = isText ? undefined : statusCode;
    return { code, headers, reason, type, stripeCode, param, status, requestId, message };
  }
}

/** The SDK and Deno's client keep connections open. */
const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn });

test("A read has the requests, answers and errors that the SDK has", async () => {
  await Promise.all(
    Object.entries(CASES).map(async ([what, given], index) => {
      const [ours, theirs] = [`prod_ours_${index}`, `prod_sdk_${index}`];
      for (const id of [ours, theirs]) answers.set(id, given);
      const [found, expected] = await Promise.all([
        outcomeOf(reading((read) => read(["products", ours], {}, optionsOf(what)))),
        outcomeOf(stripe((sdk) => sdk.products.retrieve(theirs, {}, optionsOf(what)))),
      ]);
      assertEquals(found, expected, what);
      assertEquals(requests.get(ours)?.map((line) => line.replace(ours, theirs)), requests.get(theirs), what);
    }),
  );
  const sent = [...requests.values()].flat().length;
  assertEquals(await handOverReads((reads) => Promise.resolve(reads)), { other: sent });
});

test("A failure without an error of Stripe's is one all the same", async () => {
  answers.set("prod_proxy", [json({ message: "Bad gateway" }, 403), json(null)]);
  for (const type of ["StripePermissionError", "StripeAPIError"]) {
    const outcome = await outcomeOf(reading((read) => read(["products", "prod_proxy"])));
    assertEquals((outcome as { type?: string }).type, type);
  }
});

test("Parameters and the parts of a path are written as the SDK writes them", async () => {
  for (const id of ["prod_1", "a b?c#d%2e", "ü/😀"]) {
    const last = encodeURIComponent(id);
    requests.delete(last);
    answers.set(last, [product]);
    const expand = ["data.tiers", "data.currency_options"], starting_after = "a&b=c [d]";
    const params = { limit: 100, starting_after, ending_before: undefined, created: { gte: 1, lt: 2 }, expand };
    await reading((read) => read(["products", id], params));
    await stripe((sdk) => sdk.products.retrieve(id, params as Stripe.ProductRetrieveParams));
    const [ours, theirs] = requests.get(last)!;
    assertEquals(decodeURIComponent(ours!), decodeURIComponent(theirs!));
  }
});

const DECIMALS = ["0", "1000", "0.05", "12.5", "0.000000000001", "-3", "123456789012345678.123456789012", null];

/** An object of which every field that may hold a decimal does, at every depth that Stripe has. */
function withDecimals(object: string, id: string) {
  const amounts = (n: number) => {
    const decimal = (offset: number) => DECIMALS[(n + offset) % DECIMALS.length];
    return {
      unit_amount_decimal: decimal(0),
      flat_amount_decimal: decimal(1),
      amount_decimal: decimal(2),
      quantity_decimal: decimal(3),
      fx_rate: decimal(4),
      percent_off: 12.5,
    };
  };
  return (n: number) => {
    const price = {
      ...amounts(n),
      tiers: [amounts(n + 1)],
      currency_options: { eur: { ...amounts(n), tiers: [amounts(n)] } },
    };
    const plan = { ...amounts(n + 2), tiers: [amounts(n)] };
    const line = { id: "li_1", ...amounts(n), price, plan, pricing: amounts(n), quantity: 1 };
    const lines = { object: "list", data: [line], has_more: false };
    return {
      ...{ id, object, ...price, plan, price, items: lines, lines, line_items: lines, currency_conversion: amounts(n) },
      ...{ latest_charge: null, metadata: { unit_amount_decimal: "0.50" }, subscriptions: lines, subscription: plan },
    };
  };
}

test("The SDK changes nothing in the JSON of an object that is mirrored", async () => {
  const retrieve: Record<string, (sdk: Stripe, id: string) => Promise<unknown>> = {
    customer: (sdk, id) => sdk.customers.retrieve(id),
    product: (sdk, id) => sdk.products.retrieve(id),
    price: (sdk, id) => sdk.prices.retrieve(id),
    subscription: (sdk, id) => sdk.subscriptions.retrieve(id),
    invoice: (sdk, id) => sdk.invoices.retrieve(id),
    payment_intent: (sdk, id) => sdk.paymentIntents.retrieve(id),
    "checkout.session": (sdk, id) => sdk.checkout.sessions.retrieve(id),
  };
  for (const [kind, read] of Object.entries(retrieve)) {
    for (const n of DECIMALS.keys()) {
      const id = `${kind}_${n}`;
      const object = withDecimals(kind, id)(n);
      answers.set(id, [json(object)]);
      assertEquals(JSON.stringify(await stripe((sdk) => read(sdk, id))), JSON.stringify(object), id);
      assertEquals(JSON.stringify(await reading((read) => read(["x", id]))), JSON.stringify(object), id);
    }
  }
});
