/** The schedule that calls stripe-reconcile: once a minute, by the database's pg_cron and pg_net. */
import type { Database } from "../target/database.ts";

export const reconcileUrl = (projectUrl: string): string => `${projectUrl}/functions/v1/stripe-reconcile`;

/** The name of the job in cron.job. */
export const JOB = "billing_reconcile";

/** Instructions for when the database cannot. */
export const SCHEDULE_BY_HAND =
  `enable pg_cron, pg_net and Vault in the dashboard (Database → Extensions) and deploy again, or let another ` +
  `scheduler POST to stripe-reconcile once a minute with "authorization: Bearer <RECONCILE_SECRET>"`;

/** Creates the schedule, or updates its URL and secret. @returns `scheduled`, or the missing extensions. */
export async function scheduleReconcile(database: Database, projectUrl: string, secret: string): Promise<string> {
  const [row] = await database.query<{ answer: string }>("select billing.schedule_reconcile($1, $2) as answer", [
    reconcileUrl(projectUrl),
    secret,
  ]);
  return row?.answer ?? "no answer";
}

/** Whether the schedule exists and is active. */
export async function isScheduled(database: Database): Promise<boolean> {
  const [cron] = await database.query<{ exists: boolean }>("select to_regclass('cron.job') is not null as exists");
  if (!cron?.exists) return false;
  // With a column, because an interface may leave out rows without any.
  const jobs = await database.query("select 1 as active from cron.job where jobname = $1 and active", [JOB]);
  return jobs.length > 0;
}
