/** The ledger loses no event: after failures, crashes and duplicates every object is current. */
import { assert, assertEquals } from "@std/assert";
import { Receipt } from "../_shared/contract/webhook.ts";
import { readAnswer, readError } from "./answers.ts";
import { startDatabaseProxy } from "./database_proxy.ts";
import { unavailable } from "./fault_proxy.ts";
import { deliver, makeEvent, type SentEvent } from "./events.ts";
import { Run } from "../_shared/contract/reconcile.ts";
import { callReconcile, makePollDue, reconcile, reconcileAll, walkAll } from "./reconcile_run.ts";
import { letTimePass } from "./mirror_assertions.ts";
import { type Stack, startStack } from "./stack.ts";
import { until } from "./until.ts";

const outcomeOf = async (response: Response) => (await readAnswer(response, 200, Receipt)).outcome;

/** The ledger's row of an event. */
async function entry({ sql }: Stack, { id }: SentEvent) {
  const [row] = await sql`select *, lease_until > now() as leased from billing.webhook_events where id = ${id}`;
  assert(row, `The ledger has no event "${id}"`);
  return row;
}

const nameOf = async ({ sql }: Stack, id: string) =>
  (await sql`select data ->> 'name' as name from stripe_products where id = ${id}`)[0]?.name;

