import { assertEquals, assertStringIncludes } from "@std/assert";
import { environmentOf } from "../../../lib/environment.ts";
import { startTestStack, type TestStack } from "../../testing/test_stack.ts";
import { report } from "../doctor.ts";
import { checkLedger } from "./ledger.ts";
import { checkReconcile } from "./reconcile.ts";
import type { DoctorTarget, Hosted } from "../target.ts";
import { localDoctorTarget } from "../targets.ts";

/** A check's report on a stack, or on the stack as if it were a hosted project. */
async function run(
  stack: TestStack,
  check: (target: DoctorTarget) => Promise<Parameters<typeof report>[0]>,
  hosted = false,
) {
  const target = localDoctorTarget(stack, environmentOf({}, "the test"));
  const options = " -- --project-ref abc";
  const changes = hosted ? { hosted: {} as Hosted, options } : {};
  return report(await check({ ...target, ...changes }).finally(() => target.database.close()));
}

/** Inserts a product event that was received some minutes ago. */
const insertEvent = ({ sql }: TestStack, id: string, minutes: number, state: Record<string, string> = {}) => {
  const columns = { ticket: "nextval('billing.tickets')", ...state };
  return sql(`
    insert into billing.webhook_events (id, type, object, object_id, created, received_at, ${Object.keys(columns)})
    values ('${id}', 'product.updated', 'product', 'prod_${id}', 1, now() - interval '${minutes} minutes', ${
    Object.values(columns)
  })`);
};

Deno.test("checkLedger reports the age of the last event, and an event that is pending too long as wrong", async () => {
  await using stack = await startTestStack();
  await stack.sql("select confirm_account('acct_1LocalStripe00000', false)");
  assertStringIncludes(await run(stack, checkLedger), "note   Ledger: no event was received yet");

  await insertEvent(stack, "old", 300, { processed_at: "now()", outcome: "'processed'" });
  assertEquals(
    await run(stack, checkLedger),
    "ok     Ledger: the last event was received 5 hours ago; all are processed",
  );

  await insertEvent(stack, "new", 3);
  assertStringIncludes(
    await run(stack, checkLedger),
    "ok     Ledger: the last event was received 3 minutes ago; 1 pending, the oldest received 3 minutes ago",
  );
  await insertEvent(stack, "late", 45, { last_error: "'Stripe was unavailable'" });
  const text = await run(stack, checkLedger);
  assertStringIncludes(
    text,
    "WRONG  Ledger: the last event was received 3 minutes ago; 2 pending, the oldest received 45",
  );
  assertStringIncludes(
    text,
    "note   Ledger: 1 failed and will be retried, first product.updated: Stripe was unavailable",
  );
});

Deno.test("checkLedger with a dead-lettered event names the command that retries it, unless its object was recorded since", async () => {
  await using stack = await startTestStack();
  await stack.sql("select confirm_account('acct_1LocalStripe00000', false)");
  await insertEvent(stack, "dead", 60, { processed_at: "now()", outcome: "'dead'", last_error: "'Stripe refuses it'" });
  const text = await run(stack, checkLedger);
  assertStringIncludes(text, "WRONG  Ledger: 1 dead-lettered, first dead (product.updated): Stripe refuses it");
  const [, command] = text.match(/"(select retry_event[^"]+)"/) ?? [];
  assertEquals(await stack.sql(command ?? ""), [{ retry_event: true }]);
  assertEquals((await run(stack, checkLedger)).includes("dead-lettered"), false);

  await stack.sql("update billing.webhook_events set processed_at = now(), outcome = 'dead'");
  await stack.sql(
    `select record_objects(draw_ticket(false), '[{"id": "prod_dead", "object": "product", "active": true}]', false)`,
  );
  assertEquals((await run(stack, checkLedger)).includes("WRONG"), false);
});

Deno.test("checkLedger names the fields that drifted without an event", async () => {
  await using stack = await startTestStack();
  await stack.sql(`
    insert into billing.drift (object, object_id, fields) values
      ('product', 'prod_1', '{name}'), ('product', 'prod_2', '{name,active}')`);
  const text = await run(stack, checkLedger);
  assertStringIncludes(text, "drift without an event, last found within the last minute");
  assertStringIncludes(text, "name of 2 × product, active of 1 × product");
});

Deno.test("checkReconcile reports whether stripe-reconcile runs on schedule", async () => {
  await using stack = await startTestStack();
  assertStringIncludes(
    await run(stack, checkReconcile),
    "note   Reconcile: never ran: the local stack has no schedule",
  );
  const never = await run(stack, checkReconcile, true);
  assertStringIncludes(never, "note   Reconcile: the database has no schedule; it never ran");
  assertStringIncludes(never, "pg_cron");

  const ran = (minutes: number) =>
    stack.sql(`insert into billing.reconcile (due_events_processed_at) values (now() - interval '${minutes} minutes')
      on conflict (singleton) do update set due_events_processed_at = excluded.due_events_processed_at`);
  await ran(2);
  assertStringIncludes(await run(stack, checkReconcile), "ok     Reconcile: last ran 2 minutes ago");
  await ran(30);
  assertStringIncludes(await run(stack, checkReconcile), "note   Reconcile: last ran 30 minutes ago");
  assertStringIncludes(
    await run(stack, checkReconcile, true),
    "WRONG  Reconcile: last ran 30 minutes ago, but is due",
  );

  // Like pg_cron's table; the local stack has no pg_cron.
  await stack.sql("create schema cron");
  await stack.sql("create table cron.job as select 'billing_reconcile' as jobname, true as active");
  assertStringIncludes(
    await run(stack, checkReconcile, true),
    "WRONG  Reconcile: scheduled, but it last ran 30 minutes ago",
  );
  await ran(1);
  assertStringIncludes(
    await run(stack, checkReconcile, true),
    "ok     Reconcile: scheduled once a minute by the database",
  );
  await stack.sql("update cron.job set active = false where true");
  assertStringIncludes(await run(stack, checkReconcile, true), "has no schedule; it last ran 1 minute ago");
});

Deno.test("checkReconcile reports the state of the backfill and the command to run", async () => {
  await using stack = await startTestStack();
  const reports = async (text: string, hosted = false) =>
    assertStringIncludes(await run(stack, checkReconcile, hosted), text);
  await reports("note   Backfill: not run yet, so the mirror lacks objects");
  await reports(`run "npm run backfill -- --project-ref abc"`, true);
  await stack.sql("insert into billing.backfill (kind) values ('invoices')");
  await reports("note   Backfill: in progress, at invoices");
  await stack.sql("update billing.backfill set kind = null, completed_at = now() where true");
  await reports("ok     Backfill: complete");
  await stack.sql("insert into billing.reconcile (gap_to) values (100)");
  await reports("WRONG  Backfill: events were missed that Stripe no longer lists");
  await reports(`run "npm run backfill -- --project-ref abc --restart"`, true);
});
