import { type DeliveryFault, DeliveryFaults, shuffle } from "./delivery_faults.ts";
import { matchesType } from "./event_types.ts";
import { type EventRow, whole } from "./events.ts";
import { sign } from "./signature.ts";
import type { Store } from "./store.ts";
import type { WebhookEndpoint } from "./wire.ts";

/** An event that an endpoint has not confirmed yet. */
export interface PendingDelivery {
  event: string;
  endpoint: string;
  /** The number of failed attempts. */
  attempts: number;
  /** The time of the next attempt, in milliseconds of the real clock. */
  due: number;
}

/** The settings of all deliveries. */
export interface DeliverySettings {
  /** The number of deliveries in progress at once. */
  concurrent: number;
  /** Milliseconds to the second attempt; every further wait is twice as long, up to half a day. */
  retry_ms: number;
  /** The number of attempts after which a delivery is given up. */
  attempts: number;
}

const MINUTE = 60 * 1_000;
/** Half a day. */
const LONGEST_WAIT = 12 * 60 * MINUTE;

/**
 * How often Stripe tries: three retries over a few hours in a sandbox, retries for three days in live mode. Stripe
 * publishes these spans, but not the waits: https://docs.stripe.com/webhooks#automatic-retries
 */
export const RETRIES = {
  sandbox: { retry_ms: 30 * MINUTE, attempts: 4 },
  live: { retry_ms: 5 * MINUTE, attempts: 13 },
} as const;
const DEFAULTS: DeliverySettings = { concurrent: 10, ...RETRIES.sandbox };
/** The time limit of an endpoint, in milliseconds. */
const TIMEOUT = 20_000;
/** The most pending deliveries; over the limit the oldest are dropped. */
const MOST_PENDING = 20_000;
/** The most shuffled deliveries that wait for each other, and the longest wait for one more, in milliseconds. */
const GROUP = 20;
const GROUP_WAIT = 500;

const COUNTERS = [
  "sent",
  "delivered",
  "failed",
  "retried",
  "given_up",
  "dropped",
  "lost",
  "doubled",
  "delayed",
  "reordered",
] as const;
type Timer = ReturnType<typeof setTimeout>;
type Counts = Record<(typeof COUNTERS)[number], number>;

/** Sends events to the webhook endpoints that enabled them: https://docs.stripe.com/webhooks#behaviors */
export class Deliveries {
  readonly faults = new DeliveryFaults();
  settings = { ...DEFAULTS };
  #counts = zero();
  readonly #pending: Record<string, PendingDelivery>;
  readonly #store: () => Store;
  readonly #changed: () => void;
  #size: number;
  /** The deliveries that can leave, in order; a doubled one is in it twice. */
  #ready: PendingDelivery[] = [];
  #group: PendingDelivery[] = [];
  #groupTimer: Timer | undefined;
  readonly #timers = new Map<PendingDelivery, Timer>();
  readonly #inProgress = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  /**
   * @param pending Changed in place
   * @param changed Called after a change of `pending`
   */
  constructor(pending: Record<string, PendingDelivery>, store: () => Store, changed: () => void) {
    this.#pending = pending;
    this.#store = store;
    this.#changed = changed;
    this.#size = Object.keys(pending).length;
    for (const delivery of Object.values(pending)) this.#schedule(delivery, delivery.due - Date.now());
  }