Deno.test("The ledger", async (t) => {
  await using stack = await startStack();
  const product = await stack.stripe.products.create({ name: "Blend" });
  const change = async (name: string) => {
    await stack.stripe.products.update(product.id, { name });
    return makeEvent("product.updated", product);
  };

  await t.step(
    "an event whose fetch fails answers a 5xx, and is processed when Stripe sends it again",
    async () => {
      const event = await change("After a failure");
      await stack.fault({ path: `/v1/products/${product.id}`, kind: "500", times: 2 });
      await readError(await deliver(stack, event), "stripe_unavailable");
      const { processed_at, failures, last_error } = await entry(stack, event);
      assertEquals([processed_at, failures, last_error], [null, 0, "stripe_unavailable"]);
      assertEquals(await outcomeOf(await deliver(stack, event)), "processed");
      assertEquals(await nameOf(stack, product.id), "After a failure");
    },
  );

  await t.step("an event that Stripe does not send again is processed by the reconcile", async () => {
    const event = await change("After a reconcile");
    await stack.fault({ path: `/v1/products/${product.id}`, kind: "500", times: 2 });
    await readError(await deliver(stack, event), "stripe_unavailable");
    await letTimePass(stack);
    assertEquals((await reconcileAll(stack)).pending, 0);
    assertEquals(await nameOf(stack, product.id), "After a reconcile");
  });

  await t.step(
    "an event whose process is killed after the claim is processed by another process",
    async () => {
      const event = await change("After a crash");
      await stack.fault({ path: `/v1/products/${product.id}`, latency_ms: 60_000 });
      const lost = deliver(stack, event).then((response) => response.body?.cancel(), () => {});
      await until(async () => (await stack.sql`select from billing.webhook_events where id = ${event.id}`).length > 0);
      await stack.kill("stripe-webhook");
      await lost;
      assertEquals((await entry(stack, event)).processed_at, null);
      await readError(await deliver(stack, event), "event_busy"); // the lease of the killed process has not expired
      await letTimePass(stack);
      assertEquals(await outcomeOf(await deliver(stack, event)), "processed");
      assertEquals(await nameOf(stack, product.id), "After a crash");
    },
  );

  await t.step(
    "a rate limit without a recent reconcile run answers 503 and counts no failure",
    async () => {
      await stack.sql`update billing.reconcile set due_events_processed_at = now() - interval '11 minutes'`;
      const event = await change("After a limit");
      await stack.fault({ path: `/v1/products/${product.id}`, kind: "429", retry_after: 7 });
      const response = await deliver(stack, event);
      assertEquals(response.headers.get("retry-after"), "7");
      await readError(response, "stripe_unavailable");
      const { failures, last_error } = await entry(stack, event);
      assertEquals([failures, last_error], [0, "rate_limited"]);
    },
  );

  await t.step("a rate limit with a recent reconcile run defers the event to the next run", async () => {
    await reconcile(stack);
    const event = await change("After being deferred");
    await stack.fault({ path: `/v1/products/${product.id}`, kind: "429", retry_after: 7 });
    assertEquals(await outcomeOf(await deliver(stack, event)), "deferred");
    assertEquals((await entry(stack, event)).processed_at, null);
    await letTimePass(stack);
    await reconcileAll(stack);
    assertEquals(await nameOf(stack, product.id), "After being deferred");
    assertEquals(await outcomeOf(await deliver(stack, event)), "duplicate");
  });

  await t.step("one fetch finishes every pending event of its object", async () => {
    const waiting: SentEvent[] = [];
    for (let n = 0; n < 5; n++) {
      waiting.push(await change(`Change ${n}`));
      await stack.fault({ path: `/v1/products/${product.id}`, kind: "500", times: 2 });
      await readError(await deliver(stack, waiting[n]!), "stripe_unavailable");
    }
    await stack.forgetStripeRequests();
    await letTimePass(stack);
    assertEquals((await reconcileAll(stack)).processed, 1);
    const reads = (await stack.stripeRequests()).filter((request) => request === `GET /v1/products/${product.id}`);
    assertEquals(reads.length, 1);
    for (const event of waiting) assert((await entry(stack, event)).processed_at !== null);
    assertEquals(await nameOf(stack, product.id), "Change 4");
  });

  await t.step("an event whose object cannot be recorded is dead-lettered, and an operator retries it", async () => {
    await stack.sql`alter table stripe_products add constraint no_poison check (data ->> 'name' <> 'Poison')`;
    const event = await change("Poison");
    for (let attempts = 1; attempts <= 8; attempts++) {
      await readError(await deliver(stack, event), "internal");
      const { failures, outcome } = await entry(stack, event);
      assertEquals([failures, outcome], [attempts, attempts === 8 ? "dead" : null]);
      await letTimePass(stack);
    }
    assertEquals(await outcomeOf(await deliver(stack, event)), "duplicate"); // Stripe need not send it again
    assertEquals((await reconcileAll(stack)).dead, 1);
    const dead = await stack.sql`select * from billing.dead_events`;
    assertEquals(dead.length, 1);

    await stack.sql`alter table stripe_products drop constraint no_poison`;
    await stack.sql`select billing.retry_event(${event.id})`;
    assertEquals((await reconcileAll(stack)).dead, 0);
    assertEquals([await nameOf(stack, product.id), (await entry(stack, event)).outcome], ["Poison", "processed"]);
  });

  await t.step("events that were never delivered are found in Stripe's list of events", async () => {
    await reconcileAll(stack);
    const unseen = await stack.stripe.products.create({ name: "Never delivered" });
    await stack.stripe.products.update(product.id, { name: "Also never delivered" });
    const { found, processed } = await reconcileAll(stack);
    assert(found >= 2 && processed >= 2, `${found} found, ${processed} processed`);
    assertEquals([await nameOf(stack, unseen.id), await nameOf(stack, product.id)], [
      "Never delivered",
      "Also never delivered",
    ]);
  });

  await t.step(
    "many new objects whose events were not delivered cost one list, and what it does not show one read each",
    async () => {
      await reconcileAll(stack);
      const names = Array.from({ length: 30 }, (_, n) => `Never delivered ${n}`);
      const created = [];
      for (const name of names) created.push(await stack.stripe.products.create({ name }));
      await stack.stripe.products.del(created[0]!.id);
      await makePollDue(stack);
      await stack.forgetStripeRequests();
      const { processed } = await readAnswer(await callReconcile(stack), 200, Run);
      const reads = (await stack.stripeRequests()).filter((request) => request.includes("/products"));
      assertEquals([processed, reads.length], [29, 1], reads.join());
      await letTimePass(stack);
      assertEquals((await reconcileAll(stack)).pending, 0);
      const [deleted, ...others] = await Promise.all(created.map(({ id }) => nameOf(stack, id)));
      assertEquals([deleted, others], [null, names.slice(1)]);
    },
  );

  await t.step("a change without an event is repaired and reported by drift detection", async () => {
    await reconcileAll(stack);
    await stack.sql`
      update stripe_products set data = data || '{"name": "Drifted"}' where id = ${product.id}`;
    await stack.sql`delete from billing.drift`;
    assertEquals((await walkAll(stack)).drifted, 1);
    assertEquals(await nameOf(stack, product.id), "Also never delivered");
    const [report] = await stack.sql`select object, object_id, fields from billing.drift`;
    assertEquals({ ...report }, { object: "product", object_id: product.id, fields: ["name"] });
  });
});

