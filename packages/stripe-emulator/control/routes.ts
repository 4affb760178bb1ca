import type { Context } from "hono";
import { Hono } from "hono";
import type { Clock } from "../core/clock.ts";
import type { Deliveries } from "../core/deliveries.ts";
import type { Fault, Faults } from "../core/faults.ts";
import type { IdempotencyKeys } from "../core/idempotency.ts";
import type { ReadLimit } from "../core/read_limit.ts";
import type { RequestLog } from "../core/request_log.ts";
import type { RestrictedKeys } from "../core/restricted_keys.ts";
import { BEHAVIOR, type Behavior, SEARCH_LAG, type Store } from "../core/store.ts";
import { decideDebit } from "../resources/checkout_session/payment.ts";
import { DISPUTE_STATUSES, moveDispute, openDispute } from "../resources/dispute/dispute.ts";
import { failRefund } from "../resources/refund/refund.ts";
import { deliveryRoutes } from "./delivery_routes.ts";
import { done } from "./done.ts";

interface Controlled {
  store: Store;
  clock: Clock;
  /** Runs what is due. */
  tick(): void;
  /** Registers the local endpoint again, if there is one. */
  registerAgain(): void;
  deliveries: Deliveries;
  reads: ReadLimit;
  faults: Faults;
  idempotency: IdempotencyKeys;
  requests: RequestLog;
  keys: RestrictedKeys;
}

const KINDS = ["429", "500", "500_after", "drop", "drop_after"];
const NUMBERS = ["times", "latency_ms", "retry_after"];
const STRINGS = ["method", "path", "kind"];

/** The calls under `/_local`, which Stripe does not have: for tests to inspect and to inject faults. */
export function controlRoutes(controlled: Controlled): Hono {
  const { store, clock, tick, registerAgain, deliveries, reads, faults, idempotency, requests, keys } = controlled;

  return new Hono()
    .get("/requests", (context) => context.json(requests.latest()))
    .delete("/requests", (context) => done(context, () => requests.clear()))
    .post("/faults", async (context) => {
      const fault = await readFault(context);
      return done(context, () => faults.add(fault));
    })
    .delete("/faults", (context) => done(context, () => faults.clear()))
    .post("/forget_idempotency_keys", (context) => done(context, () => idempotency.clear()))
    .post("/search_lag", async (context) => {
      const { seconds } = await context.req.json();
      if (typeof seconds !== "number" || seconds < 0) {
        throw new TypeError("Invalid value for seconds: expected a number of at least 0");
      }
      return done(context, () => store.searchLag = seconds * 1_000);
    })
    .get("/clock", (context) => context.json({ now: store.time() }))
    .post("/clock", async (context) => {
      const { advance_seconds: seconds, stopped } = await context.req.json();
      if (seconds === undefined && stopped === undefined) {
        throw new TypeError("Missing value: expected advance_seconds or stopped");
      }
      if (seconds !== undefined && !(typeof seconds === "number" && seconds > 0)) {
        throw new TypeError("Invalid value for advance_seconds: expected a number above 0");
      }
      if (stopped !== undefined && typeof stopped !== "boolean") {
        throw new TypeError("Invalid value for stopped: expected a boolean");
      }
      if (stopped !== undefined) clock.stop(stopped);
      if (seconds !== undefined) {
        clock.advance(seconds);
        deliveries.advance(seconds * 1_000);
      }
      tick();
      return context.json({ now: store.time() });
    })
    .post("/rate_limit", async (context) => {
      const { reads_per_second: limit } = await context.req.json();
      if (limit !== null && !(typeof limit === "number" && limit >= 1)) {
        throw new TypeError("Invalid value for reads_per_second: expected a number of at least 1, or null");
      }
      return done(context, () => reads.set(limit));
    })
    .post("/bank_debits", async (context) => {
      const { session: id, outcome } = await context.req.json();
      const session = store.tables["checkout.session"].live(id);
      if (!session) throw new TypeError("Invalid value for session: expected the id of a Checkout session");
      if (outcome !== "succeeded" && outcome !== "failed") {
        throw new TypeError("Invalid value for outcome: expected succeeded or failed");
      }
      return done(context, () => decideDebit(session, outcome, store));
    })
    .post("/disputes", async (context) => {
      const { charge: id } = await context.req.json();
      const charge = store.tables.charge.live(id);
      if (!charge) throw new TypeError("Invalid value for charge: expected the id of a charge");
      return context.json(openDispute(charge, store));
    })
    .post("/disputes/:id", async (context) => {
      const { status } = await context.req.json();
      const dispute = store.tables.dispute.live(context.req.param("id"));
      if (!dispute) throw new TypeError("No such dispute");
      if (!DISPUTE_STATUSES.includes(status)) {
        throw new TypeError(`Invalid value for status: expected one of ${DISPUTE_STATUSES.join(", ")}`);
      }
      return context.json(moveDispute(dispute, status, store));
    })
    .post("/refunds/:id/fail", (context) => {
      const refund = store.tables.refund.live(context.req.param("id"));
      if (refund?.status !== "succeeded") throw new TypeError("Only a succeeded refund can fail");
      return context.json(failRefund(refund, store));
    })
    .post("/portal_default", async (context) => {
      const { configuration } = await context.req.json();
      const table = store.tables["billing_portal.configuration"];
      if (configuration !== null && !table.live(configuration)) {
        throw new TypeError("Invalid value for configuration: expected the id of a portal configuration, or null");
      }
      return done(context, () => {
        for (const one of table.all()) table.replace({ ...one, is_default: one.id === configuration });
      });
    })
    .post("/behavior", async (context) => {
      const behavior = readBehavior(await context.req.json());
      return done(context, () => Object.assign(store.behavior, behavior));
    })
    .get("/restricted_keys", (context) => context.json(keys.all()))
    .post("/restricted_keys", async (context) => {
      const { key, permissions } = await context.req.json();
      return done(context, () => keys.set(key, permissions));
    })
    .delete("/restricted_keys/:key", (context) =>
      done(context, () => {
        if (!keys.delete(context.req.param("key"))) throw new TypeError("No such restricted key");
      }))
    .post("/reset", (context) =>
      done(context, () => {
        for (const table of Object.values(store.tables)) table.clear();
        for (const id of Object.keys(store.webhookSecrets)) delete store.webhookSecrets[id];
        deliveries.clear();
        deliveries.reset();
        for (const part of [store.events, faults, requests]) part.clear();
        idempotency.clear();
        clock.reset();
        reads.set(null);
        keys.reset();
        store.searchLag = SEARCH_LAG;
        Object.assign(store.behavior, BEHAVIOR);
        registerAgain();
      }))
    .route("/", deliveryRoutes(store, deliveries))
    .onError((error, context) => context.json({ error: { message: error.message } }, 400));
}

