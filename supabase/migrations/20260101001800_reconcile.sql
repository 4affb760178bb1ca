-- The reconcile: enters the events that Stripe lists and the ledger does not have.
--
-- A job, see jobs.sql. Stripe lists the newest events first, so the events up to the end of a window are complete only
-- when the window was read to its beginning.
--
-- The list is polled seldom, because each page is a read of the allowance: every 15 minutes while webhooks deliver every
-- event, and with every run after a poll that found an event which they did not, until a poll finds none. Events that
-- failed, or have been pending for two minutes, are a sign of lost deliveries too: then it is polled every five minutes.

create table billing.reconcile (
  singleton               boolean     primary key default true constraint reconcile_has_one_row check (singleton),
  due_events_processed_at timestamptz,
  polled_to               bigint,
  poll_due_at             timestamptz not null default '-infinity',
  window_from             bigint,
  window_to               bigint,
  window_found            boolean     not null default false,
  gap_to                  bigint,
  backfilled_from         bigint
);

comment on table billing.reconcile is 'How far Stripe''s list of events was read. One row, written by the first claim.';
comment on column billing.reconcile.singleton is 'Limits the table to one row.';
comment on column billing.reconcile.due_events_processed_at is 'When a run last claimed due events.';
comment on column billing.reconcile.polled_to is 'Every event up to this time, in Unix seconds, is in the ledger; null: no window was read to its end yet.';
comment on column billing.reconcile.poll_due_at is 'When the next run polls; ten minutes earlier while events fail or wait.';
comment on column billing.reconcile.window_from is 'The beginning of the window that is being read, in Unix seconds; null between two windows.';
comment on column billing.reconcile.window_to is 'The end of the window.';
comment on column billing.reconcile.window_found is 'Whether a page of the window had an event that the ledger did not have.';
comment on column billing.reconcile.gap_to is 'Events before this time, in Unix seconds, are not read: Stripe no longer listed them, or the database was not used yet.';
comment on column billing.reconcile.backfilled_from is 'When the last completed backfill began, in Unix seconds: it includes every earlier change.';

revoke all on table billing.reconcile from public, anon, authenticated, service_role;
grant select, insert, update, delete on table billing.reconcile to service_role;

alter table billing.reconcile enable row level security;


create type public.reconcile_claim as (
  run_id        bigint,
  window_from   bigint,
  window_to     bigint,
  window_cursor text
);

comment on type public.reconcile_claim is 'A run id and what to read.';
comment on column public.reconcile_claim.run_id is 'An argument of every step of the run; null if another run has the lease.';
comment on column public.reconcile_claim.window_from is 'Read the events created from this time, in Unix seconds; null if no poll is due,';
comment on column public.reconcile_claim.window_to is 'to this time, in Unix seconds,';
comment on column public.reconcile_claim.window_cursor is 'after this event; null to begin.';

create function billing.is_poll_due(reconcile billing.reconcile)
  returns boolean
  language sql stable set search_path = ''
as $$
  select reconcile.poll_due_at <= now() or reconcile.poll_due_at <= now() + interval '10 minutes' and exists (
    select from billing.webhook_events as event
    where event.processed_at is null
      and (event.last_error is not null or event.received_at < now() - interval '2 minutes')
  )
$$;

comment on function billing.is_poll_due is 'Whether the next run reads Stripe''s list of events.';


create function public.claim_reconcile(stripe_key text, grace_days integer default null, effective_features boolean default false)
  returns public.reconcile_claim
  language plpgsql set search_path = ''
as $$
declare
  job     billing.jobs;
  known   billing.reconcile;
  begun   bigint;
  claim   public.reconcile_claim;
  present constant bigint := floor(extract(epoch from now()));
  -- Stripe lists events for 30 days. One day is the margin in which a window can be read to its end.
  oldest  constant bigint := present - 29 * 86400;
begin
  perform billing.require_deployment(stripe_key);
  if grace_days is not null then
    perform billing.set_access_policy(grace_days, effective_features);
  end if;

  job := billing.lock_job('reconcile');
  insert into billing.reconcile default values on conflict do nothing;
  select * into strict known from billing.reconcile for update;
  if job.lease_until > now() then
    return claim;
  end if;

  if not billing.is_poll_due(known) then
    claim.run_id := billing.claim_job('reconcile', interval '2 minutes', job.cursor);
    return claim;
  end if;

  if known.window_from is null or known.window_from < oldest - 86400 then
    -- Five minutes are read again: an event may be listed later than it was created.
    if known.polled_to is null then
      -- What was before the database was first used is the backfill's, which records it once, and not as due events.
      select floor(extract(epoch from deployment.created_at)) into begun from billing.deployment as deployment;
      known.window_from := greatest(begun - 300, oldest);
      known.gap_to := known.window_from;
    else
      if known.polled_to < oldest then
        known.gap_to := oldest;
      end if;
      known.window_from := greatest(known.polled_to - 300, oldest);
    end if;
    known.window_to := present;
    job.cursor := null;
    update billing.reconcile
    set window_from = known.window_from, window_to = known.window_to, window_found = false, gap_to = known.gap_to
    where singleton;
  end if;

  claim.run_id := billing.claim_job('reconcile', interval '2 minutes', job.cursor);
  claim.window_from := known.window_from;
  claim.window_to := known.window_to;
  claim.window_cursor := job.cursor;
  return claim;
