-- The ledger of webhook events: no event of Stripe is lost, and none counts as finished before its object is recorded.
--
-- An event is a hint that an object changed. Claiming it draws a ticket; the object is then fetched and recorded under
-- that ticket, and recording finishes the event. See record_objects.sql. Clerk's events are kept here too, under the
-- kinds clerk.user and clerk.organization; finish_sync finishes them.

create table billing.webhook_events (
  id           text        primary key,
  type         text        not null,
  object       text        not null,
  object_id    text        not null,
  api_version  text,
  instance_id  text,
  created      bigint      not null,
  received_at  timestamptz not null default now(),
  ticket       bigint      not null,
  lease_until  timestamptz not null default '-infinity',
  due_at       timestamptz not null default now(),
  attempts     integer     not null default 0,
  failures     integer     not null default 0,
  processed_at timestamptz,
  outcome      text        constraint outcome_is_known check (outcome in ('processed', 'covered', 'dead')),
  last_error   text,

  constraint processed_with_an_outcome check ((processed_at is null) = (outcome is null))
);

comment on table billing.webhook_events is
  'Every event that refers to a mirrored object, delivered by Stripe or found in its list, and Clerk''s signed events. Finished events are kept for 35 days, dead ones until an operator deletes them.';
comment on column billing.webhook_events.id is 'Stripe''s id, or the svix-id of Clerk''s message, so an event that is delivered twice is one row.';
comment on column billing.webhook_events.type is 'The event''s type, as the sender names it.';
comment on column billing.webhook_events.object is 'The kind of the object to fetch, which may differ from the event''s own object; clerk.user or clerk.organization for Clerk''s.';
comment on column billing.webhook_events.object_id is 'The id of the object; kind and id identify a mirrored row.';
comment on column billing.webhook_events.api_version is 'The API version of Stripe''s event.';
comment on column billing.webhook_events.instance_id is 'The Clerk instance that sent the event; null for Stripe''s.';
comment on column billing.webhook_events.created is 'The sender''s time, in Unix seconds. Decides which untried event is processed first, and nothing else.';
comment on column billing.webhook_events.received_at is 'When the event entered the ledger.';
comment on column billing.webhook_events.ticket is 'Drawn by the last claim, or on entry. An object recorded under this ticket or a later one finishes the event.';
comment on column billing.webhook_events.lease_until is 'Until when one worker processes the event.';
comment on column billing.webhook_events.due_at is 'While pending: when a reconcile run may process it. Never before the lease ends.';
comment on column billing.webhook_events.attempts is 'How often it was claimed.';
comment on column billing.webhook_events.failures is 'How many attempts failed permanently, so that a retry alone does not help.';
comment on column billing.webhook_events.processed_at is 'When its outcome was known; null while it is pending.';
comment on column billing.webhook_events.outcome is 'processed, covered (the object was recorded under a later ticket) or dead (dead-lettered: see retry_event).';
comment on column billing.webhook_events.last_error is 'Why the last attempt failed.';

-- Tried ones by when they are due; untried ones, which Stripe's list has shown and which are due at once, by age.
create index tried_webhook_events on billing.webhook_events (due_at) where processed_at is null and attempts > 0;
create index untried_webhook_events on billing.webhook_events (created) where processed_at is null and attempts = 0;
create index pending_webhook_events_of_an_object on billing.webhook_events (object_id, object) where processed_at is null;
create index dead_webhook_events on billing.webhook_events (processed_at) where outcome = 'dead';
create index finished_webhook_events on billing.webhook_events (received_at) where outcome <> 'dead';

revoke all on table billing.webhook_events from public, anon, authenticated, service_role;
grant select, insert, update, delete on table billing.webhook_events to service_role;

alter table billing.webhook_events enable row level security;


create type public.webhook_event_claim as (
  step   text,
  ticket bigint
);

comment on type public.webhook_event_claim is 'What to do about an event.';
comment on column public.webhook_event_claim.step is 'fetch: fetch its object under this ticket. wait: call claim_waiting in a moment. leased: another worker processes it. done: nothing is left to do.';
comment on column public.webhook_event_claim.ticket is 'Drawn by this claim; null unless the step is fetch.';

create function public.claim_event(
  event_id    text,
  event_type  text,
  created     bigint,
  object      text,
  object_id   text,
  stripe_key  text,
  api_version text default null,
  instance_id text default null,
  account     text default null,
  may_wait    boolean default false
)
  returns public.webhook_event_claim
  language plpgsql set search_path = ''
as $$
declare
  claim public.webhook_event_claim;
  waits boolean := may_wait
    and exists (select from billing.reconcile where due_events_processed_at > now() - interval '10 minutes');
begin
  perform billing.require_deployment(stripe_key);
  if account <> (select known.stripe_account from billing.deployment as known) then
    claim.step := 'foreign';
    return claim;
  end if;

  insert into billing.webhook_events as event
    (id, type, object, object_id, api_version, instance_id, created, ticket, lease_until, due_at, attempts)
  values (
    event_id, event_type, object, object_id, api_version, instance_id, created, nextval('billing.tickets'),
    case when waits then '-infinity' else now() + interval '30 seconds' end,
    now() + interval '30 seconds', case when waits then 0 else 1 end
  )
  -- A redelivery waits for a lease, but not for the backoff of a failure.
  on conflict (id) do update
    set ticket = excluded.ticket, lease_until = excluded.lease_until, due_at = excluded.due_at, attempts = event.attempts + 1
    where event.processed_at is null and event.lease_until <= now()
  returning case when event.attempts = 0 then 'wait' else 'fetch' end, event.ticket into claim;
  if found then
    return claim;
  end if;

  claim.step := case
    when exists (select from billing.webhook_events as event where event.id = event_id and event.processed_at is null) then 'leased'
    else 'done'
  end;
  return claim;
end
$$;

comment on function public.claim_event is
  'Enters an event and leases it to the caller for 30 seconds, unless it is leased or finished, or names another account. One statement for a new event. A new event that may wait is not leased while reconcile runs are active: they would process it if claim_waiting is not called.';


create function public.claim_waiting(object text, object_id text, stripe_key text)
  returns bigint
  language plpgsql set search_path = ''
as $$
declare
  drawn bigint;
begin
  perform billing.require_deployment(stripe_key);
  drawn := nextval('billing.tickets');

  -- Skips what another transaction has locked, because it claims or finishes it. So this waits for no lock.
  update billing.webhook_events as event
  set ticket = drawn,
      lease_until = now() + interval '30 seconds',
      due_at = now() + interval '30 seconds',
      attempts = event.attempts + 1
  where event.id = any (array(
    select own.id
    from billing.webhook_events as own
    where own.object_id = claim_waiting.object_id
      and own.object = claim_waiting.object
      and own.processed_at is null
      and own.lease_until <= now()
    for update skip locked
  ));
  return case when found then drawn end;
end
$$;

comment on function public.claim_waiting is
  'Leases every event of an object that no worker has, for 30 seconds under one ticket: one fetch serves them all. Null if there is none.';


create function billing.retry_event(event_id text)
  returns boolean
  language plpgsql set search_path = ''
as $$
begin
  update billing.webhook_events as event
  set processed_at = null, outcome = null, failures = 0, lease_until = '-infinity', due_at = now()
  where event.id = event_id and event.outcome = 'dead';
  return found;
end
$$;

comment on function billing.retry_event is 'For operators: makes a dead event due at once. Returns false if there is no such dead event.';


revoke all on function public.claim_event, public.claim_waiting, billing.retry_event from public, anon, authenticated;
grant execute on function public.claim_event, public.claim_waiting, billing.retry_event to service_role;
