-- The reconcile: reads what Stripe's list of events has and the ledger has not.
--
-- One at a time, under a run_id: whoever was overtaken is told to stop by his next page. The list is newest first, so
-- we have caught up to the end of a window only when the window was read to its beginning.

create table billing.reconcile (
  singleton       boolean     primary key default true constraint there_is_one_reconcile check (singleton),
  run_id            bigint,
  lease_until     timestamptz not null default '-infinity',
  due_events_processed_at     timestamptz,
  polled_to    bigint,
  window_from     bigint,
  window_to       bigint,
  window_cursor   text,
  gap_to          bigint,
  backfilled_from bigint
);

comment on table billing.reconcile is 'How far Stripe''s list of events was read. One row, written by the first claim.';
comment on column billing.reconcile.singleton is 'Holds the table to its one row.';
comment on column billing.reconcile.run_id is 'Of the run at work, or of the last one; a ticket.';
comment on column billing.reconcile.lease_until is 'Until when the run is believed to be at work; each page extends it.';
comment on column billing.reconcile.due_events_processed_at is 'When a run last came to look for events that are due.';
comment on column billing.reconcile.polled_to is 'Every event up to here, in Unix seconds, is in the ledger; null: never read to the end.';
comment on column billing.reconcile.window_from is 'Where the window that is being read begins, in Unix seconds; null between two windows.';
comment on column billing.reconcile.window_to is 'Where it ends.';
comment on column billing.reconcile.window_cursor is 'The last event that was read of it; null to begin.';
comment on column billing.reconcile.gap_to is 'Events before this, in Unix seconds, were no longer listed when we came to read them.';
comment on column billing.reconcile.backfilled_from is 'When the last backfill began that was completed, in Unix seconds: it saw what happened before.';

revoke all on table billing.reconcile from public, anon, authenticated, service_role;
grant select, insert, update, delete on table billing.reconcile to service_role;

alter table billing.reconcile enable row level security;


create type public.reconcile_claim as (
  run_id          bigint,
  window_from   bigint,
  window_to     bigint,
  window_cursor text,
  backfill_due  boolean,
  retry_after   integer
);

comment on type public.reconcile_claim is 'A run_id and what to read; or null and the seconds until asking again makes sense.';
comment on column public.reconcile_claim.run_id is 'Named by every step of the run; null for everybody else.';
comment on column public.reconcile_claim.window_from is 'Read the events created from here, in Unix seconds,';
comment on column public.reconcile_claim.window_to is 'to here, in Unix seconds,';
comment on column public.reconcile_claim.window_cursor is 'after this event; null to begin.';
comment on column public.reconcile_claim.backfill_due is 'Events were missed that Stripe no longer lists: only a backfill makes up for them.';
comment on column public.reconcile_claim.retry_after is 'Seconds until asking again makes sense; null for the one at work.';

create function public.claim_reconcile(livemode boolean)
  returns public.reconcile_claim
  language plpgsql set search_path = ''
as $$
declare
  known     billing.reconcile;
  claim     public.reconcile_claim;
  present   constant bigint := floor(extract(epoch from now()));
  -- Stripe lists events for 30 days. A day is to spare, in which a window that was begun can be finished.
  oldest    constant bigint := present - 29 * 86400;
begin
  perform billing.require_deployment(livemode);

  insert into billing.reconcile default values on conflict do nothing;
  select * into strict known from billing.reconcile for update;
  if known.lease_until > now() then
    claim.retry_after := ceil(extract(epoch from known.lease_until - now()));
    return claim;
  end if;

  if known.window_from is null or known.window_from < oldest - 86400 then
    if known.polled_to is null or known.polled_to < oldest then
      known.gap_to := oldest;
    end if;
    -- Five minutes again: an event may be listed later than it was created.
    known.window_from := greatest(known.polled_to - 300, oldest);
    known.window_to := present;
    known.window_cursor := null;
  end if;

  claim.run_id := nextval('billing.tickets');
  claim.window_from := known.window_from;
  claim.window_to := known.window_to;
  claim.window_cursor := known.window_cursor;
  claim.backfill_due := billing.is_backfill_due(known);
  update billing.reconcile
  set run_id = claim.run_id,
      lease_until = now() + interval '2 minutes',
      window_from = known.window_from,
      window_to = known.window_to,
      window_cursor = known.window_cursor,
      gap_to = known.gap_to
  where singleton;
  return claim;
