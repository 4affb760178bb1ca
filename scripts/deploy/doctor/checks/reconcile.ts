import { isScheduled, reconcileUrl, SCHEDULE_BY_HAND } from "../../steps/schedule.ts";
import { ago } from "../ago.ts";
import { type Finding, note, ok, wrong } from "../finding.ts";
import type { Target } from "../target.ts";

/** Minutes without a run, of which there is one each. */
const PATIENCE = 10;

interface State {
  /** Minutes since the last run began; null: never. */
  readonly last: number | null;
  readonly backfill_due: boolean;
  readonly backfilling: string | null;
  readonly backfilled: boolean;
}

/** What no delivery brought is looked for, and everything that was there before was read once. */
export async function checkReconcile(target: Target): Promise<Finding[]> {
  const [state] = await target.database.query<State>(`
    select (extract(epoch from now() - due_events_processed_at) / 60)::float as last, backfill_due, backfilling,
      backfilled_at is not null as backfilled
    from billing.ledger_lag
  `);
  if (state === undefined) return [];
  return [...await checkRuns(state, target), ...checkBackfill(state, target)];
}

async function checkRuns({ last }: State, { database, hosted, url, repair }: Target): Promise<Finding[]> {
  const ran = last === null ? "never ran" : `last ran ${ago(last)}`;
  const lately = last !== null && last < PATIENCE;
  if (hosted === undefined) {
    return [
      lately ? ok(`Reconcile: ${ran}`) : note(
        `Reconcile: ${ran}: nothing here calls it`,
        `POST to ${
          reconcileUrl(url)
        } with "authorization: Bearer <reconcile_secret of .local/stack.json>", if you want one`,
      ),
    ];
  }
  if (!await isScheduled(database)) {
    return [
      note(`Reconcile: the database has no schedule for it; it ${ran}`, SCHEDULE_BY_HAND),
      ...(last === null || lately ? [] : [wrong(`Reconcile: ${ran}, and should every minute`, SCHEDULE_BY_HAND)]),
    ];
  }
  if (lately) return [ok(`Reconcile: once a minute by the database; it ${ran}`)];
  if (last === null) return [note("Reconcile: scheduled, and never ran yet", "look again in two minutes")];
  return [wrong(
    `Reconcile: scheduled, but it ${ran}`,
    `read what it was answered in "select * from net._http_response order by id desc", then ${repair}`,
  )];
}

function checkBackfill({ backfill_due, backfilling, backfilled }: State, { options }: Target): Finding[] {
  // What was completed stays so, unless a restart is asked for.
  const anew = backfilled ? `${options === "" ? " --" : ""} --restart` : "";
  const run = `run "npm run backfill${options}${anew}"`;
  if (backfilling !== null) {
    return [note(`Backfill: begun, and has come to ${backfilling}`, `run "npm run backfill${options}"`)];
  }
  if (backfill_due) return [wrong("Backfill: events were missed that Stripe no longer lists", run)];
  if (backfilled) return [ok("Backfill: everything that Stripe had was read")];
  return [note("Backfill: what Stripe had before this database is not in the mirror", run)];
}