end
$$;

comment on function public.claim_reconcile is
  'Begins a run of two minutes, if no other run has the lease. A window that was not read to its end is resumed, and a new one is read when a poll is due. The first window begins when the database was first used.';


create function billing.is_backfill_due(reconcile billing.reconcile)
  returns boolean
  language sql immutable set search_path = ''
as $$
  select coalesce(reconcile.gap_to > coalesce(reconcile.backfilled_from, 0), false)
$$;

comment on function billing.is_backfill_due is 'Whether no completed backfill began after the last gap.';


create function public.record_events_page(run_id bigint, events jsonb, stripe_key text, cursor text default null)
  returns integer
  language plpgsql set search_path = ''
as $$
declare
  entered integer;
begin
  perform billing.require_deployment(stripe_key);

  if not billing.extend_job('reconcile', run_id, cursor) then
    return null;
  end if;
  if events is null then
    raise exception 'Missing events: pass an array' using errcode = 'invalid_parameter_value';
  end if;
  -- Before the events, to avoid a deadlock: see record_backfill_page.
  perform from billing.reconcile for update;

  insert into billing.webhook_events (id, type, object, object_id, api_version, created, ticket)
  select listed.id, listed.type, listed.object, listed.object_id, listed.api_version, listed.created, entry.ticket
  from (select nextval('billing.tickets') as ticket) as entry
  cross join jsonb_to_recordset(events) as listed (
    id text, type text, object text, object_id text, api_version text, created bigint
  )
  -- Checked first, because a conflicting insert waits for the transaction that is finishing the event.
  where not exists (select from billing.webhook_events as known where known.id = listed.id)
  order by listed.id
  on conflict do nothing;
  get diagnostics entered = row_count;

  if entered > 0 then
    update billing.reconcile set window_found = true where singleton;
  end if;
  if cursor is null then
    update billing.reconcile as reconcile
    set polled_to = coalesce(reconcile.window_to, reconcile.polled_to),
        poll_due_at = case when reconcile.window_found then now() else now() + interval '15 minutes' end,
        window_from = null,
        window_to = null,
        window_found = false
    where reconcile.singleton;
  end if;
  return entered;
end
$$;

comment on function public.record_events_page is
  'Enters the unknown events of a page, due at once and the newest first, and the cursor of the next page; a null cursor means that the window was read to its end. Returns how many were unknown, or null if the run was overtaken.';


create type public.reconcile_state as (
  due          bigint,
  pending      bigint,
  dead         bigint,
  backfill_due boolean
);

comment on type public.reconcile_state is 'The state of the ledger at the end of a run.';
comment on column public.reconcile_state.due is 'How many events are due.';
comment on column public.reconcile_state.pending is 'How many events are not finished, including due ones.';
comment on column public.reconcile_state.dead is 'How many events are dead-lettered.';
comment on column public.reconcile_state.backfill_due is 'Whether only a backfill repairs what was missed.';

create function public.release_reconcile(run_id bigint, stripe_key text, poll_after integer default null)
  returns public.reconcile_state
  language plpgsql set search_path = ''
as $$
declare
  state public.reconcile_state;
begin
  perform billing.require_deployment(stripe_key);

  if billing.release_job('reconcile', run_id) and poll_after is not null then
    update billing.reconcile set poll_due_at = now() + make_interval(secs => poll_after) where singleton;
  end if;

  select count(*) filter (where event.due_at <= now()), count(*) into state.due, state.pending
  from billing.webhook_events as event
  where event.processed_at is null;
  state.dead := (select count(*) from billing.webhook_events as event where event.outcome = 'dead');
  state.backfill_due := coalesce((select billing.is_backfill_due(reconcile) from billing.reconcile as reconcile), false);
  return state;
end
$$;

comment on function public.release_reconcile is 'Ends a run before its lease ends and returns the state of the ledger. poll_after: seconds until the next poll, if Stripe refused this one.';


revoke all on function
  billing.is_poll_due, public.claim_reconcile, billing.is_backfill_due, public.record_events_page, public.release_reconcile
  from public, anon, authenticated;
grant execute on function
  billing.is_poll_due, public.claim_reconcile, billing.is_backfill_due, public.record_events_page, public.release_reconcile
  to service_role;