end
$$;

comment on function public.claim_reconcile is
  'Makes the caller the one at work for two minutes, if nobody is. A window that was not read to its end goes on.';


create function billing.is_backfill_due(reconcile billing.reconcile)
  returns boolean
  language sql immutable set search_path = ''
as $$
  select coalesce(reconcile.gap_to > coalesce(reconcile.backfilled_from, 0), false)
$$;

comment on function billing.is_backfill_due is 'Whether no backfill that was completed began after the last gap.';


create function public.record_events_page(run_id bigint, events jsonb, livemode boolean, cursor text default null)
  returns integer
  language plpgsql set search_path = ''
as $$
declare
  is_last constant boolean := cursor is null;
declare
  entered integer;
begin
  perform billing.require_deployment(livemode);

  update billing.reconcile as reconcile
  set window_cursor = record_events_page.cursor,
      polled_to = case when is_last then coalesce(reconcile.window_to, reconcile.polled_to) else reconcile.polled_to end,
      window_from = case when not is_last then reconcile.window_from end,
      window_to = case when not is_last then reconcile.window_to end,
      lease_until = now() + interval '2 minutes'
  where reconcile.run_id = record_events_page.run_id;
  if not found then
    return null;
  end if;
  if events is null then
    raise exception 'Nothing to enter: events is null' using errcode = 'invalid_parameter_value';
  end if;

  insert into billing.webhook_events (id, type, object, object_id, api_version, created, ticket)
  select listed.id, listed.type, listed.object, listed.object_id, listed.api_version, listed.created, entry.ticket
  from (select nextval('billing.tickets') as ticket) as entry
  cross join jsonb_to_recordset(events) as listed (
    id text, type text, object text, object_id text, api_version text, created bigint
  )
  -- Asked before, because to run into a row is to wait for whoever is finishing it.
  where not exists (select from billing.webhook_events as known where known.id = listed.id)
  order by listed.id
  on conflict do nothing;
  get diagnostics entered = row_count;
  return entered;
end
$$;

comment on function public.record_events_page is
  'Enters the events that are not known yet, due at once, and where to go on; a null cursor says that the window was read to its end. How many were new; null: another run has taken over.';


create type public.reconcile_state as (
  due          bigint,
  pending      bigint,
  dead         bigint,
  backfill_due boolean
);

comment on type public.reconcile_state is 'What a run leaves behind.';
comment on column public.reconcile_state.due is 'How many events the drain could take at once.';
comment on column public.reconcile_state.pending is 'How many events are not finished, those included.';
comment on column public.reconcile_state.dead is 'How many events were given up.';
comment on column public.reconcile_state.backfill_due is 'Whether only a backfill makes up for what was missed.';

create function public.release_reconcile(run_id bigint, livemode boolean)
  returns public.reconcile_state
  language plpgsql set search_path = ''
as $$
declare
  state public.reconcile_state;
begin
  perform billing.require_deployment(livemode);

  update billing.reconcile as reconcile
  set lease_until = '-infinity'
  where reconcile.run_id = release_reconcile.run_id;

  select count(*) filter (where event.due_at <= now()), count(*) into state.due, state.pending
  from billing.webhook_events as event
  where event.processed_at is null;
  state.dead := (select count(*) from billing.webhook_events as event where event.outcome = 'dead');
  state.backfill_due := coalesce((select billing.is_backfill_due(reconcile) from billing.reconcile as reconcile), false);
  return state;
end
$$;

comment on function public.release_reconcile is 'The run ends, so that the next need not wait for its lease; and how the ledger stands.';


revoke all on function
  public.claim_reconcile, billing.is_backfill_due, public.record_events_page, public.release_reconcile
  from public, anon, authenticated;
grant execute on function
  public.claim_reconcile, billing.is_backfill_due, public.record_events_page, public.release_reconcile
  to service_role;
