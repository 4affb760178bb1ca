/** How many reads a burst of events costs in one isolate. */
import { assert, assertEquals } from "@std/assert";
import type Stripe from "stripe";
import { type EventGateways, processEvent } from "./process_event.ts";

Deno.env.set("STRIPE_SECRET_KEY", "sk_test_unit");

const EVENTS = 200;
const OBJECTS = 10;

const idOf = (n: number) => `prod_${n % OBJECTS}`;
const eventOf = (n: number) =>
  ({
    object: "event",
    id: `evt_${n}`,
    type: "product.updated",
    livemode: false,
    created: 1_700_000_000,
    api_version: "2026",
    data: { object: { object: "product", id: idOf(n) } },
  }) as unknown as Stripe.Event;

/** A read at Stripe, which is answered when the test says so. */
type Read = (count: number) => Promise<unknown>;

/** Processes events against a ledger in memory, in waves. @returns the ids that were read, in order */
async function process(waves: (() => Promise<number[]>)[], read: Read = () => Promise.resolve()): Promise<string[]> {
  let tickets = 0;
  const pending = new Map<number, string>();
  const reads: string[] = [];
  const database: Partial<EventGateways["database"]> = {
    claimEvent({ object_id }) {
      pending.set(++tickets, object_id);
      return Promise.resolve({ step: "fetch", ticket: tickets });
    },
    recordObjects(ticket, objects) {
      for (const [drawn, id] of pending) if (drawn <= ticket && objects[0]!.id === id) pending.delete(drawn);
      return Promise.resolve(undefined);
    },
  };
  const stripe = {
    async retrieveObject({ object, object_id: id }: { object: string; object_id: string }) {
      await read(reads.push(id));
      return { id, object };
    },
  } as EventGateways["stripe"];
  const gateways = { database, stripe } as EventGateways;
  const receipts = await Promise.all(waves.map(async (wave) => {
    return await Promise.all((await wave()).map((n) => processEvent(eventOf(n), gateways)));
  }));
  assertEquals(receipts.flat(), Array(EVENTS).fill({ outcome: "processed" }));
  assertEquals([...pending], [], "Every event was finished under its ticket or a later one");
  return reads;
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

Deno.test(`A burst of ${EVENTS} events on ${OBJECTS} objects costs at most 1.2 reads per object`, async () => {
  const reads = await process([() => Promise.resolve(numbers(0, EVENTS))]);
  assert(reads.length <= 1.2 * OBJECTS, `${reads.length} reads`);
});

Deno.test("Events that arrive while the first reads are answered cost one more read per object", async () => {
  const begun = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const waves = [
    () => Promise.resolve(numbers(0, OBJECTS)),
    async () => {
      await begun.promise;
      setTimeout(arrived.resolve);
      return numbers(OBJECTS, EVENTS);
    },
  ];
  const reads = await process(waves, async (count) => {
    if (count === OBJECTS) begun.resolve();
    if (count <= OBJECTS) await arrived.promise;
  });
  assertEquals(reads.length, 2 * OBJECTS);
});