/** The values of each behavior. */
const BEHAVIORS: Record<keyof Behavior, unknown[]> = {
  missing_currency: ["ignore", "refuse"],
  subscription_limits: [true, false],
  checkout_subscription: ["early", "late"],
  checkout_expiry: ["cancels", "leaves", "refuses"],
  tax_settings: ["active", "pending"],
};

function readBehavior(behavior: Record<string, unknown>): Partial<Behavior> {
  for (const [name, value] of Object.entries(behavior)) {
    if (!Object.hasOwn(BEHAVIORS, name) || !BEHAVIORS[name as keyof Behavior].includes(value)) {
      const known = Object.entries(BEHAVIORS).map(([name, values]) => `${name} (${values.join(", ")})`);
      throw new TypeError(`Unknown or invalid field "${name}": expected ${known.join(", ")}`);
    }
  }
  return behavior;
}

async function readFault(context: Context): Promise<Fault> {
  const fault = await context.req.json();
  for (const [name, value] of Object.entries(fault)) {
    const valid = NUMBERS.includes(name)
      ? typeof value === "number"
      : STRINGS.includes(name) && typeof value === "string";
    if (!valid) {
      throw new TypeError(`Unknown or invalid field "${name}": expected ${[...STRINGS, ...NUMBERS].join(", ")}`);
    }
  }
  if (fault.kind !== undefined && !KINDS.includes(fault.kind)) {
    throw new TypeError(`Invalid value for kind: expected one of ${KINDS.join(", ")}`);
  }
  if (fault.times !== undefined && fault.times < 1) {
    throw new TypeError("Invalid value for times: expected a number of at least 1");
  }
  return { times: 1, ...fault };
}
