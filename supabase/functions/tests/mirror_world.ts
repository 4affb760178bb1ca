/** Histories at Stripe whose events go astray, on a road where everything goes wrong; and whether the mirror comes right. */
import fc from "fast-check";
import { type Doorway, gone, openDoorway } from "./doorway.ts";
import { happen, type History, history } from "./histories.ts";
import { assertMirrored, assertSettled, reconcileLater } from "./mirror_state.ts";
import { openPostOffice } from "./post_office.ts";
import { openShop } from "./shop.ts";
import { type Stack, startStack } from "./stack.ts";

/** What may go wrong while an event is looked into. Stripe's own calls are not touched, only reads. */
const MISHAPS = {
  "Stripe is slow": ({ stack }) => stack.fault({ ...READS, latency_ms: 120 }),
  "Stripe has had enough": ({ stack }) => stack.fault({ ...READS, kind: "429", retry_after: 1, times: 2 }),
  "Stripe fails": ({ stack }) => stack.fault({ ...READS, kind: "500", times: 2 }),
  "Stripe breaks off": ({ stack }) => stack.fault({ ...READS, kind: "drop" }),
  "what was seen arrives late": ({ database }) =>
    database.next("record_objects", { before: () => pause(50 + Math.random() * 350) }),
  "what was seen is lost": ({ database }) => database.next("record_objects", { before: gone }),
  "the answer to it is lost": ({ database }) => database.next("record_objects", { after: gone }),
  "the claim is lost": ({ database }) => database.next("claim_event", { before: gone }),
  "the answer to the claim is lost": ({ database }) => database.next("claim_event", { after: gone }),
  "the process is killed": ({ stack }) => stack.kill("stripe-webhook"),
} satisfies Record<string, (world: { stack: Stack; database: Doorway }) => unknown>;

const READS = { method: "GET", path: "/v1/*" };
const pause = (milliseconds: number) => new Promise((resume) => setTimeout(resume, milliseconds));

interface WrittenFate {
  copies: number;
  late: number;
  mishap: keyof typeof MISHAPS | null;
}

/** Histories that happen at once, and the fates that their events meet, one after the other and again from the first. */
export interface Chapter {
  histories: History[];
  fates: WrittenFate[];
}

type Mishap = keyof typeof MISHAPS;
const killed: Mishap = "the process is killed";
const late: Mishap = "what was seen arrives late";
const usual = (Object.keys(MISHAPS) as Mishap[]).filter((name) => name !== killed);

/** Everything may go wrong, now and then. */
const anything: fc.Arbitrary<WrittenFate> = fc.record({
  copies: fc.constantFrom(1, 1, 1, 1, 1, 1, 2, 2, 0),
  late: fc.constantFrom(0, 0, 0, 5, 30, 100, 300),
  mishap: fc.oneof(
    { weight: 160, arbitrary: fc.constant(null) },
    { weight: 30, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constant(killed) },
  ),
});

/** Every event arrives and none fails: but looks are held up, so that they cross. */
const crossing: fc.Arbitrary<WrittenFate> = fc.record({
  copies: fc.constant(1),
  late: fc.constantFrom(0, 5, 30),
  mishap: fc.constantFrom(null, late),
});

/** At most so many histories at once. */
const chapterOf = (histories: number, fate: fc.Arbitrary<WrittenFate>): fc.Arbitrary<Chapter> =>
  fc.noBias(fc.record({
    histories: fc.array(history, { minLength: 1, maxLength: histories, size: "max" }),
    fates: fc.array(fate, { minLength: 1, maxLength: 100, size: "max" }),
  }));

export const anyChapter = (histories: number) => chapterOf(histories, anything);
export const crossingChapter = (histories: number) => chapterOf(histories, crossing);

export type World = Awaited<ReturnType<typeof openWorld>>;

/** A stack whose events come through a post office and whose functions reach the database through a doorway. */
export async function openWorld() {
  const database = openDoorway();
  const stack = await startStack({ SUPABASE_URL: database.url });
  database.leadTo(stack.url);
  const shop = await openShop(stack);
  let fates: WrittenFate[] = [];
  let met = 0;
  const post = await openPostOffice(stack, () => {
    const { copies, late, mishap } = fates[met++ % fates.length]!;
    return { copies, late, mishap: () => mishap && MISHAPS[mishap]({ stack, database }) };
  });

  return {
    stack,
    counts: post.counts,

    /** Lets a chapter happen. @throws AssertionError when the mirror is not what Stripe has in the end */
    async live({ histories, fates: written }: Chapter) {
      [fates, met] = [written, 0];
      const taken = await Promise.all(histories.map((history) => happen(history, shop)));
      const { events, subjects } = await post.close();
      const { processed } = await reconcileLater(stack);
      await assertSettled(stack, events);
      await assertMirrored(stack, subjects);
      return { histories: histories.length, steps: taken.reduce((sum, steps) => sum + steps, 0), processed };
    },

    async [Symbol.asyncDispose]() {
      await post[Symbol.asyncDispose]();
      await stack[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
