import { isScheduled, reconcileUrl, SCHEDULE_BY_HAND } from "../../steps/schedule.ts";
import { ago } from "../ago.ts";
import { explainFailures } from "./schedule.ts";
import { type Finding, note, ok, wrong } from "../finding.ts";
import type { DoctorTarget } from "../target.ts";

/** Minutes without a run; one is due every minute. */
const MAX_IDLE_MINUTES = 10;

interface State {
  /** Minutes since the last run began; null if none did. */
  readonly last: number | null;
  readonly backfill_due: boolean;
  readonly backfilling: string | null;
  readonly backfilled: boolean;
}

/** stripe-reconcile runs on schedule, and the backfill is complete. */
export async function checkReconcile(target: DoctorTarget): Promise<Finding[]> {
  const [state] = await target.database.query<State>(`
    select (extract(epoch from now() - due_events_processed_at) / 60)::float as last, backfill_due, backfilling,
      backfilled_at is not null as backfilled
    from billing.ledger_lag
  `);
  if (state === undefined) return [];
  return [...await checkSecret(target), ...await checkRuns(state, target), ...checkBackfill(state, target)];
}

/** The function accepts RECONCILE_SECRET, and the schedule sends it: a rotation may have reached only one of them. */
async function checkSecret({ url, variables, database, repair }: DoctorTarget): Promise<Finding[]> {
  const { RECONCILE_SECRET: secret } = variables;
  if (secret === undefined) return [];
  // The function compares the secret before it reads the input, which is wrong, so that nothing runs.
  const response = await fetch(reconcileUrl(url), {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
    body: JSON.stringify({ backfill: "no run" }),
    signal: AbortSignal.timeout(20_000),
  });
  await response.body?.cancel();
  if (response.status === 401) return [wrong("Reconcile: the function rejects RECONCILE_SECRET", repair)];
  const [vault] = await database.query<{ exists: boolean }>(
    "select to_regclass('vault.decrypted_secrets') is not null as exists",
  );
  const [scheduled] = !vault?.exists ? [] : await database.query<{ same: boolean }>(
    `select secret.decrypted_secret = $1 as same from vault.decrypted_secrets as secret
    where secret.name = 'billing_reconcile_secret'`,
    [secret],
  );
  return scheduled?.same === false
    ? [wrong("Reconcile: the schedule sends another RECONCILE_SECRET than the file's", repair)]
    : [];
}

async function checkRuns({ last }: State, { database, hosted, url, repair }: DoctorTarget): Promise<Finding[]> {
  const ran = last === null ? "never ran" : `last ran ${ago(last)}`;
  const recent = last !== null && last < MAX_IDLE_MINUTES;
  if (hosted === undefined) {
    return [
      recent ? ok(`Reconcile: ${ran}`) : note(
        `Reconcile: ${ran}: the local stack has no schedule`,
        `to run it, POST to ${reconcileUrl(url)} with "authorization: Bearer <reconcile_secret in .local/stack.json>"`,
      ),
    ];
  }
  if (!await isScheduled(database)) {
    return [
      note(`Reconcile: the database has no schedule; it ${ran}`, SCHEDULE_BY_HAND),
      ...(last === null || recent ? [] : [wrong(`Reconcile: ${ran}, but is due every minute`, SCHEDULE_BY_HAND)]),
    ];
  }
  const failures = await explainFailures(database, last ?? MAX_IDLE_MINUTES);
  const found = failures.length === 0 ? "" : `; ${failures.join("; ")}`;
  if (recent) {
    return [
      ok(`Reconcile: scheduled once a minute by the database; it ${ran}`),
      ...failures.map((failure) => note(`Reconcile: ${failure}`, "run the doctor again in two minutes")),
    ];
  }
  if (last === null && failures.length === 0) {
    return [note("Reconcile: scheduled, but not run yet", "run the doctor again in two minutes")];
  }
  return [wrong(
    `Reconcile: scheduled, but it ${ran}${found}`,
    `compare cron.job_run_details, net.http_request_queue and net._http_response, then ${repair}`,
  )];
}

function checkBackfill({ backfill_due, backfilling, backfilled }: State, { options }: DoctorTarget): Finding[] {
  // A completed backfill runs again only with --restart.
  const restart = backfilled ? `${options === "" ? " --" : ""} --restart` : "";
  const run = `run "npm run backfill${options}${restart}"`;
  if (backfilling !== null) {
    return [note(`Backfill: in progress, at ${backfilling}`, `run "npm run backfill${options}"`)];
  }
  if (backfill_due) return [wrong("Backfill: events were missed that Stripe no longer lists", run)];
  if (backfilled) return [ok("Backfill: complete")];
  return [note("Backfill: not run yet, so the mirror lacks objects that are older than this database", run)];
}
