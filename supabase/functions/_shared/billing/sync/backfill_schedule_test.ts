/** The schedule of a backfill on a simulated clock: how many lists are read at the same time, and how many in all. */
import { assert, assertEquals } from "@std/assert";
import { inSimulatedTime } from "../../../tests/simulated_time.ts";
import type { MirroredKind } from "../../contract/mirrored_kinds.ts";
import type { BackfillRange, BackfillStep } from "../../database/backfill.ts";
import { AppError } from "../../errors.ts";
import { backfill, type BackfillGateways } from "./backfill.ts";

Deno.env.set("STRIPE_SECRET_KEY", "sk_test_unit");

const LATENCY_MS = 300;
const NOW = 1_795_500_000;
const DAY = 86_400;
const LISTED = ["customer", "product", "price", "subscription", "invoice"] as const;
const SUMMARY = "entitlements.active_entitlement_summary";

interface Item {
  id: string;
  object: string;
  created: number;
}
/** Objects of each kind, newest first. */
type Account = Partial<Record<MirroredKind, Item[]>>;

/** Objects that were created this many seconds ago. */
const objects = (object: MirroredKind, ages: number[]): Item[] =>
  ages.toSorted((a, b) => a - b).map((age, n) => ({ id: `${object}_${n}`, object, created: NOW - Math.floor(age) }));
const times = (count: number, age: (n: number) => number) => Array.from({ length: count }, (_, n) => age(n));

/** A generator of numbers from 0 to 1 that depend on the seed only. https://en.wikipedia.org/wiki/Lehmer_random_number_generator */
function random(seed: number) {
  let state = seed + 1;
  return () => (state = state * 48_271 % 2_147_483_647) / 2_147_483_647;
}

interface Read {
  kind: string;
  after: string | undefined;
  /** Its list ends before this time. */
  before?: number;
  from: number;
  to: number;
}

/** Stripe with a latency, and a database with the rules of the migration. */
function simulate(account: Account, { subscribers = [] as string[], refuse = (_read: number): boolean => false } = {}) {
  const reads: Read[] = [];
  const recorded: string[] = [];
  let ranges: (BackfillRange & { completed?: boolean })[] = [
    "customer",
    "product",
    "price",
    "subscription",
    "invoice",
    SUMMARY,
  ]
    .map((kind, id) => ({
      id,
      kind: kind as MirroredKind,
      created_from: null,
      created_to: null,
      page_cursor: null,
      listed: false,
    }));
  const counts: Record<string, number> = {};
  let run = 0;
  let leased = false;
  /** Called before each step; it throws to kill the run. */
  let beforeStep = (_step: "read" | "record") => {};

  async function read(kind: string, after: string | undefined, before?: number): Promise<void> {
    beforeStep("read");
    const made: Read = { kind, after, before, from: performance.now(), to: Infinity };
    const number = reads.push(made);
    await new Promise((resume) => setTimeout(resume, LATENCY_MS));
    made.to = performance.now();
    if (refuse(number)) throw AppError.stripeUnavailable({ type: "StripeRateLimitError" });
  }
  const open = () => ranges.filter(({ completed }) => !completed).map((range) => ({ ...range }));
  const gateways = {
    stripe: {
      readAccount: () => Promise.resolve("acct_1"),
      async listObjects(
        kind: MirroredKind,
        after: string | undefined,
        _mayRead: unknown,
        { gte = -Infinity, lt = Infinity } = {},
      ) {
        await read(kind, after, lt);
        const all = (account[kind] ?? []).filter(({ created }) => created >= gte && created < lt);
        const begin = all.findIndex(({ id }) => id === after) + 1;
        return { data: all.slice(begin, begin + 100), has_more: all.length > begin + 100 };
      },
      async retrieveObject({ object, object_id }: { object: string; object_id: string }) {
        await read(object, object_id);
        return { id: object_id, object };
      },
    },
    database: {
      claimBackfill() {
        if (leased) return Promise.resolve({ run_id: null, completed: false, counts: { ...counts } });
        leased = true;
        return Promise.resolve({ run_id: ++run, ranges: open(), counts: { ...counts } });
      },
      recordBackfillPage(
        run_id: number,
        id: number,
        page: Item[],
        cursor: string | null,
        split_at?: number,
      ): Promise<BackfillStep> {
        const range = ranges.find((known) => known.id === id)!;
        const { kind, created_from, created_to } = range;
        if (kind !== SUMMARY) beforeStep("record");
        if (run_id !== run) return Promise.resolve("overtaken");
        recorded.push(...page.map((object) => object.id));
        counts[kind] = (counts[kind] ?? 0) + page.length;
        range.page_cursor = cursor;
        range.completed = cursor === null;
        const ofKind = ranges.filter((other) => other.kind === kind);
        if (
          split_at !== undefined && cursor !== null && ofKind.length <= counts[kind] / 100 &&
          ofKind.filter(({ completed }) => !completed).length < 8 &&
          split_at > (created_from ?? -Infinity) && split_at < (created_to ?? Infinity)
        ) {
          range.created_from = split_at;
          ranges = [...ranges, { ...range, id: ranges.length, created_from, created_to: split_at, page_cursor: null }];
        }
        return Promise.resolve(open().length === 0 ? "completed" : open());
      },
      listSubscribersAfter: (after: string | null, size: number) =>
        Promise.resolve(subscribers.filter((id) => id > (after ?? "")).slice(0, size)),
      releaseBackfill() {
        leased = false;
        return Promise.resolve();
      },
    },
  } as unknown as BackfillGateways;
  return {
    reads,
    recorded,
    gateways,
    killBefore: (kill: typeof beforeStep) => beforeStep = kill,
  };
}

