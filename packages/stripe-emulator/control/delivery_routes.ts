import { type Context, Hono } from "hono";
import { type Deliveries, type DeliverySettings, RETRIES } from "../core/deliveries.ts";
import type { DeliveryFault } from "../core/delivery_faults.ts";
import type { Store } from "../core/store.ts";
import { pingOf, thinEventOf } from "../core/thin_events.ts";
import { done } from "./done.ts";

const SETTINGS = ["concurrent", "retry_ms", "attempts"];
const FLAGS = ["lost", "doubled", "shuffled"];
const NUMBERS = ["delayed_ms", "times"];

/** The control calls for deliveries: counters, faults, settings and repeated sending. */
export function deliveryRoutes(store: Store, deliveries: Deliveries): Hono {
  return new Hono()
    .get("/deliveries", (context) => context.json(deliveries.counts()))
    .post("/deliveries", async (context) => {
      const { settings, fault } = readRequest(await context.req.json());
      return done(context, () => {
        Object.assign(deliveries.settings, settings);
        if (fault) deliveries.faults.add(fault);
      });
    })
    .delete("/deliveries", (context) => done(context, () => deliveries.reset()))
    .post(
      "/notify",
      async (context) => context.json({ answers: await notify(await context.req.json(), store, deliveries) }),
    )
    .post("/deliver", (context) => deliver(context, store, deliveries));
}

/** Splits a body into the settings of all deliveries and the fault of the next ones. */
function readRequest(
  request: Record<string, unknown>,
): { settings: Partial<DeliverySettings>; fault: DeliveryFault | undefined } {
  const { retries, ...own } = request;
  if (retries !== undefined && retries !== "sandbox" && retries !== "live") {
    throw new TypeError("Invalid value for retries: expected sandbox or live");
  }
  for (const [name, value] of Object.entries(own)) {
    const valid = FLAGS.includes(name)
      ? typeof value === "boolean"
      : [...SETTINGS, ...NUMBERS].includes(name) && Number.isInteger(value) && (value as number) >= 1;
    if (!valid) {
      const known = ["retries", ...FLAGS, ...NUMBERS, ...SETTINGS].join(", ");
      throw new TypeError(`Unknown or invalid field "${name}": expected ${known}; numbers are at least 1`);
    }
  }
  const entries = Object.entries(own);
  const settings = {
    ...(retries && RETRIES[retries]),
    ...Object.fromEntries(entries.filter(([name]) => SETTINGS.includes(name))),
  };
  const fault = Object.fromEntries(entries.filter(([name]) => !SETTINGS.includes(name)));
  return { settings, fault: Object.keys(fault).length === 0 ? undefined : { times: 1, ...fault } };
}

const NOTIFICATIONS = ["ping", "snapshot", "thin"];

/** Posts a notification that the account's own events never are: a ping, a thin event, an event of another account. */
async function notify(
  { kind, event: id, context = null, account }: Record<string, any>,
  store: Store,
  deliveries: Deliveries,
): Promise<{ endpoint: string; status: number | null }[]> {
  if (!NOTIFICATIONS.includes(kind)) {
    throw new TypeError(`Invalid value for kind: expected one of ${NOTIFICATIONS.join(", ")}`);
  }
  if (kind === "ping") return await deliveries.post(pingOf(store.now(), context));
  const event = store.events.get(id);
  if (!event) throw new TypeError(`No such event: "${id}"`);
  if (kind === "thin") return await deliveries.post(thinEventOf(event, context));
  return await deliveries.post({ ...event, ...(account && { account }), ...(context && { context }) });
}

/** Sends the named events again, or all stored events. */
async function deliver(context: Context, store: Store, deliveries: Deliveries): Promise<Response> {
  const text = await context.req.text();
  const { events: ids } = text === "" ? {} : JSON.parse(text);
  const rows = ids === undefined ? [...store.events.rows()] : ids.map((id: string) => {
    const row = store.events.row(id);
    if (!row) throw new TypeError(`No such event: "${id}"`);
    return row;
  });
  let sent = 0;
  for (const row of rows) sent += deliveries.send(row);
  return context.json({ deliveries: sent });
}
