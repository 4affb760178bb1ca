-- Pruning: Stripe lists an event for 30 days, so an event that is 35 days old is not entered again.
--
-- A run a minute deletes twice as many events as 10,000 a minute. The ledger is not partitioned by day, because an event's
-- id has to be unique in all of it.

create function public.prune_ledger(stripe_key text)
  returns integer
  language plpgsql set search_path = ''
as $$
declare
  events integer;
  drifts integer;
begin
  perform billing.require_deployment(stripe_key);

  delete from billing.webhook_events as event
  where event.id = any (array(
    select old.id
    from billing.webhook_events as old
    where old.outcome <> 'dead' and old.received_at < now() - interval '35 days'
    order by old.received_at
    limit 20000
    for update skip locked
  ));
  get diagnostics events = row_count;

  delete from billing.drift as drift
  where drift.ctid = any (array(
    select old.ctid
    from billing.drift as old
    where old.found_at < now() - interval '35 days'
    order by old.found_at
    limit 5000
    for update skip locked
  ));
  get diagnostics drifts = row_count;

  delete from public.stripe_changes as change
  where change.id = any (array(
    select old.id
    from public.stripe_changes as old
    where old.changed_at < now() - interval '1 hour'
    order by old.changed_at
    limit 20000
    for update skip locked
  ));

  delete from billing.stripe_reads as known where known.day < (now() at time zone 'UTC')::date - 60;
  return events + drifts;
end
$$;

comment on function public.prune_ledger is
  'Deletes finished events and drift older than 35 days, at most 20,000 events and 5,000 drifts, counts of reads older than 60 days, and changes for Realtime older than an hour. Dead events stay. Returns how many events and drifts were deleted.';

revoke all on function public.prune_ledger from public, anon, authenticated;
grant execute on function public.prune_ledger to service_role;
