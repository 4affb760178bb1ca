/** What pg_cron and pg_net say about the calls of stripe-reconcile that failed. */
import type { Database } from "../../../lib/database.ts";
import { JOB } from "../../steps/schedule.ts";
import { ago } from "../ago.ts";

/** Calls that may wait while pg_net works on others; more of them wait for a worker that answers nothing. */
const MAX_WAITING = 5;

interface Run {
  readonly status: string;
  readonly message: string | null;
  readonly minutes: number;
}

interface Answer {
  readonly status: number | null;
  readonly error: string | null;
  readonly timed_out: boolean | null;
  readonly content: string | null;
  /** Minutes since the batch of the call began. */
  readonly minutes: number;
}

/**
 * One sentence per failure, in the order of a call: the job, the queue, the answer.
 *
 * @param minutes Failures before that are left out
 */
export async function explainFailures(database: Database, minutes: number): Promise<string[]> {
  const [there] = await database.query<Record<"runs" | "queue" | "answers", boolean>>(`
    select to_regclass('cron.job_run_details') is not null as runs,
      to_regclass('net.http_request_queue') is not null as queue,
      to_regclass('net._http_response') is not null as answers`);
  return [
    ...there?.runs ? await explainRun(database, minutes) : [],
    ...there?.queue ? await explainQueue(database) : [],
    ...there?.answers ? await explainAnswer(database, minutes) : [],
  ];
}

/** https://github.com/citusdata/pg_cron#viewing-job-run-details */
async function explainRun(database: Database, minutes: number): Promise<string[]> {
  const [run] = await database.query<Run>(
    `select run.status, run.return_message as message,
      (extract(epoch from now() - coalesce(run.start_time, now())) / 60)::float as minutes
    from cron.job_run_details as run
    where run.jobid in (select job.jobid from cron.job as job where job.jobname = $1)
    order by run.runid desc limit 1`,
    [JOB],
  );
  if (run === undefined) return ["pg_cron never ran the job (cron.job_run_details has no row of it)"];
  if (run.status !== "failed") {
    return run.minutes > Math.max(minutes, 2) ? [`pg_cron last ran the job ${ago(run.minutes)}`] : [];
  }
  return [`the last run of the job, ${ago(run.minutes)}, failed: ${run.message ?? "no message"}`];
}

async function explainQueue(database: Database): Promise<string[]> {
  const [queue] = await database.query<{ waiting: number }>(
    "select count(*)::int as waiting from net.http_request_queue",
  );
  const waiting = queue?.waiting ?? 0;
  return waiting > MAX_WAITING
    ? [`${waiting} calls wait in net.http_request_queue: restart pg_net's worker with "select net.worker_restart()"`]
    : [];
}

/**
 * pg_net keeps no address with an answer, so it may be one of another call. Its time is the start of the transaction in
 * which pg_net worked on a batch: `created` defaults to now().
 * https://github.com/supabase/pg_net/blob/master/sql/pg_net.sql
 */
async function explainAnswer(database: Database, minutes: number): Promise<string[]> {
  const [answer] = await database.query<Answer>(
    `select answer.status_code as status, answer.error_msg as error, answer.timed_out, answer.content,
      (extract(epoch from now() - answer.created) / 60)::float as minutes
    from net._http_response as answer
    where answer.created > now() - make_interval(mins => $1)
      and (answer.status_code is null or answer.status_code >= 300)
    order by answer.id desc limit 1`,
    [Math.ceil(minutes)],
  );
  if (answer === undefined) return [];
  const result = answer.status === null
    ? answer.error ?? (answer.timed_out ? "a timeout" : "no answer")
    : `${answer.status}${messageOf(answer.content ?? "")}`;
  return [`the last failed call of pg_net, in a batch that began ${ago(answer.minutes)}, ended with ${result}`];
}

/** Only the message of a function or of the platform: the content may be another program's. */
function messageOf(content: string): string {
  try {
    const { error, message } = JSON.parse(content);
    const text = error?.message ?? message;
    return typeof text === "string" ? ` (${text})` : "";
  } catch {
    return "";
  }
}