type Simulation = ReturnType<typeof simulate>;

/** Runs batches until everything is recorded. */
async function finish({ gateways }: Simulation): Promise<number> {
  for (let batches = 1; batches < 1_000; batches++) {
    const { state } = await backfill(false, gateways);
    if (state === "done") return batches;
  }
  throw new Error("The backfill does not end");
}

const idsOf = (account: Account) => Object.values(account).flat().map(({ id }) => id).sort();

/** The fewest possible requests: a page of a hundred, and one for a kind without objects. */
const fewest = (account: Account) =>
  LISTED.reduce((sum, kind) => sum + Math.max(1, Math.ceil((account[kind]?.length ?? 0) / 100)), 0);

/** The most reads that began within one second. */
function busiestSecond(reads: Read[]): number {
  return Math.max(
    0,
    ...reads.map(({ from }) => reads.filter((other) => other.from >= from && other.from < from + 1_000).length),
  );
}

/** The most reads that were in flight at the same time. */
const mostAtOnce = (reads: Read[]) =>
  Math.max(...reads.map(({ from }) => reads.filter((other) => other.from <= from && other.to > from).length));

const next = random(7);
const HISTORIES: Record<string, number[]> = {
  "evenly over three years": times(6_000, (n) => n * 3 * 365 * DAY / 6_000),
  "growing by the month": times(6_000, (n) => 1_500 * DAY * (1 - Math.log1p(n) / Math.log(6_001))),
  "at random times": times(6_000, () => next() * 900 * DAY),
  "in one import at 25 a second, four years ago": times(6_000, (n) => 4 * 365 * DAY + n / 25),
  "a few lately, the others in one hour long ago": [
    ...times(150, (n) => n * 5 * DAY),
    ...times(6_000, (n) => 3_000 * DAY + n * 3_600 / 6_000),
  ],
  "in many short bursts": times(6_000, (n) => Math.floor(n / 150) * 30 * DAY + n % 150),
  "on the first of each month": times(6_000, (n) => Math.floor(n / 500) * 30 * DAY + (n % 500) / 100),
  "all in the same second": times(6_000, () => 400 * DAY),
};

for (const [name, ages] of Object.entries(HISTORIES)) {
  Deno.test(`A backfill of objects that were created ${name} records each once, with at most twice the fewest requests`, async () => {
    for (const count of [100, 101, 250, 1_000, ages.length]) {
      const account = { product: objects("product", ages.slice(0, count)) };
      const simulation = simulate(account);
      await inSimulatedTime(() => finish(simulation));
      assertEquals(simulation.recorded.toSorted(), idsOf(account));
      const products = simulation.reads.filter(({ kind }) => kind === "product").length;
      assert(products <= 2 * Math.ceil(count / 100), `${products} requests for ${count} objects`);
      assertEquals(simulation.reads.length - products, LISTED.length - 1);
    }
  });
}

Deno.test("A backfill of a small account reads each kind once, and entitlements of subscribers only", async () => {
  const account = { customer: objects("customer", times(40, (n) => n * DAY)) };
  const simulation = simulate(account, { subscribers: ["customer_3", "customer_7"] });
  await inSimulatedTime(() => finish(simulation));
  assertEquals(simulation.reads.map(({ kind, after }) => after === undefined ? kind : after), [
    ...LISTED,
    "customer_3",
    "customer_7",
  ]);
  const { from } = simulation.reads.at(-1)!;
  const { to } = simulation.reads.find(({ kind }) => kind === "subscription")!;
  assert(from >= to, "Entitlements are read after all subscriptions");
});

