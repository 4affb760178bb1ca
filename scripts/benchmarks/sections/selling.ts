/** What a buyer waits for: the payment page, the answer to its webhook, and what was bought. */
import { API_VERSION, sign } from "../../../packages/stripe-emulator/mod.ts";
import { STRIPE_WEBHOOK_SECRET } from "../../lib/project_keys.ts";
import type { BenchmarkStack } from "../benchmark_stack.ts";
import { type BenchmarkContext, firstAnswer } from "../context.ts";
import type { RequestSpec, SignedEvent } from "../load/load_job.ts";
import { measure } from "../measure.ts";
import { measureCold } from "../measure_cold.ts";
import { baseline, ours, reference } from "../programs.ts";
import { addBudget, type Row, rowOf } from "../report.ts";
import type { RowFilter } from "../row_filter.ts";
import type { Program, Server } from "../server.ts";

export const SELLING = "selling";

const STATE = "stripe-subscription";
const CHECKOUT = "stripe-checkout";
const WEBHOOK = "stripe-webhook";
const COMPLETED = "checkout.session.completed";
const COLD_COMPLETED = `${COMPLETED}, cold`;
const LATENCY_MS = 100;

export async function measureSelling(context: BenchmarkContext, includes: RowFilter): Promise<Row[]> {
  const rows: Row[] = [];
  if (includes(SELLING, STATE)) rows.push(await measureState(context));
  if (includes(SELLING, CHECKOUT)) rows.push(await measureCheckout(context));
  if (includes(SELLING, COMPLETED)) rows.push(await measureCompleted(context));
  if (includes(SELLING, COLD_COMPLETED)) rows.push(await measureColdCompleted(context));
  return rows;
}

/** Beside the other call that is answered by one call of the database. */
async function measureState(context: BenchmarkContext): Promise<Row> {
  const { stack, servers, customers, progress } = context;
  progress("Selling: what was bought");
  await using state = await servers.start(ours(STATE), stack.env);
  await using customer = await servers.start(ours("stripe-customer"), stack.env);
  const tokens = await Promise.all(customers.map(stack.signIn));
  const subject = (server: typeof state, name: string) => ({
    server,
    requests: { method: "GET", paths: [`/${name}`], tokens, status: 200 } as const,
    uses: ["stack", "database"] as const,
  });
  const subjects = { ours: subject(state, STATE), "known customer": subject(customer, "stripe-customer") };
  return rowOf(SELLING, STATE, await measure(subjects, context));
}

/** The first page of known customers, with a Stripe latency of 100 ms: three calls of Stripe, and one of the baseline. */
async function measureCheckout(context: BenchmarkContext): Promise<Row> {
  const { stack, sizes, servers, progress } = context;
  progress("Selling: payment pages");
  await using own = await servers.start(ours(CHECKOUT), stack.env);
  await using other = await servers.start(baseline(CHECKOUT), stack.env);
  await using customer = await servers.start(ours("stripe-customer"), stack.env);
  await using catalog = await servers.start(ours("stripe-prices"), stack.env);
  await firstAnswer(catalog, "GET", "/stripe-prices", await stack.signIn(stack.createUser()));

  const page = { success_url: "http://localhost:3000/", cancel_url: "http://localhost:3000/" };
  const body = JSON.stringify({ price: stack.priceIds[0], ...page });
  const requests = async (): Promise<RequestSpec> => {
    const users = Array.from({ length: sizes.newCustomers }, stack.createUser);
    const tokens = await Promise.all(users.map(stack.signIn));
    await Promise.all(tokens.map((token) => firstAnswer(customer, "POST", "/stripe-customer", token)));
    return { method: "POST", paths: [`/${CHECKOUT}`], tokens, body, status: 201 };
  };
  const shared = { requests, uses: ["stack", "database"] as const, count: sizes.newCustomers };
  await stack.setStripeLatency(LATENCY_MS);
  const rounds = await measure({ ours: { server: own, ...shared }, baseline: { server: other, ...shared } }, context);
  await stack.setStripeLatency(0);
  return rowOf(SELLING, CHECKOUT, rounds);
}

