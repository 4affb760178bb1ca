/** Runs histories at Stripe with lost deliveries and faults, and checks that the mirror converges. */
import fc from "fast-check";
import { CLAIM, type DatabaseProxy, RECORD, startDatabaseProxy } from "./database_proxy.ts";
import { unavailable } from "./fault_proxy.ts";
import { type History, history, runHistory } from "./stripe_histories.ts";
import { assertMirrored, assertSettled, reconcileAfterFaults } from "./mirror_assertions.ts";
import { startDeliverySimulator } from "./delivery_simulator.ts";
import { startSecondProcess } from "./second_process.ts";
import { createTestCatalog, type TestCatalog } from "./test_catalog.ts";
import { type Stack, startStack } from "./stack.ts";

/** Faults while an event is processed. At Stripe they concern reads only, never the calls of a history. */
const FAULTS = {
  "Stripe is slow": ({ stack }) => stack.fault({ ...READS, latency_ms: 120 }),
  "Stripe limits the rate": ({ stack }) => stack.fault({ ...READS, kind: "429", retry_after: 1, times: 2 }),
  "Stripe fails": ({ stack }) => stack.fault({ ...READS, kind: "500", times: 2 }),
  "Stripe drops the connection": ({ stack }) => stack.fault({ ...READS, kind: "drop" }),
  "the record is late": ({ database }) => database.next(RECORD, { before: () => pause(50 + Math.random() * 350) }),
  "the record is lost": ({ database }) => database.next(RECORD, { before: unavailable }),
  "the answer to the record is lost": ({ database }) => database.next(RECORD, { after: unavailable }),
  "the claim is lost": ({ database }) => database.next(CLAIM, { before: unavailable }),
  "the answer to the claim is lost": ({ database }) => database.next(CLAIM, { after: unavailable }),
  "the process is killed": ({ stack }) => stack.kill("stripe-webhook"),
} satisfies Record<string, (fixture: { stack: Stack; database: DatabaseProxy }) => unknown>;

const READS = { method: "GET", path: "/v1/*" };
const pause = (milliseconds: number) => new Promise((resume) => setTimeout(resume, milliseconds));

interface NamedPlan {
  copies: number;
  delay: number;
  fault: keyof typeof FAULTS | null;
}

/** Concurrent histories, and the delivery plans of their events, which are used in order and repeated. */
export interface Batch {
  histories: History[];
  plans: NamedPlan[];
}

type Fault = keyof typeof FAULTS;
const killed: Fault = "the process is killed";
const usual = (Object.keys(FAULTS) as Fault[]).filter((name) => name !== killed);

/** Any fault, from time to time. */
const anything: fc.Arbitrary<NamedPlan> = fc.record({
  copies: fc.constantFrom(1, 1, 1, 1, 1, 1, 2, 2, 0),
  delay: fc.constantFrom(0, 0, 0, 5, 30, 100, 300),
  fault: fc.oneof(
    { weight: 160, arbitrary: fc.constant(null) },
    { weight: 30, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constant(killed) },
  ),
});

/** A batch of at most this many histories. */
export const anyBatch = (histories: number): fc.Arbitrary<Batch> =>
  fc.noBias(fc.record({
    histories: fc.array(history, { minLength: 1, maxLength: histories, size: "max" }),
    plans: fc.array(anything, { minLength: 1, maxLength: 100, size: "max" }),
  }));

export type ConvergenceFixture = Awaited<ReturnType<typeof startConvergenceFixture>>;

/** A stack with a delivery simulator before its webhook and a fault proxy before its database. */
export async function startConvergenceFixture() {
  const database = startDatabaseProxy();
  const stack = await startStack(database.env);
  database.forwardTo(stack);
  // Events of an object in one process share fetches; those of two overlap.
  const second = await startSecondProcess(stack, "stripe-webhook", database.env);
  const catalog = await createTestCatalog(stack);
  let plans: NamedPlan[] = [];
  let used = 0;
  const simulator = await startDeliverySimulator(stack, () => {
    const to = used % 2 === 1 ? second : undefined;
    const { copies, delay, fault } = plans[used++ % plans.length]!;
    return { copies, delay, to, fault: () => fault && FAULTS[fault]({ stack, database }) };
  });

  /** Delivers the events of this work. @throws AssertionError when the mirror differs from Stripe after the reconcile */
  async function deliver<Result>(next: NamedPlan[], work: (catalog: TestCatalog) => Promise<Result>) {
    [plans, used] = [next, 0];
    const result = await work(catalog);
    const { events, refs } = await simulator.close();
    const { processed } = await reconcileAfterFaults(stack);
    await assertSettled(stack, events);
    await assertMirrored(stack, refs);
    return { result, processed };
  }

  return {
    stack,
    database,
    counts: simulator.counts,
    deliver,

    /** Runs a batch. @throws AssertionError when the mirror differs from Stripe after the reconcile */
    async run({ histories, plans }: Batch) {
      const { result, processed } = await deliver(
        plans,
        (catalog) => Promise.all(histories.map((history) => runHistory(history, catalog))),
      );
      return { histories: histories.length, steps: result.reduce((sum, steps) => sum + steps, 0), processed };
    },

    async [Symbol.asyncDispose]() {
      await simulator[Symbol.asyncDispose]();
      await second[Symbol.asyncDispose]();
      await stack[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
