/** A post office between Stripe and the webhook: what Stripe sends goes on late, twice, in another order or never. */
import { type ObjectRef, objectRefOf, STRIPE_EVENTS } from "../_shared/contract/stripe_events.ts";
import { deliver, type SentEvent } from "./events.ts";
import type { Stack } from "./stack.ts";
import { until } from "./until.ts";

/** What becomes of an event. */
export interface Fate {
  /** How often it is delivered; 0 is never. */
  copies: number;
  /** Milliseconds until it leaves. */
  late: number;
  /** What happens just before it leaves. */
  mishap?: () => unknown;
}

interface Staff {
  /** Deliveries that are under way at once. */
  workers: number;
  /** After so many tries a delivery is given up, so that only the reconcile finds its event. */
  tries: number;
}

/** Milliseconds before another try, at most: so that whatever was held up meanwhile comes before it, or after it. */
const PATIENCE = 400;
/** How a delivery may fail: somebody is at it, the process is dead, or it is to be sent again. */
const MAY_FAIL = [409, 502, 503, 504];

export type PostOffice = Awaited<ReturnType<typeof openPostOffice>>;

/** Stripe sends every event of our table here, and each meets the fate that is decided when it comes. */
export async function openPostOffice(
  stack: Stack,
  decide: (event: SentEvent) => Fate,
  { workers, tries }: Staff = { workers: 24, tries: 4 },
) {
  const counts = { events: 0, sent: 0, lost: 0, doubled: 0, reordered: 0, failed: 0, given_up: 0 };
  const subjects = new Map<string, ObjectRef>();
  const events: string[] = [];
  const strange: string[] = [];
  /** The newest event of an object that was delivered, by the order in which Stripe sent them. */
  const newest = new Map<string, number>();
  const ready: (() => Promise<void>)[] = [];
  const open = new Set<Promise<void>>();
  let underWay = 0;

  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    take(await request.text());
    return new Response(null, { headers: { connection: "close" } });
  });
  await stack.deliveryFault({ concurrent: 50 });
  const { id } = await stack.stripe.webhookEndpoints.create({
    url: `http://127.0.0.1:${server.addr.port}/`,
    enabled_events: Object.keys(STRIPE_EVENTS) as ["*"],
  });

  function take(text: string): void {
    const event = JSON.parse(text) as SentEvent;
    const ref = objectRefOf(event);
    if (ref === null) return; // a checkout that was no subscription's
    const key = `${ref.object} ${ref.object_id}`;
    const place = counts.events++;
    subjects.set(key, ref);
    events.push(event.id);

    const { copies, late, mishap } = decide(event);
    if (copies === 0) counts.lost++;
    counts.doubled += Math.max(0, copies - 1);
    for (let copy = 0; copy < copies; copy++) {
      const { promise, resolve } = Promise.withResolvers<void>();
      open.add(promise);
      promise.then(() => open.delete(promise));
      leave(late, async () => {
        if (place < (newest.get(key) ?? -1)) counts.reordered++;
        else newest.set(key, place);
        await mishap?.();
        await send(text, 1, resolve);
      });
    }
  }

  function leave(late: number, work: () => Promise<void>): void {
    setTimeout(() => {
      ready.push(work);
      pump();
    }, late);
  }

  function pump(): void {
    while (underWay < workers && ready.length > 0) {
      underWay++;
      ready.shift()!().then(() => {
        underWay--;
        pump();
      });
    }
  }

  async function send(text: string, tried: number, done: () => void): Promise<void> {
    counts.sent++;
    const answer = await deliver(stack, text).then(readAnswer, (error) => ({ status: 0, text: String(error) }));
    if (answer.status === 200) return done();
    if (!MAY_FAIL.includes(answer.status)) strange.push(`${answer.status}: ${answer.text}`);
    counts.failed++;
    if (tried < tries) return leave(Math.random() * PATIENCE, () => send(text, tried + 1, done));
    counts.given_up++;
    done();
  }

  return {
    counts,

    /** Waits until nothing is on its way any more, and empties the books. @throws Error when an answer was none that may be */
    async close(): Promise<{ events: string[]; subjects: ObjectRef[] }> {
      await until(async () => (await stack.deliveries()).pending === 0);
      while (open.size > 0) await Promise.all(open);
      const books = { events: events.splice(0), subjects: [...subjects.values()] };
      subjects.clear();
      newest.clear();
      if (strange.length > 0) throw new Error(`The webhook answered ${strange.splice(0).join("\n")}`);
      return books;
    },

    async [Symbol.asyncDispose]() {
      await stack.stripe.webhookEndpoints.del(id);
      await server.shutdown();
    },
  };
}

const readAnswer = async (response: Response) => ({ status: response.status, text: await response.text() });
