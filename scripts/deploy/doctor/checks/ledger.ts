import { ago } from "../ago.ts";
import { type Finding, note, ok, wrong } from "../finding.ts";
import type { DoctorTarget } from "../target.ts";

/** Minutes that an event may be pending. */
const MAX_PENDING_MINUTES = 10;

interface Lag {
  readonly pending: number;
  readonly dead: number;
  /** Minutes since the last event was received, and since the oldest pending one was. */
  readonly last: number | null;
  readonly oldest: number | null;
}

/** Events arrive and are processed; none was dead-lettered, and no object drifted without an event. */
export async function checkLedger(target: DoctorTarget): Promise<Finding[]> {
  const { database } = target;
  const [lag] = await database.query<Lag>(`
    select pending::int, dead::int,
      (extract(epoch from now() - oldest_received_at) / 60)::float as oldest,
      (extract(epoch from now() - greatest(
        (select max(received_at) from billing.webhook_events where outcome <> 'dead'),
        (select max(received_at) from billing.webhook_events where processed_at is null),
        (select max(received_at) from billing.webhook_events where outcome = 'dead')
      )) / 60)::float as last
    from billing.ledger_lag
  `);
  if (lag === undefined || lag.last === null) {
    const next = "change an object at Stripe, such as a product's description, and run the doctor again";
    return [note("Ledger: no event was received yet", next), ...await checkDrift(target)];
  }
  return [
    checkLag(lag),
    ...await checkFailing(target),
    ...await checkDead(target),
    ...await checkDrift(target),
  ];
}

function checkLag({ pending, oldest, last }: Lag): Finding {
  const what = `Ledger: the last event was received ${ago(last ?? 0)}; ${
    pending === 0 ? "all are processed" : `${pending} pending, the oldest received ${ago(oldest ?? 0)}`
  }`;
  return (oldest ?? 0) > MAX_PENDING_MINUTES
    ? wrong(
      what,
      `find the cause with "select * from billing.failing_events"; stripe-reconcile retries them, if it runs (see Reconcile)`,
    )
    : ok(what);
}

/** Failed events that will be retried are a note, not an error. */
async function checkFailing({ database }: DoctorTarget): Promise<Finding[]> {
  const [failing] = await database.query<{ count: number; type: string; error: string }>(`
    select count(*) over ()::int as count, type, last_error as error from billing.failing_events limit 1
  `);
  return failing === undefined ? [] : [note(
    `Ledger: ${failing.count} failed and will be retried, first ${failing.type}: ${failing.error}`,
    `nothing to do now; list them with "select * from billing.failing_events"`,
  )];
}

async function checkDead({ database }: DoctorTarget): Promise<Finding[]> {
  const dead = await database.query<{ id: string; type: string; error: string; total: number }>(`
    select dead.id, dead.type, dead.last_error as error, count(*) over ()::int as total
    from billing.dead_events as dead
    where not dead.recorded_since limit 1
  `);
  return dead.map(({ id, type, error, total }) =>
    wrong(
      `Ledger: ${total} dead-lettered, first ${id} (${type}): ${error}`,
      `fix the cause, then run "select billing.retry_event('${id}')"; list them with "select * from billing.dead_events"`,
    )
  );
}

async function checkDrift({ database }: DoctorTarget): Promise<Finding[]> {
  const drift = await database.query<{ object: string; field: string; objects: number; last: number }>(`
    select object, field, objects::int, (extract(epoch from now() - last_found_at) / 60)::float as last
    from billing.drift_report limit 3
  `);
  if (drift.length === 0) return [];
  const fields = drift.map(({ object, field, objects }) => `${field} of ${objects} × ${object}`);
  const last = Math.min(...drift.map(({ last }) => last));
  return [note(
    `Ledger: drift without an event, last found ${ago(last)}: ${fields.join(", ")}`,
    `nothing to do, it is repaired; if it continues, check that Stripe sends every event (see Webhook)`,
  )];
}
