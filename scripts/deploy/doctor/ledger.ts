import { ago } from "./ago.ts";
import { type Finding, note, ok, wrong } from "./finding.ts";
import type { Target } from "./target.ts";

/** Minutes that an event may wait before somebody should know. */
const PATIENCE = 10;

interface Lag {
  readonly pending: number;
  readonly dead: number;
  /** Minutes since the last event was heard of, and since the oldest that is not finished. */
  readonly last: number | null;
  readonly oldest: number | null;
}

/** Events arrive, are finished, and nothing was given up or changed unheard. */
export async function checkLedger(target: Target): Promise<Finding[]> {
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
    const next = "change something at Stripe, a product's description for example, and look again";
    return [note("Ledger: no event has come yet", next), ...await checkDrift(target)];
  }
  return [
    checkLag(lag),
    ...await checkFailing(target),
    ...await checkDead(target),
    ...await checkDrift(target),
  ];
}

function checkLag({ pending, oldest, last }: Lag): Finding {
  const what = `Ledger: the last event came ${ago(last ?? 0)}; ${
    pending === 0 ? "all are finished" : `${pending} are not finished, the oldest came ${ago(oldest ?? 0)}`
  }`;
  return (oldest ?? 0) > PATIENCE
    ? wrong(
      what,
      `read why in "select * from billing.failing_events"; stripe-reconcile takes them up, if it runs: see below`,
    )
    : ok(what);
}

/** Events that will be tried again: worth a word, and no more while they are. */
async function checkFailing({ database }: Target): Promise<Finding[]> {
  const [failing] = await database.query<{ count: number; type: string; error: string }>(`
    select count(*) over ()::int as count, type, last_error as error from billing.failing_events limit 1
  `);
  return failing === undefined ? [] : [note(
    `Ledger: ${failing.count} failed and will be tried again, first a ${failing.type}: ${failing.error}`,
    `nothing to do at once; all of them: "select * from billing.failing_events"`,
  )];
}

async function checkDead({ database }: Target): Promise<Finding[]> {
  const dead = await database.query<{ id: string; type: string; error: string; total: number; livemode: boolean }>(`
    select dead.id, dead.type, dead.last_error as error, count(*) over ()::int as total, deployment.livemode
    from billing.dead_events as dead cross join billing.deployment as deployment
    where not dead.recorded_since limit 1
  `);
  return dead.map(({ id, type, error, total, livemode }) =>
    wrong(
      `Ledger: ${total} were given up, first ${id} (${type}): ${error}`,
      `mend the cause, then "select retry_event('${id}', ${livemode})"; all of them: "select * from billing.dead_events"`,
    )
  );
}

async function checkDrift({ database }: Target): Promise<Finding[]> {
  const drift = await database.query<{ object: string; field: string; objects: number; last: number }>(`
    select object, field, objects::int, (extract(epoch from now() - last_found_at) / 60)::float as last
    from billing.drift_report limit 3
  `);
  if (drift.length === 0) return [];
  const fields = drift.map(({ object, field, objects }) => `${field} of ${objects} × ${object}`);
  const last = Math.min(...drift.map(({ last }) => last));
  return [note(
    `Ledger: found changed without an event, last ${ago(last)}: ${fields.join(", ")}`,
    `nothing to do, they are mended; if it goes on, look whether Stripe sends all events (Webhook, above)`,
  )];
}
