/** The guards of the mirror under overlapping fetches: without a guard the same test finds a wrong mirror. */
import { assert, assertEquals, AssertionError, assertNotEquals, assertRejects } from "@std/assert";
import type { ObjectRef } from "../_shared/contract/stripe_events.ts";
import { Receipt } from "../_shared/contract/webhook.ts";
import { readAnswer, readError } from "./answers.ts";
import { RECORD, startDatabaseProxy } from "./database_proxy.ts";
import { deliver, type SentEvent } from "./events.ts";
import { assertMirrored, MIRRORS, reconcileAfterFaults } from "./mirror_assertions.ts";
import { startConvergenceFixture } from "./convergence_fixture.ts";
import { startSecondProcess } from "./second_process.ts";
import { type Stack, startStack } from "./stack.ts";
import type { TestCatalog } from "./test_catalog.ts";
import { until } from "./until.ts";

const outcomeOf = async (response: Response) => (await readAnswer(response, 200, Receipt)).outcome;

async function disableGuard({ sql }: Stack): Promise<void> {
  for (const table of MIRRORS) await sql`alter table ${sql(table)} disable trigger keep_newest`;
}

/** Makes record_fetches also finish the later events of an object. */
async function finishLaterEvents({ sql }: Stack): Promise<void> {
  const [row] = await sql`select pg_get_functiondef('public.record_fetches'::regproc) as text`;
  const changed = row!.text.replace(/\s+and event\.ticket <= recorded\.tickets\[place\]/, "");
  assertNotEquals(changed, row!.text, "The condition was found");
  await sql.unsafe(changed);
}

/** The newest event at Stripe. */
async function newest({ stripe }: Stack): Promise<SentEvent> {
  const { data } = await stripe.events.list({ limit: 1 });
  return JSON.parse(JSON.stringify(data[0]));
}

/** A stack whose records can be delayed. */
async function startDelayedStack() {
  const database = startDatabaseProxy();
  const stack = await startStack(database.env);
  database.forwardTo(stack);
  // Events of an object in one process share fetches.
  const second = await startSecondProcess(stack, "stripe-webhook");
  return {
    stack,
    second,

    /** Fetches a new product, delays the record, and changes the product meanwhile. */
    async delayRecord() {
      const product = await stack.stripe.products.create({ name: "Before" });
      const held = Promise.withResolvers<void>();
      const seen = Promise.withResolvers<void>();
      database.next(RECORD, { before: () => (seen.resolve(), held.promise) });
      const old = deliver(stack, await newest(stack));
      const failed = old.then(({ status }) => Promise.reject(new Error(`Not delayed: the answer is ${status}`)));
      await Promise.race([seen.promise, failed]);
      await stack.stripe.products.update(product.id, { name: "After" });
      return {
        refs: [{ object: "product", object_id: product.id }] as ObjectRef[],
        change: await newest(stack),
        async finishRecord() {
          held.resolve();
          assertEquals(await outcomeOf(await old), "processed");
        },
      };
    },

    async [Symbol.asyncDispose]() {
      await second[Symbol.asyncDispose]();
      await stack[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

Deno.test("A delayed record does not overwrite a later fetch, and does so without the guard", async () => {
  await using delayed = await startDelayedStack();
  const { stack } = delayed;
  async function overlap(): Promise<ObjectRef[]> {
    const { refs, change, finishRecord } = await delayed.delayRecord();
    assertEquals(await outcomeOf(await deliver(stack, change, { to: delayed.second })), "processed");
    await finishRecord();
    return refs;
  }
  await assertMirrored(stack, await overlap());

  await disableGuard(stack);
  const broken = await overlap();
  assertEquals((await reconcileAfterFaults(stack)).pending, 0);
  const { message } = await assertRejects(() => assertMirrored(stack, broken), AssertionError);
  assert(message.includes("Before") && message.includes("After"), message);
});

Deno.test("A delayed record does not finish a later event, and does so without the guard", async () => {
  await using delayed = await startDelayedStack();
  const { stack } = delayed;
  const pending = async () =>
    (await stack.sql`select id from billing.webhook_events where processed_at is null`).map(({ id }) => id);
  async function fail() {
    const { refs, change, finishRecord } = await delayed.delayRecord();
    await stack.fault({ method: "GET", path: `/v1/products/${refs[0]!.object_id}`, kind: "500", times: 2 });
    await readError(await deliver(stack, change, { to: delayed.second }), "stripe_unavailable");
    await finishRecord();
    return { refs, change };
  }
  const { refs, change } = await fail();
  assertEquals(await pending(), [change.id]);
  await reconcileAfterFaults(stack);
  await assertMirrored(stack, refs);

  await finishLaterEvents(stack);
  const broken = await fail();
  assertEquals(await pending(), []);
  await reconcileAfterFaults(stack);
  await assertRejects(() => assertMirrored(stack, broken.refs), AssertionError);
});

/** Two operations on one object. Each has one event. */
const HISTORIES: Record<
  string,
  (catalog: TestCatalog & { customer: string }, between: () => Promise<unknown>) => Promise<void>
> = {
  async customer({ stripe }, between) {
    const { id } = await stripe.customers.create({ name: "Before" });
    await between();
    await stripe.customers.update(id, { name: "After" });
  },
  async product({ stripe }, between) {
    const { id } = await stripe.products.create({ name: "Before" });
    await between();
    await stripe.products.del(id);
  },
  async price({ stripe, prices }, between) {
    await stripe.prices.update(prices[0]!, { nickname: "Before" });
    await between();
    await stripe.prices.update(prices[0]!, { nickname: "After" });
  },
  async invoice({ stripe, customer }, between) {
    const { id } = await stripe.invoices.create({ customer, auto_advance: false });
    await between();
    await stripe.invoices.update(id!, { description: "After" });
  },
};

Deno.test("The convergence test finds every overtaken record that the guard does not refuse", async (t) => {
  await using fixture = await startConvergenceFixture();
  const { stack, database } = fixture;
  const { id: customer } = await stack.stripe.customers.create({ name: "Ada" });

  /** The first record waits at the database until the object was changed and recorded again. */
  function overtake(history: typeof HISTORIES[string]) {
    let isSeen = false;
    let isOvertaken = false;
    database.next(RECORD, {
      before() {
        isSeen = true;
        return until(() => isOvertaken, "a second record");
      },
    });
    database.next(RECORD, { after: () => void (isOvertaken = true) });
    return fixture.deliver(
      [{ copies: 1, delay: 0, fault: null }],
      (catalog) => history({ ...catalog, customer }, () => until(() => isSeen, "the first record")),
    );
  }
  await fixture.run({ histories: [], plans: [{ copies: 1, delay: 0, fault: null }] });

  for (const [kind, history] of Object.entries(HISTORIES)) {
    await t.step(`${kind}: with the guard the mirror converges`, async () => void await overtake(history));
  }
  await disableGuard(stack);
  for (const [kind, history] of Object.entries(HISTORIES)) {
    await t.step(`${kind}: without the guard the mirror is wrong`, async () => {
      const { message } = await assertRejects(() => overtake(history), AssertionError);
      assert(message.includes(`${kind} "`) && message.includes("in the mirror"), message);
    });
  }
});
