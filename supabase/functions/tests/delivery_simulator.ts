/** Receives Stripe's events and delivers them to the webhook late, doubled, reordered or not at all. */
import { type ObjectRef, objectRefOf, STRIPE_EVENTS } from "../_shared/contract/stripe_events.ts";
import { deliver, type SentEvent } from "./events.ts";
import type { Stack } from "./stack.ts";

/** How one event is delivered. */
export interface DeliveryPlan {
  /** The number of deliveries. With 0 the event is lost. */
  copies: number;
  /** Milliseconds until a delivery starts. */
  delay: number;
  /** The process that receives it; default: the stack's. */
  to?: { readonly url: string };
  /** Injects a fault just before a delivery starts. */
  fault?: () => unknown;
}

interface Capacity {
  /** Concurrent deliveries. */
  workers: number;
  /** Attempts per delivery. After the last, only the reconcile finds the event. */
  attempts: number;
}

/** The longest pause in milliseconds before a retry, so that delayed deliveries come before it or after it. */
const LONGEST_PAUSE = 400;
/** Expected failures: the event is leased, the process was killed, or the function asks for a retry. */
const EXPECTED_FAILURES = [409, 502, 503, 504];

/** Registers an endpoint at Stripe for every event of our table, and delivers each as planned. */
export async function startDeliverySimulator(
  stack: Stack,
  plan: (event: SentEvent) => DeliveryPlan,
  { workers, attempts }: Capacity = { workers: 24, attempts: 4 },
) {
  const counts = { events: 0, sent: 0, lost: 0, doubled: 0, reordered: 0, failed: 0, given_up: 0 };
  const refs = new Map<string, ObjectRef>();
  const events: string[] = [];
  const unexpected: string[] = [];
  /** The newest delivered event of each object, by the order in which Stripe sent them. */
  const newest = new Map<string, number>();
  const ready: (() => Promise<void>)[] = [];
  const open = new Set<Promise<void>>();
  let underWay = 0;

  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    receive(await request.text());
    return new Response(null, { headers: { connection: "close" } });
  });
  await stack.deliveryFault({ concurrent: 50 });
  const { id } = await stack.stripe.webhookEndpoints.create({
    url: `http://127.0.0.1:${server.addr.port}/`,
    enabled_events: Object.keys(STRIPE_EVENTS) as ["*"],
  });

  function receive(text: string): void {
    const event = JSON.parse(text) as SentEvent;
    const ref = objectRefOf(event);
    if (ref === null) return; // a checkout without a subscription
    const key = `${ref.object} ${ref.object_id}`;
    const index = counts.events++;
    refs.set(key, ref);
    events.push(event.id);

    const { copies, delay, fault, to } = plan(event);
    if (copies === 0) counts.lost++;
    counts.doubled += Math.max(0, copies - 1);
    for (let copy = 0; copy < copies; copy++) {
      const { promise, resolve } = Promise.withResolvers<void>();
      open.add(promise);
      promise.then(() => open.delete(promise));
      schedule(delay, async () => {
        if (index < (newest.get(key) ?? -1)) counts.reordered++;
        else newest.set(key, index);
        await fault?.();
        await send(text, to, 1, resolve);
      });
    }
  }

  function schedule(delay: number, work: () => Promise<void>): void {
    setTimeout(() => {
      ready.push(work);
      startReady();
    }, delay);
  }

  function startReady(): void {
    while (underWay < workers && ready.length > 0) {
      underWay++;
      ready.shift()!().then(() => {
        underWay--;
        startReady();
      });
    }
  }

  async function send(text: string, to: DeliveryPlan["to"], attempt: number, done: () => void): Promise<void> {
    counts.sent++;
    const answer = await deliver(stack, text, { to }).then(readAnswer, (error) => ({ status: 0, text: String(error) }));
    if (answer.status === 200) return done();
    if (!EXPECTED_FAILURES.includes(answer.status)) unexpected.push(`${answer.status}: ${answer.text}`);
    counts.failed++;
    if (attempt < attempts) return schedule(Math.random() * LONGEST_PAUSE, () => send(text, to, attempt + 1, done));
    counts.given_up++;
    done();
  }

  return {
    counts,

    /** Waits for every delivery and resets the records. @throws Error after an unexpected answer */
    async close(): Promise<{ events: string[]; refs: ObjectRef[] }> {
      await stack.webhooksAnswered();
      while (open.size > 0) await Promise.all(open);
      const received = { events: events.splice(0), refs: [...refs.values()] };
      refs.clear();
      newest.clear();
      if (unexpected.length > 0) throw new Error(`The webhook answered ${unexpected.splice(0).join("\n")}`);
      return received;
    },

    async [Symbol.asyncDispose]() {
      await stack.stripe.webhookEndpoints.del(id);
      await server.shutdown();
    },
  };
}

const readAnswer = async (response: Response) => ({ status: response.status, text: await response.text() });
