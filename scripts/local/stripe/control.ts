import type { Context } from "hono";
import { Hono } from "hono";
import type { Fault, Faults } from "./core/faults.ts";
import type { IdempotencyKeys } from "./core/idempotency.ts";
import type { RequestLog } from "./core/request_log.ts";
import { SEARCH_LAG, type Store } from "./core/store.ts";

interface Controlled {
  store: Store;
  faults: Faults;
  idempotency: IdempotencyKeys;
  requests: RequestLog;
}

const KINDS = ["429", "500", "500_after", "drop", "drop_after"];
const NUMBERS = ["times", "latency_ms", "retry_after"];
const STRINGS = ["method", "path", "kind"];

/** The calls under `/_local` that Stripe does not have: what tests use to look and to make things go wrong. */
export function controlRoutes({ store, faults, idempotency, requests }: Controlled): Hono {
  const done = (context: Context, act: () => void) => {
    act();
    return context.body(null, 204);
  };
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
    .post("/reset", (context) =>
      done(context, () => {
        for (const table of Object.values(store.tables)) table.clear();
        for (const part of [faults, requests]) part.clear();
        forget();
        store.searchLag = SEARCH_LAG;
      }))
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
