-- What the ledger need not remember: Stripe lists an event for 30 days, so after 35 none comes again.

create function public.prune_ledger(livemode boolean)
  returns integer
  language plpgsql set search_path = ''
as $$
declare
  events integer;
  drifts integer;
begin
  perform billing.require_deployment(livemode);

  delete from billing.webhook_events as event
  where event.id = any (array(
    select old.id
    from billing.webhook_events as old
    where old.outcome <> 'dead' and old.received_at < now() - interval '35 days'
    order by old.received_at
    limit 5000
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
  return events + drifts;
end
$$;

comment on function public.prune_ledger is
  'Deletes finished events and drift of over 35 days ago, at most 5,000 of each. Dead events stay. How many rows went.';

revoke all on function public.prune_ledger from public, anon, authenticated;
grant execute on function public.prune_ledger to service_role;
