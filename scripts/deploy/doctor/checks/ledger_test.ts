import { assertEquals, assertStringIncludes } from "@std/assert";
import { environmentOf } from "../../../lib/environment.ts";
import { listen } from "../../../lib/listen.ts";
import { isScheduled } from "../../steps/schedule.ts";
import { hostedDatabase } from "../../target/database.ts";
import { openManagementApi } from "../../target/management_api.ts";
import { ACCESS_TOKEN, createManagementApiEmulator, REF } from "../../testing/management_api_emulator.ts";
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
  await stack.sql("select confirm_account('acct_1LocalStripe00000', 'test_1')");
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
  await stack.sql("select confirm_account('acct_1LocalStripe00000', 'test_1')");
  await insertEvent(stack, "dead", 60, { processed_at: "now()", outcome: "'dead'", last_error: "'Stripe refuses it'" });
  const text = await run(stack, checkLedger);
  assertStringIncludes(text, "WRONG  Ledger: 1 dead-lettered, first dead (product.updated): Stripe refuses it");
  const [, command] = text.match(/"(select billing.retry_event[^"]+)"/) ?? [];
  assertEquals(await stack.sql(command ?? ""), [{ retry_event: true }]);
  assertEquals((await run(stack, checkLedger)).includes("dead-lettered"), false);

  await stack.sql("update billing.webhook_events set processed_at = now(), outcome = 'dead'");
  await stack.sql(
    `select record_objects(draw_ticket('test_1'), '[{"id": "prod_dead", "object": "product", "active": true}]', 'test_1')`,
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

/** Tables as pg_cron and pg_net create them, with a run of the job that is due. */
async function addSchedule({ sql }: TestStack): Promise<void> {
  await sql("create schema if not exists cron");
  await sql("create schema if not exists net");
  await sql("create table cron.job as select 7::bigint as jobid, 'billing_reconcile' as jobname, true as active");
  await sql(`create table cron.job_run_details (jobid bigint, runid bigserial, status text, return_message text,
    start_time timestamptz default now(), end_time timestamptz)`);
  await sql("create table net.http_request_queue (id bigserial, url text, headers jsonb)");
  await sql(`create table net._http_response (id bigserial, status_code integer, content text, timed_out bool,
    error_msg text, created timestamptz default now())`);
  await sql(`insert into billing.reconcile (due_events_processed_at) values (now() - interval '30 minutes')`);
}

Deno.test("checkReconcile tries RECONCILE_SECRET at the function and compares it with the schedule's, and starts no run", async () => {
  await using stack = await startTestStack();
  const wrongs = async (RECONCILE_SECRET?: string) => {
    const target = localDoctorTarget(stack, environmentOf({ RECONCILE_SECRET }, "the test"));
    const findings = await checkReconcile(target).finally(() => target.database.close());
    return report(findings.filter(({ state }) => state === "wrong"));
  };
  assertStringIncludes(await wrongs("y".repeat(40)), "WRONG  Reconcile: the function rejects RECONCILE_SECRET");
  assertEquals(await wrongs(), "");
  await stack.sql("create schema if not exists vault");
  await stack.sql("create table vault.decrypted_secrets (name text, decrypted_secret text)");
  await stack.sql(`insert into vault.decrypted_secrets values ('billing_reconcile_secret', '${"y".repeat(40)}')`);
  assertStringIncludes(await wrongs(), "WRONG  Reconcile: the schedule sends another RECONCILE_SECRET");
  await stack.sql(`update vault.decrypted_secrets set decrypted_secret = '${stack.reconcile_secret}' where true`);
  assertEquals(await wrongs(), "");
  assertEquals(await stack.sql("select due_events_processed_at from billing.ledger_lag"), [
    { due_events_processed_at: null },
  ]);
});

Deno.test("checkReconcile says what failed at pg_cron, in pg_net's queue and in its answers", async (t) => {
  await using stack = await startTestStack();
  await addSchedule(stack);
  const reports = async (sql: string, text: string) => {
    await t.step(text, async () => {
      await stack.sql(sql);
      const found = await run(stack, checkReconcile, true);
      assertStringIncludes(found, `WRONG  Reconcile: scheduled, but it last ran 30 minutes ago; `);
      assertStringIncludes(found, text);
    });
  };
  await reports("select 1", "pg_cron never ran the job");
  await reports(
    `insert into cron.job_run_details (jobid, status, return_message, start_time) values
      (7, 'failed', 'ERROR: permission denied for schema net', now() - interval '2 minutes'), (8, 'succeeded', '', now())`,
    "the last run of the job, 2 minutes ago, failed: ERROR: permission denied for schema net",
  );
  await reports(
    "update cron.job_run_details set status = 'succeeded', start_time = now() - interval '2 days' where true",
    "pg_cron last ran the job 2 days ago",
  );
  await reports(
    `insert into net.http_request_queue (url, headers) select 'https://secret.example', '{}' from generate_series(1, 12)`,
    `12 calls wait in net.http_request_queue: restart pg_net's worker with "select net.worker_restart()"`,
  );
  await reports(
    `insert into net._http_response (status_code, content, created) values
      (500, '{"error": {"message": "too old"}}', now() - interval '40 minutes'),
      (401, '{"error": {"message": "Send RECONCILE_SECRET"}}', now() - interval '3 minutes'), (200, '{}', now())`,
    "the last failed call of pg_net, in a batch that began 3 minutes ago, ended with 401 (Send RECONCILE_SECRET)",
  );
  await reports("insert into net._http_response (status_code, content) values (502, 'private')", "ended with 502\n");
  await reports("insert into net._http_response (error_msg) values ('Timeout was reached')", "ended with Timeout was");
  const text = await run(stack, checkReconcile, true);
  for (const word of ["private", "secret.example"]) assertEquals(text.includes(word), false);

  await t.step("a failure after the last run is a note, an older one is not reported", async () => {
    await stack.sql("truncate net.http_request_queue, net._http_response");
    await stack.sql("update billing.reconcile set due_events_processed_at = now() - interval '3 minutes' where true");
    await stack.sql(
      "update cron.job_run_details set status = 'failed', return_message = 'no', start_time = now() where true",
    );
    assertStringIncludes(
      await run(stack, checkReconcile, true),
      "note   Reconcile: the last run of the job, within the last minute, failed: no",
    );
    await stack.sql("update cron.job_run_details set status = 'succeeded' where true");
    await stack.sql("insert into net._http_response (status_code, created) values (503, now() - interval '9 minutes')");
    const recent = await run(stack, checkReconcile, true);
    assertEquals(recent.includes("net") || recent.includes("pg_cron last"), false, recent);
  });
});

Deno.test("isScheduled finds the job at a project's interface, which leaves out rows without columns", async () => {
  await using stack = await startTestStack();
  await addSchedule(stack);
  const emulator = createManagementApiEmulator({ databaseUrl: stack.database_url, publishableKey: "" });
  const server = listen(0, emulator.fetch);
  const database = hostedDatabase(openManagementApi(server.url, REF, ACCESS_TOKEN));
  const answers = [await isScheduled(database)];
  await stack.sql("update cron.job set active = false where true");
  answers.push(await isScheduled(database));
  await server.close();
  await emulator.close();
  assertEquals(answers, [true, false]);
});

Deno.test("checkReconcile reports the state of the backfill and the command to run", async () => {
  await using stack = await startTestStack();
  const reports = async (text: string, hosted = false) =>
    assertStringIncludes(await run(stack, checkReconcile, hosted), text);
  await reports("note   Backfill: not run yet, so the mirror lacks objects");
  await reports(`run "npm run backfill -- --project-ref abc"`, true);
  await stack.sql("insert into billing.backfill_ranges (kind) values ('invoices')");
  await reports("note   Backfill: in progress, at invoices");
  await stack.sql("update billing.backfill_ranges set completed = true where true");
  await stack.sql("insert into billing.backfill (completed_at) values (now())");
  await reports("ok     Backfill: complete");
  await stack.sql("insert into billing.reconcile (gap_to) values (100)");
  await reports("WRONG  Backfill: events were missed that Stripe no longer lists");
  await reports(`run "npm run backfill -- --project-ref abc --restart"`, true);
});
