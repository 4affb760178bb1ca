import type { Context } from "hono";
import { Hono } from "hono";
import type { Clock } from "../core/clock.ts";
import type { Deliveries } from "../core/deliveries.ts";
import type { Fault, Faults } from "../core/faults.ts";
import type { IdempotencyKeys } from "../core/idempotency.ts";
import type { ReadLimit } from "../core/read_limit.ts";
import type { RequestLog } from "../core/request_log.ts";
import { SEARCH_LAG, type Store } from "../core/store.ts";
import { deliveryRoutes } from "./delivery_routes.ts";
import { done } from "./done.ts";

interface Controlled {
  store: Store;
  clock: Clock;
  /** Does what has become due. */
  tick(): void;
  /** Registers the endpoint again that whoever runs this has asked for. */
  registerAgain(): void;
  deliveries: Deliveries;
  reads: ReadLimit;
  faults: Faults;
  idempotency: IdempotencyKeys;
  requests: RequestLog;
}

const KINDS = ["429", "500", "500_after", "drop", "drop_after"];
const NUMBERS = ["times", "latency_ms", "retry_after"];
const STRINGS = ["method", "path", "kind"];

/** The calls under `/_local` that Stripe does not have: what tests use to look and to make things go wrong. */
export function controlRoutes(controlled: Controlled): Hono {
  const { store, clock, tick, registerAgain, deliveries, reads, faults, idempotency, requests } = controlled;
  const forget = () => idempotency.forget();

  return new Hono()
    .get("/requests", (context) => context.json(requests.latest()))
    .delete("/requests", (context) => done(context, () => requests.clear()))
    .post("/faults", async (context) => {
      const fault = await readFault(context);
      return done(context, () => faults.add(fault));
    })
    .delete("/faults", (context) => done(context, () => faults.clear()))
    .post("/forget_idempotency_keys", (context) => done(context, forget))
    .post("/search_lag", async (context) => {
      const { seconds } = await context.req.json();
      if (typeof seconds !== "number" || seconds < 0) {
        throw new TypeError("Pass `seconds`, a number that is not negative");
      }
      return done(context, () => store.searchLag = seconds * 1_000);
    })
    .post("/clock", async (context) => {
      const { advance_seconds: seconds, stopped } = await context.req.json();
      if (seconds === undefined && stopped === undefined) throw new TypeError("Pass `advance_seconds` or `stopped`");
      if (seconds !== undefined && !(typeof seconds === "number" && seconds > 0)) {
        throw new TypeError("Pass `advance_seconds` above 0: the clock goes forward only");
      }
      if (stopped !== undefined && typeof stopped !== "boolean") throw new TypeError("Pass `stopped` as a boolean");
      if (stopped !== undefined) clock.stop(stopped);
      if (seconds !== undefined) clock.advance(seconds);
      tick();
      return context.json({ now: store.time() });
    })
    .post("/rate_limit", async (context) => {
      const { reads_per_second: limit } = await context.req.json();
      if (limit !== null && !(typeof limit === "number" && limit >= 1)) {
        throw new TypeError("Pass `reads_per_second`, a number of at least 1, or null for no limit");
      }
      return done(context, () => reads.set(limit));
    })
    .post("/reset", (context) =>
      done(context, () => {
        for (const table of Object.values(store.tables)) table.clear();
        for (const id of Object.keys(store.webhookSecrets)) delete store.webhookSecrets[id];
        deliveries.clear();
        deliveries.reset();
        for (const part of [store.events, faults, requests]) part.clear();
        forget();
        clock.reset();
        reads.set(null);
        store.searchLag = SEARCH_LAG;
        registerAgain();
      }))
    .route("/", deliveryRoutes(store, deliveries))
    .onError((error, context) => context.json({ error: { message: error.message } }, 400));
}

async function readFault(context: Context): Promise<Fault> {
  const fault = await context.req.json();
  for (const [name, value] of Object.entries(fault)) {
    const fits = NUMBERS.includes(name)
      ? typeof value === "number"
      : STRINGS.includes(name) && typeof value === "string";
    if (!fits) {
      throw new TypeError(`Unknown or wrong field '${name}': a fault has ${[...STRINGS, ...NUMBERS].join(", ")}`);
    }
  }
  if (fault.kind !== undefined && !KINDS.includes(fault.kind)) {
    throw new TypeError(`Unknown kind '${fault.kind}': use one of ${KINDS.join(", ")}`);
  }
  if (fault.times !== undefined && fault.times < 1) throw new TypeError("Pass `times` of at least 1");
  return { times: 1, ...fault };
}
