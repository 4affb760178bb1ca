/** Who calls stripe-reconcile: the database, once a minute, where it can. */
import type { Database } from "../target/database.ts";

export const reconcileUrl = (projectUrl: string): string => `${projectUrl}/functions/v1/stripe-reconcile`;

/** What a person does where the database cannot. */
export const SCHEDULE_BY_HAND =
  `switch pg_cron, pg_net and Vault on in the dashboard (Database → Extensions) and deploy again, or have another ` +
  `scheduler POST to stripe-reconcile once a minute with "authorization: Bearer <RECONCILE_SECRET>"`;

/** Sets the schedule up, or changes its address and secret. @returns `scheduled`, or what is missing for it. */
export async function scheduleReconcile(database: Database, projectUrl: string, secret: string): Promise<string> {
  const [row] = await database.query<{ answer: string }>("select billing.schedule_reconcile($1, $2) as answer", [
    reconcileUrl(projectUrl),
    secret,
  ]);
  return row?.answer ?? "no answer";
}

/** Whether the database has the schedule and it is switched on. */
export async function isScheduled(database: Database): Promise<boolean> {
  const [cron] = await database.query<{ exists: boolean }>("select to_regclass('cron.job') is not null as exists");
  if (!cron?.exists) return false;
  const jobs = await database.query("select from cron.job where jobname = 'billing_reconcile' and active");
  return jobs.length > 0;
}
