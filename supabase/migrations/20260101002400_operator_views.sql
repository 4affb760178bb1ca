-- Views of the ledger for operators, for the SQL editor: `select * from billing.ledger_lag`.

create view billing.ledger_lag with (security_invoker = true) as
select
  pending.events                  as pending,
  pending.due                     as due,
  pending.leased                  as leased,
  pending.oldest                  as oldest_received_at,
  dead.events                     as dead,
  reconcile.due_events_processed_at,
  to_timestamp(reconcile.polled_to) as polled_to,
  coalesce(billing.is_backfill_due(reconcile), false) as backfill_due,
  (
    select string_agg(distinct open.kind, ', ') from billing.backfill_ranges as open where not open.completed
  )                               as backfilling,
  backfill.completed_at           as backfilled_at
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

comment on view billing.ledger_lag is 'How far the mirror is behind Stripe, in one row.';
comment on column billing.ledger_lag.pending is 'Events that are not finished.';
comment on column billing.ledger_lag.due is 'Pending events that the next reconcile run processes.';
comment on column billing.ledger_lag.leased is 'Pending events that a worker processes now.';
comment on column billing.ledger_lag.oldest_received_at is 'When the oldest pending event was received.';
comment on column billing.ledger_lag.dead is 'Events that are dead-lettered: see dead_events.';
comment on column billing.ledger_lag.due_events_processed_at is 'When a reconcile run last claimed due events; null: never.';
comment on column billing.ledger_lag.polled_to is 'Every event that Stripe lists up to this time is in the ledger.';
comment on column billing.ledger_lag.backfill_due is 'Whether events were missed that Stripe no longer lists.';
comment on column billing.ledger_lag.backfilling is 'The kinds that a backfill has not listed to their end; null if no backfill is unfinished.';
comment on column billing.ledger_lag.backfilled_at is 'When the last backfill was completed; null while one is unfinished.';


create view billing.failing_events with (security_invoker = true) as
select id, type, object, object_id, received_at, attempts, failures, due_at, last_error
from billing.webhook_events
where processed_at is null and last_error is not null
order by received_at;

comment on view billing.failing_events is 'Events that failed and will be retried, the oldest first.';
comment on column billing.failing_events.id is 'Stripe''s id.';
comment on column billing.failing_events.type is 'The event''s type, as Stripe names it.';
comment on column billing.failing_events.object is 'The kind of the object to fetch.';
comment on column billing.failing_events.object_id is 'The id of the object.';
comment on column billing.failing_events.received_at is 'When the event entered the ledger.';
comment on column billing.failing_events.attempts is 'How often it was claimed.';
comment on column billing.failing_events.failures is 'How many attempts failed permanently; with the eighth it is dead-lettered.';
comment on column billing.failing_events.due_at is 'When a reconcile run may process it.';
comment on column billing.failing_events.last_error is 'Why the last attempt failed.';


create view billing.dead_events with (security_invoker = true) as
select
  dead.id, dead.type, dead.object, dead.object_id, dead.received_at, dead.processed_at as died_at, dead.attempts, dead.last_error,
  exists (
    select from billing.mirror as recorded
    where recorded.object = dead.object and recorded.id = dead.object_id and recorded.ticket > dead.ticket
  ) as recorded_since
from billing.webhook_events as dead
where dead.outcome = 'dead'
order by dead.processed_at;

comment on view billing.dead_events is 'Events that are dead-lettered, the oldest first. select billing.retry_event(id) makes one due again.';
comment on column billing.dead_events.id is 'Stripe''s id.';
comment on column billing.dead_events.type is 'The event''s type, as Stripe names it.';
comment on column billing.dead_events.object is 'The kind of the object to fetch.';
comment on column billing.dead_events.object_id is 'The id of the object.';
comment on column billing.dead_events.received_at is 'When the event entered the ledger.';
comment on column billing.dead_events.died_at is 'When it was dead-lettered.';
comment on column billing.dead_events.attempts is 'How often it was claimed.';
comment on column billing.dead_events.last_error is 'Why the last attempt failed.';
comment on column billing.dead_events.recorded_since is 'Whether its object was recorded under a later ticket: then nothing is missing.';


create view billing.drift_report with (security_invoker = true) as
select drift.object, field.name as field, count(*) as objects, min(drift.found_at) as first_found_at, max(drift.found_at) as last_found_at
from billing.drift as drift
cross join unnest(drift.fields) as field (name)
group by drift.object, field.name
order by objects desc, drift.object, field.name;

comment on view billing.drift_report is 'The fields that changed without an event, the most frequent first. The objects: billing.drift.';
comment on column billing.drift_report.object is 'The kind, as Stripe names it.';
comment on column billing.drift_report.field is 'The top-level field.';
comment on column billing.drift_report.objects is 'How often it had changed.';
comment on column billing.drift_report.first_found_at is 'When a change was first found.';
comment on column billing.drift_report.last_found_at is 'When a change was last found.';


revoke all on table billing.ledger_lag, billing.failing_events, billing.dead_events, billing.drift_report
  from public, anon, authenticated, service_role;
grant select on table billing.ledger_lag, billing.failing_events, billing.dead_events, billing.drift_report to service_role;