Deno.test("An event costs one read at Stripe and two database calls", async () => {
  await using database = startDatabaseProxy();
  await using stack = await startStack(database.env);
  database.forwardTo(stack);
  const { id } = await stack.stripe.products.create({ name: "Blend" });
  const event = () => makeEvent("product.updated", { id, object: "product" });
  assertEquals(await outcomeOf(await deliver(stack, event())), "processed");
  database.requests();
  await stack.forgetStripeRequests();

  assertEquals(await outcomeOf(await deliver(stack, event())), "processed");
  assertEquals(database.requests(), ["claim_events", "record_fetches"]);
  assertEquals(await stack.stripeRequests(), [`GET /v1/products/${id}`]);
});

Deno.test("An event whose database answer is lost after the record is processed", async () => {
  await using database = startDatabaseProxy();
  await using stack = await startStack(database.env);
  database.forwardTo(stack);
  const { id } = await stack.stripe.products.create({ name: "Blend" });
  const event = makeEvent("product.updated", { id, object: "product" });
  database.next("record_fetches", { after: unavailable });
  await readError(await deliver(stack, event), "database_unavailable");
  assertEquals(await nameOf(stack, id), "Blend");
  assertEquals((await entry(stack, event)).outcome, "processed");
  assertEquals(await outcomeOf(await deliver(stack, event)), "duplicate");
});

Deno.test("An event while the database is down answers 503, and is processed when it is sent again", async () => {
  await using database = startDatabaseProxy();
  await using stack = await startStack(database.env);
  database.forwardTo(stack);
  const { id } = await stack.stripe.products.create({ name: "Blend" });
  const event = makeEvent("product.updated", { id, object: "product" });
  for (const step of ["claim_events", "record_fetches"]) {
    database.next(step, { before: unavailable });
    await readError(await deliver(stack, event), "database_unavailable");
  }
  await letTimePass(stack);
  assertEquals(await outcomeOf(await deliver(stack, event)), "processed");
});

Deno.test("A row that another transaction has locked fails its own event, not those that arrive together with it", async () => {
  await using stack = await startStack();
  const ids = Array.from({ length: 12 }, (_, n) => `prod_${n}`);
  await Promise.all(ids.map((id) => stack.stripe.products.create({ id, name: "Blend" })));
  const makeEvents = () => ids.map((id) => makeEvent("product.updated", { id, object: "product" }));
  const deliverAll = (events: SentEvent[]) => Promise.all(events.map((event) => deliver(stack, event)));
  const assertOnlyFirstFails = async ([locked, ...others]: Response[]) => {
    await readError(locked!, "database_unavailable");
    for (const response of others) assertEquals(await outcomeOf(response), "processed");
  };
  for (const response of await deliverAll(makeEvents())) await outcomeOf(response);

  // While it is recorded.
  await assertOnlyFirstFails(
    await stack.sql.begin(async (transaction) => {
      await transaction`select from stripe_products where id = ${ids[0]!} for update`;
      return await deliverAll(makeEvents());
    }),
  );
  // While it is claimed: another transaction is entering it.
  const events = makeEvents();
  await assertOnlyFirstFails(
    await stack.sql.begin(async (transaction) => {
      await transaction`
        insert into billing.webhook_events (id, type, object, object_id, created, ticket)
        values (${events[0]!.id}, 'product.updated', 'product', ${ids[0]!}, 0, nextval('billing.tickets'))`;
      return await deliverAll(events);
    }),
  );
});

Deno.test("A key of another account ends a reconcile run and an event before anything is recorded", async () => {
  await using stack = await startStack();
  await callReconcile(stack).then((response) => response.body?.cancel());
  await stack.sql`update billing.deployment set stripe_account = 'acct_another', confirmed_keys = '{}'`;
  await stack.kill("stripe-reconcile");
  await readError(await callReconcile(stack), "not_configured");
  const event = makeEvent("product.updated", { id: "prod_other", object: "product" });
  await readError(await deliver(stack, event), "not_configured");
  assertEquals((await stack.sql`select from stripe_products`).length, 0);
});
