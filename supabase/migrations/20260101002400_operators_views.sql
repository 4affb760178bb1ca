-- What an operator asks of the ledger, in the SQL editor: `select * from billing.ledger_lag`.

create view billing.ledger_lag with (security_invoker = true) as
select
  pending.events       as pending,
  pending.due          as due,
  pending.leased       as leased,
  pending.oldest       as oldest_received_at,
  dead.events          as dead,
  reconcile.due_events_processed_at,
  to_timestamp(reconcile.polled_to)               as polled_to,
  coalesce(billing.is_backfill_due(reconcile), false) as backfill_due,
  backfill.kind        as backfilling,
  backfill.completed_at as backfilled_at
from (
  select
    count(*)                                       as events,
    count(*) filter (where due_at <= now())        as due,
    count(*) filter (where lease_until > now())    as leased,
    min(received_at)                               as oldest
  from billing.webhook_events
  where processed_at is null
) as pending
cross join (select count(*) as events from billing.webhook_events where outcome = 'dead') as dead
left join billing.reconcile as reconcile on true
left join billing.backfill as backfill on true;

comment on view billing.ledger_lag is 'How far behind we are, in one row.';
comment on column billing.ledger_lag.pending is 'Events that are not finished.';
comment on column billing.ledger_lag.due is 'Those that wait for the drain.';
comment on column billing.ledger_lag.leased is 'Those that somebody is at.';
comment on column billing.ledger_lag.oldest_received_at is 'When the oldest of them was received.';
comment on column billing.ledger_lag.dead is 'Events that were given up: see dead_events.';
comment on column billing.ledger_lag.due_events_processed_at is 'When the reconcile last looked for events that are due; null: never.';
comment on column billing.ledger_lag.polled_to is 'Every event that Stripe lists up to here is in the ledger.';
comment on column billing.ledger_lag.backfill_due is 'Whether events were missed that Stripe no longer lists.';
comment on column billing.ledger_lag.backfilling is 'What a backfill has come to; null if none is unfinished.';
comment on column billing.ledger_lag.backfilled_at is 'When the last backfill was completed; null while one is unfinished.';


create view billing.failing_events with (security_invoker = true) as
select id, type, object, object_id, received_at, attempts, failures, due_at, last_error
from billing.webhook_events
where processed_at is null and last_error is not null
order by received_at;

comment on view billing.failing_events is 'Events that failed and will be tried again, the oldest first.';
comment on column billing.failing_events.id is 'Stripe''s.';
comment on column billing.failing_events.type is 'As Stripe names it.';
comment on column billing.failing_events.object is 'Kind of the object to look at.';
comment on column billing.failing_events.object_id is 'Its id.';
comment on column billing.failing_events.received_at is 'When it was first heard of here.';
comment on column billing.failing_events.attempts is 'How often it was claimed.';
comment on column billing.failing_events.failures is 'How many of the attempts failed in a way that trying again does not mend; with the eighth it is dead.';
comment on column billing.failing_events.due_at is 'From when on the drain may take it.';
comment on column billing.failing_events.last_error is 'Why the last attempt failed.';


create view billing.dead_events with (security_invoker = true) as
select
  dead.id, dead.type, dead.object, dead.object_id, dead.received_at, dead.processed_at as died_at, dead.attempts, dead.last_error,
  exists (
    select from billing.mirror as seen
    where seen.object = dead.object and seen.id = dead.object_id and seen.ticket > dead.ticket
  ) as seen_since
from billing.webhook_events as dead
where dead.outcome = 'dead'
order by dead.processed_at;

comment on view billing.dead_events is 'Events that were given up, the longest dead first. select retry_event(id, livemode) brings one back.';
comment on column billing.dead_events.id is 'Stripe''s.';
comment on column billing.dead_events.type is 'As Stripe names it.';
comment on column billing.dead_events.object is 'Kind of the object to look at.';
comment on column billing.dead_events.object_id is 'Its id.';
comment on column billing.dead_events.received_at is 'When it was first heard of here.';
comment on column billing.dead_events.died_at is 'When it was given up.';
comment on column billing.dead_events.attempts is 'How often it was claimed.';
comment on column billing.dead_events.last_error is 'Why the last attempt failed.';
comment on column billing.dead_events.seen_since is 'Whether its object was recorded by a later look: then nothing is missing.';


create view billing.drift_report with (security_invoker = true) as
select drift.object, field.name as field, count(*) as objects, min(drift.found_at) as first_found_at, max(drift.found_at) as last_found_at
from billing.drift as drift
cross join unnest(drift.fields) as field (name)
group by drift.object, field.name
order by objects desc, drift.object, field.name;

comment on view billing.drift_report is 'Which fields were found changed unheard, the most frequent first. The objects: billing.drift.';
comment on column billing.drift_report.object is 'Kind of object.';
comment on column billing.drift_report.field is 'Its top-level field.';
comment on column billing.drift_report.objects is 'How often it was found changed.';
comment on column billing.drift_report.first_found_at is 'When it was first found changed.';
comment on column billing.drift_report.last_found_at is 'When it was last found changed.';


revoke all on table billing.ledger_lag, billing.failing_events, billing.dead_events, billing.drift_report
  from public, anon, authenticated, service_role;
grant select on table billing.ledger_lag, billing.failing_events, billing.dead_events, billing.drift_report to service_role;