Deno.test("A backfill of a large account lists several ranges at the same time, and never exceeds Stripe's limits", async () => {
  const account: Account = Object.fromEntries(
    LISTED.map((kind) => [kind, objects(kind, times(4_000, (n) => n * 900 * DAY / 4_000))]),
  );
  const subscribers = times(120, (n) => n).map((n) => `customer_${n}`).sort();
  const simulation = simulate(account, { subscribers });
  await inSimulatedTime(() => finish(simulation));
  assertEquals(simulation.recorded.toSorted(), [...idsOf(account), ...subscribers].sort());
  const { reads } = simulation;
  assert(reads.length <= 2 * (fewest(account) + subscribers.length), `${reads.length} requests`);
  assert(busiestSecond(reads) <= 25, `${busiestSecond(reads)} requests within a second`);
  assert(mostAtOnce(reads) > 4, `${mostAtOnce(reads)} requests at once`);
  const products = reads.filter(({ kind }) => kind === "product");
  assert(mostAtOnce(products) > 1, "Several ranges of one kind are listed at once");
});

Deno.test("A backfill that is killed at random steps resumes, and repeats only the pages that were being read", async () => {
  const account: Account = {
    customer: objects("customer", times(3_000, (n) => n * DAY / 3)),
    invoice: objects("invoice", times(3_000, (n) => Math.floor(n / 300) * 30 * DAY)),
  };
  for (let seed = 0; seed < 20; seed++) {
    const chance = random(seed);
    const simulation = simulate(account);
    const { reads, recorded, gateways } = simulation;
    let kills = 0;
    let inFlight = 0;
    await inSimulatedTime(async () => {
      for (let state = "more"; state !== "done";) {
        // A step is a read or the record of a page. Every step of a killed run fails.
        let left = kills < 5 ? Math.floor(chance() * 30) : Infinity;
        let running = 0;
        simulation.killBefore((step) => {
          running += step === "read" ? 1 : -1;
          if (--left >= 0) return;
          running -= step === "read" ? 1 : -1;
          throw AppError.databaseUnavailable(new Error("killed"));
        });
        state = await backfill(false, gateways).then(({ state }) => state, () => "killed");
        if (state === "killed") {
          kills++;
          inFlight += running;
        }
      }
    });
    assertEquals(kills, 5);
    assertEquals(recorded.toSorted(), idsOf(account));
    const pages = new Set(reads.map(({ kind, after, before }) => JSON.stringify([kind, after, before]))).size;
    assertEquals(reads.length - pages, inFlight, "Pages that were read again");
  }
});

Deno.test("Two backfills at once: one reads, the other answers busy", async () => {
  const simulation = simulate({ product: objects("product", times(300, (n) => n * DAY)) });
  const answers = await inSimulatedTime(() =>
    Promise.all([backfill(false, simulation.gateways), backfill(false, simulation.gateways)])
  );
  assertEquals(answers.map(({ state }) => state).sort(), ["busy", "done"]);
  assert(simulation.reads.length <= LISTED.length + 5);
});

Deno.test("A read that the rate limit refuses is repeated later, and the reads after it are less frequent", async () => {
  const account = { product: objects("product", times(2_000, (n) => n * DAY / 2)) };
  const simulation = simulate(account, { refuse: (read) => read > 20 && read <= 24 });
  await inSimulatedTime(() => finish(simulation));
  assertEquals(simulation.recorded.toSorted(), idsOf(account));
  const refused = simulation.reads[20]!;
  const after = simulation.reads.filter(({ kind, from }) => kind === refused.kind && from >= refused.to);
  assert(after[0]!.from >= refused.to + 1_000, "A second passes before the next read");
  assert(busiestSecond(after.slice(0, 12)) <= 15, "The reads after it are less frequent");
});

Deno.test("A rate limit that persists ends the batch, and the next one resumes", async () => {
  let limited = true;
  const account = { product: objects("product", times(300, (n) => n * DAY)) };
  const simulation = simulate(account, { refuse: () => limited });
  const error = await inSimulatedTime(() => backfill(false, simulation.gateways).catch((error) => error));
  assertEquals(error.code, "stripe_unavailable");
  limited = false;
  await inSimulatedTime(() => finish(simulation));
  assertEquals(simulation.recorded.toSorted(), idsOf(account));
});