/** Checkout waits for this answer before it returns the buyer, and the rows are written before it is sent. */
async function measureCompleted(context: BenchmarkContext): Promise<Row> {
  const { stack, sizes, servers, progress } = context;
  progress("Selling: completed payments");
  await using own = await servers.start(ours(WEBHOOK), stack.env);
  await using empty = await servers.start(reference("empty"), stack.env);
  const complete = await createCompleted(stack);
  const requests = (): Promise<RequestSpec> => {
    const events = Array.from({ length: sizes.changes }, complete);
    return Promise.resolve({ method: "POST", paths: [`/${WEBHOOK}`], tokens: [], events, status: 200 });
  };
  const shared = { requests, count: sizes.changes };
  await stack.setStripeLatency(LATENCY_MS);
  const rounds = await measure({ ours: { server: own, ...shared }, "empty answer": { server: empty, ...shared } }, {
    ...context,
    sizes: { ...sizes, concurrency: 1 },
  });
  await stack.setStripeLatency(0);
  const row = rowOf(SELLING, COMPLETED, rounds);
  return addBudget(row, "milliseconds, the median", row.figures.ours!.p50_ms, 300);
}

/** The same by a process that was not running: from its start to the answer. */
async function measureColdCompleted(context: BenchmarkContext): Promise<Row> {
  const { stack, progress } = context;
  progress("Selling: completed payments, cold");
  const { folder, functions } = await context.build();
  const { entrypoint } = functions.find(({ name }) => name === WEBHOOK)!;
  const complete = await createCompleted(stack);
  const programs: Record<string, Program> = {
    "ours, deployed": { entry: `${folder}/${entrypoint}`, imports: false },
    empty: reference("empty"),
  };
  const answer = async ({ url }: Server): Promise<Response> => {
    const { body, signature } = complete();
    const headers = { "stripe-signature": signature };
    const response = await fetch(`${url}/${WEBHOOK}`, { method: "POST", headers, body });
    if (!response.ok) throw new Error(`${WEBHOOK} answered ${response.status}: ${await response.text()}`);
    return response;
  };
  await stack.setStripeLatency(LATENCY_MS);
  const rounds = await measureCold(programs, answer, context);
  await stack.setStripeLatency(0);
  const row = rowOf(SELLING, COLD_COMPLETED, rounds);
  return addBudget(row, "milliseconds, the median", row.figures["ours, deployed"]!.cold_start_ms, 1_000);
}

/** A subscription at Stripe. @returns Makes a new event of the payment that created it */
async function createCompleted(stack: BenchmarkStack): Promise<() => SignedEvent> {
  const stripe = async (path: string, params: Record<string, string>): Promise<{ id: string }> => {
    const headers = { authorization: `Bearer ${stack.stripe.key}` };
    const request = { method: "POST", headers, body: new URLSearchParams(params) };
    return await (await fetch(`${stack.stripe.url}/v1/${path}`, request)).json();
  };
  const { id: customer } = await stripe("customers", {});
  const { id: subscription } = await stripe("subscriptions", {
    ...{ customer, collection_method: "send_invoice", days_until_due: "7" },
    "items[0][price]": stack.priceIds[0]!,
  });
  return () => {
    const time = Math.floor(Date.now() / 1_000);
    const body = JSON.stringify({
      id: `evt_${crypto.randomUUID().replaceAll("-", "")}`,
      object: "event",
      api_version: API_VERSION,
      created: time,
      data: { object: { id: "cs_test_1", object: "checkout.session", mode: "subscription", subscription } },
      livemode: false,
      pending_webhooks: 1,
      request: { id: null, idempotency_key: null },
      type: COMPLETED,
    });
    return { body, signature: sign(body, STRIPE_WEBHOOK_SECRET, time) };
  };
}
