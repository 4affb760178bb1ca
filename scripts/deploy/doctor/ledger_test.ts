import { assertEquals, assertStringIncludes } from "@std/assert";
import { environmentOf } from "../../lib/environment.ts";
import { type Stack, startStack } from "../testing/test_stack.ts";
import { report } from "./doctor.ts";
import { checkLedger } from "./ledger.ts";
import { checkReconcile } from "./reconcile.ts";
import type { Hosted, Target } from "./target.ts";
import { localTarget } from "./targets.ts";

/** What the doctor finds on a stack of ours, or as if it were a project. */
async function look(stack: Stack, check: (target: Target) => Promise<Parameters<typeof report>[0]>, hosted = false) {
  const target = localTarget(stack, environmentOf({}, "the test"));
  const options = " -- --project-ref abc";
  const changes = hosted ? { hosted: {} as Hosted, options } : {};
  return report(await check({ ...target, ...changes }).finally(() => target.database.close()));
}

/** An event of a product, in some state; times are minutes ago. */
const enter = ({ sql }: Stack, id: string, minutes: number, state: Record<string, string> = {}) => {
  const columns = { ticket: "nextval('billing.tickets')", ...state };
  return sql(`
    insert into billing.webhook_events (id, type, object, object_id, created, received_at, ${Object.keys(columns)})
    values ('${id}', 'product.updated', 'product', 'prod_${id}', 1, now() - interval '${minutes} minutes', ${
    Object.values(columns)
  })`);
};

Deno.test("The doctor tells when the last event came, and whether any waits too long", async () => {
  await using stack = await startStack();
  await stack.sql("select confirm_account('acct_1LocalStripe00000', false)");
  assertStringIncludes(await look(stack, checkLedger), "note   Ledger: no event has come yet");

  await enter(stack, "old", 300, { processed_at: "now()", outcome: "'processed'" });
  assertEquals(await look(stack, checkLedger), "ok     Ledger: the last event came 5 hours ago; all are finished");

  await enter(stack, "new", 3);
  assertStringIncludes(
    await look(stack, checkLedger),
    "ok     Ledger: the last event came 3 minutes ago; 1 are not finished, the oldest came 3 minutes ago",
  );
  await enter(stack, "late", 45, { last_error: "'Stripe was away'" });
  const said = await look(stack, checkLedger);
  assertStringIncludes(
    said,
    "WRONG  Ledger: the last event came 3 minutes ago; 2 are not finished, the oldest came 45",
  );
  assertStringIncludes(
    said,
    "note   Ledger: 1 failed and will be tried again, first a product.updated: Stripe was away",
  );
});

Deno.test("The doctor says how to bring a dead event back, unless its object was seen since", async () => {
  await using stack = await startStack();
  await stack.sql("select confirm_account('acct_1LocalStripe00000', false)");
  await enter(stack, "dead", 60, { processed_at: "now()", outcome: "'dead'", last_error: "'Stripe refuses it'" });
  const said = await look(stack, checkLedger);
  assertStringIncludes(said, "WRONG  Ledger: 1 were given up, first dead (product.updated): Stripe refuses it");
  const [, command] = said.match(/"(select retry_event[^"]+)"/) ?? [];
  assertEquals(await stack.sql(command ?? ""), [{ retry_event: true }]);
  assertEquals((await look(stack, checkLedger)).includes("given up"), false);

  await stack.sql("update billing.webhook_events set processed_at = now(), outcome = 'dead'");
  await stack.sql(
    `select record_objects(draw_ticket(false), '[{"id": "prod_dead", "object": "product", "active": true}]', false)`,
  );
  assertEquals((await look(stack, checkLedger)).includes("WRONG"), false);
});

Deno.test("The doctor names the fields that changed unheard", async () => {
  await using stack = await startStack();
  await stack.sql(`
    insert into billing.drift (object, object_id, fields) values
      ('product', 'prod_1', '{name}'), ('product', 'prod_2', '{name,active}')`);
  const said = await look(stack, checkLedger);
  assertStringIncludes(said, "found changed without an event, last within the last minute");
  assertStringIncludes(said, "name of 2 × product, active of 1 × product");
});

Deno.test("The doctor looks whether the reconcile runs", async () => {
  await using stack = await startStack();
  assertStringIncludes(await look(stack, checkReconcile), "note   Reconcile: never ran: nothing here calls it");
  const never = await look(stack, checkReconcile, true);
  assertStringIncludes(never, "note   Reconcile: the database has no schedule for it; it never ran");
  assertStringIncludes(never, "pg_cron");

  const ran = (minutes: number) =>
    stack.sql(`insert into billing.reconcile (due_events_processed_at) values (now() - interval '${minutes} minutes')
      on conflict (singleton) do update set due_events_processed_at = excluded.due_events_processed_at`);
  await ran(2);
  assertStringIncludes(await look(stack, checkReconcile), "ok     Reconcile: last ran 2 minutes ago");
  await ran(30);
  assertStringIncludes(await look(stack, checkReconcile), "note   Reconcile: last ran 30 minutes ago");
  assertStringIncludes(
    await look(stack, checkReconcile, true),
    "WRONG  Reconcile: last ran 30 minutes ago, and should",
  );

  // As pg_cron's, of which the stack has none.
  await stack.sql("create schema cron");
  await stack.sql("create table cron.job as select 'billing_reconcile' as jobname, true as active");
  assertStringIncludes(
    await look(stack, checkReconcile, true),
    "WRONG  Reconcile: scheduled, but it last ran 30 minutes ago",
  );
  await ran(1);
  assertStringIncludes(await look(stack, checkReconcile, true), "ok     Reconcile: once a minute by the database");
  await stack.sql("update cron.job set active = false where true");
  assertStringIncludes(await look(stack, checkReconcile, true), "has no schedule for it; it last ran 1 minute ago");
});

Deno.test("The doctor says which backfill is wanted", async () => {
  await using stack = await startStack();
  const says = async (words: string, hosted = false) =>
    assertStringIncludes(await look(stack, checkReconcile, hosted), words);
  await says("note   Backfill: what Stripe had before this database is not in the mirror");
  await says(`run "npm run backfill -- --project-ref abc"`, true);
  await stack.sql("insert into billing.backfill (kind) values ('invoice')");
  await says("note   Backfill: begun, and has come to invoice");
  await stack.sql("update billing.backfill set kind = null, completed_at = now() where true");
  await says("ok     Backfill: everything that Stripe had was read");
  await stack.sql("insert into billing.reconcile (gap_to) values (100)");
  await says("WRONG  Backfill: events were missed that Stripe no longer lists");
  await says(`run "npm run backfill -- --project-ref abc --restart"`, true);
});