  /** Sends an event to every endpoint that enabled it; a waiting retry starts now. @returns The number of endpoints */
  send(row: EventRow): number {
    const endpoints = this.#endpoints().filter((endpoint) => isEnabled(endpoint, row.event.type));
    for (const { id } of endpoints) {
      const key = keyOf(row.event.id, id);
      const waiting = this.#pending[key];
      if (waiting) {
        if (this.#timers.has(waiting)) this.#schedule(waiting, 0);
        continue;
      }
      if (!row.undelivered.includes(id)) row.undelivered.push(id);
      this.#pending[key] = { event: row.event.id, endpoint: id, attempts: 0, due: Date.now() };
      this.#size++;
      this.#applyFault(this.#pending[key]);
      this.#bound();
    }
    return endpoints.length;
  }

  /**
   * Posts any body to every enabled endpoint, signed, once and outside of the counters.
   *
   * @returns The status of each endpoint; null when it could not be reached
   */
  async post(body: object): Promise<{ endpoint: string; status: number | null }[]> {
    const { webhookSecrets } = this.#store();
    const enabled = this.#endpoints().filter(({ status }) => status === "enabled");
    return await Promise.all(enabled.map(async (endpoint) => ({
      endpoint: endpoint.id,
      status: await post(body, endpoint.url, webhookSecrets[endpoint.id]!, this.#closing.signal),
    })));
  }

  counts(): Counts & { pending: number } {
    return { ...this.#counts, pending: this.#size };
  }

  /** Makes every waiting retry due earlier, as if this time had passed. */
  advance(milliseconds: number): void {
    for (const delivery of this.#timers.keys()) {
      if (delivery.attempts === 0) continue; // delayed by a fault, in real time
      delivery.due -= milliseconds;
      this.#schedule(delivery, delivery.due - Date.now());
    }
  }

  /** Sets the counters to 0 and removes faults and settings. */
  reset(): void {
    this.#counts = zero();
    this.settings = { ...DEFAULTS };
    this.faults.clear();
    this.#release();
  }

  /** Drops all pending deliveries. */
  clear(): void {
    for (const delivery of Object.values(this.#pending)) this.#drop(delivery);
    this.#ready = [];
    this.#group = [];
    clearTimeout(this.#groupTimer);
  }

  /** Aborts the deliveries in progress and sends nothing afterwards; pending ones stay pending. */
  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#groupTimer);
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await Promise.all(this.#inProgress);
  }

  #endpoints(): WebhookEndpoint[] {
    return this.#store().tables.webhook_endpoint.all();
  }

  #applyFault(delivery: PendingDelivery): void {
    const { lost, doubled, delayed_ms, shuffled, times }: Partial<DeliveryFault> = this.faults.take() ?? {};
    if (lost) {
      this.#counts.lost++;
      return this.#drop(delivery);
    }
    if (doubled) {
      this.#counts.doubled++;
      this.#leave(delivery);
    }
    if (delayed_ms) {
      this.#counts.delayed++;
      delivery.due += delayed_ms;
      return this.#schedule(delivery, delayed_ms);
    }
    if (!shuffled) return this.#leave(delivery);
    this.#group.push(delivery);
    clearTimeout(this.#groupTimer);
    if (this.#group.length === GROUP || times === 1) this.#release();
    else this.#groupTimer = setTimeout(() => this.#release(), GROUP_WAIT);
  }

  /** Sends the shuffled deliveries. */
  #release(): void {
    clearTimeout(this.#groupTimer);
    const arrived = this.#group;
    this.#group = [];
    const leaving = shuffle(arrived);
    this.#counts.reordered += leaving.filter((delivery, index) => delivery !== arrived[index]).length;
    for (const delivery of leaving) this.#leave(delivery);
  }

  #schedule(delivery: PendingDelivery, wait: number): void {
    clearTimeout(this.#timers.get(delivery));
    this.#timers.set(
      delivery,
      setTimeout(() => {
        this.#timers.delete(delivery);
        this.#leave(delivery);
      }, Math.max(0, wait)),
    );
  }

  #leave(delivery: PendingDelivery): void {
    this.#ready.push(delivery);
    // After the request that emitted the event has finished its writes.
    queueMicrotask(() => this.#pump());
  }

  #pump(): void {
    while (
      this.#ready.length > 0 && this.#inProgress.size < this.settings.concurrent && !this.#closing.signal.aborted
    ) {
      const attempt = this.#attempt(this.#ready.shift()!).finally(() => {
        this.#inProgress.delete(attempt);
        this.#pump();
      });
      this.#inProgress.add(attempt);
    }
  }

  async #attempt(delivery: PendingDelivery): Promise<void> {
    const { events, tables, webhookSecrets } = this.#store();
    const row = events.row(delivery.event);
    const endpoint = tables.webhook_endpoint.live(delivery.endpoint);
    if (row === undefined || endpoint?.status !== "enabled") {
      if (row && !endpoint) confirm(row, delivery.endpoint);
      return this.#drop(delivery);
    }
    this.#counts.sent++;
    if (delivery.attempts > 0) this.#counts.retried++;
    const event = whole(row);
    const body = { ...event, api_version: endpoint.api_version ?? event.api_version };
    const status = await post(body, endpoint.url, webhookSecrets[endpoint.id]!, this.#closing.signal);
    const confirmed = status !== null && status >= 200 && status < 300;
    // An aborted delivery is sent again after a restart; a doubled one or a reset may have settled this one.
    if (this.#closing.signal.aborted) return;
    this.#counts[confirmed ? "delivered" : "failed"]++;
    if (confirmed) confirm(row, endpoint.id);
    if (this.#pending[keyOf(delivery.event, delivery.endpoint)] !== delivery) return;
    if (confirmed) return this.#drop(delivery);
    if (++delivery.attempts >= this.settings.attempts) {
      this.#counts.given_up++;
      return this.#drop(delivery);
    }
    const wait = Math.min(LONGEST_WAIT, this.settings.retry_ms * 2 ** (delivery.attempts - 1));
    delivery.due = Date.now() + wait;
    this.#schedule(delivery, wait);
    this.#changed();
  }

  #bound(): void {
    if (this.#size <= MOST_PENDING) return;
    for (const key in this.#pending) {
      const oldest = this.#pending[key]!;
      this.#ready = this.#ready.filter((waiting) => waiting !== oldest);
      this.#group = this.#group.filter((waiting) => waiting !== oldest);
      this.#counts.dropped++;
      return this.#drop(oldest);
    }
  }

  #drop(delivery: PendingDelivery): void {
    const key = keyOf(delivery.event, delivery.endpoint);
    clearTimeout(this.#timers.get(delivery));
    this.#timers.delete(delivery);
    if (this.#pending[key] !== delivery) return;
    delete this.#pending[key];
    this.#size--;
    this.#changed();
  }
}

/** Sends one signed body. @returns The status; null without an answer, which Stripe treats as any other failure */
async function post(body: object, url: string, secret: string, closing: AbortSignal): Promise<number | null> {
  const payload = JSON.stringify(body, null, 2);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "accept": "*/*; q=0.5, application/xml",
        "cache-control": "no-cache",
        "content-type": "application/json; charset=utf-8",
        "stripe-signature": sign(payload, secret, Math.floor(Date.now() / 1_000)),
        "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
      },
      body: payload,
      redirect: "manual",
      signal: AbortSignal.any([closing, AbortSignal.timeout(TIMEOUT)]),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return null; // refused, aborted or slow
  }
}

/** Marks an event as confirmed by an endpoint, or the endpoint as deleted. */
function confirm(row: EventRow, endpoint: string): void {
  row.undelivered = row.undelivered.filter((id) => id !== endpoint);
}

const isEnabled = ({ status, enabled_events }: WebhookEndpoint, type: string) =>
  status === "enabled" && enabled_events.some((pattern) => matchesType(pattern, type));

const keyOf = (event: string, endpoint: string) => `${event} ${endpoint}`;

const zero = () => Object.fromEntries(COUNTERS.map((name) => [name, 0])) as Counts;
