-- The ledger of webhook events: nothing that Stripe said is lost, and nothing is taken for done before it is.
--
-- An event is a hint that an object changed. Claiming it draws a ticket; what is then seen is recorded under that
-- ticket, and recording it is what finishes the event. See record_objects.sql.

create table billing.webhook_events (
  id           text        primary key,
  type         text        not null,
  object       text        not null,
  object_id    text        not null,
  api_version  text,
  created      bigint      not null,
  received_at  timestamptz not null default now(),
  ticket       bigint      not null,
  lease_until  timestamptz not null default '-infinity',
  due_at       timestamptz not null default now(),
  attempts     integer     not null default 0,
  failures     integer     not null default 0,
  processed_at timestamptz,
  outcome      text        constraint a_known_outcome check (outcome in ('processed', 'covered', 'dead')),
  last_error   text,

  constraint processed_with_an_outcome check ((processed_at is null) = (outcome is null))
);

comment on table billing.webhook_events is 'Every event that tells of a mirrored object, delivered or found in Stripe''s list. Finished ones are kept for 35 days, dead ones until somebody deletes them.';
comment on column billing.webhook_events.id is 'Stripe''s, so that an event that is delivered twice is one row.';
comment on column billing.webhook_events.type is 'As Stripe names it.';
comment on column billing.webhook_events.object is 'Kind of the object to look at, which need not be the event''s own.';
comment on column billing.webhook_events.object_id is 'Its id; kind and id together name a mirrored row.';
comment on column billing.webhook_events.api_version is 'Which the event was written in.';
comment on column billing.webhook_events.created is 'By Stripe''s clock, in Unix seconds. Nothing is decided by it.';
comment on column billing.webhook_events.received_at is 'When it was first heard of here.';
comment on column billing.webhook_events.ticket is 'Of the last claim, or of its entry: a look under this ticket or a later one finishes it.';
comment on column billing.webhook_events.lease_until is 'Until when somebody is at it.';
comment on column billing.webhook_events.due_at is 'While pending: from when on the drain may take it. Never before the lease ends.';
comment on column billing.webhook_events.attempts is 'How often it was claimed.';
comment on column billing.webhook_events.failures is 'How many of the attempts failed in a way that trying again does not mend.';
comment on column billing.webhook_events.processed_at is 'When its outcome was known; null while it is pending.';
comment on column billing.webhook_events.outcome is 'processed, covered (another look that began later recorded the object) or dead (given up: see retry_event).';
comment on column billing.webhook_events.last_error is 'Why the last attempt failed.';

create index pending_webhook_events on billing.webhook_events (due_at) where processed_at is null;
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

comment on type public.webhook_event_claim is 'What is to be done about an event.';
comment on column public.webhook_event_claim.step is 'look: look at its object under this ticket. leased: somebody is at it. done: nothing is left to do.';
comment on column public.webhook_event_claim.ticket is 'Drawn by this claim; null unless the step is look.';

create function public.claim_event(
  event_id    text,
  event_type  text,
  created     bigint,
  object      text,
  object_id   text,
  livemode    boolean,
  api_version text default null
)
  returns public.webhook_event_claim
  language plpgsql set search_path = ''
as $$
declare
  claim public.webhook_event_claim;
begin
  perform billing.require_deployment(livemode);

  insert into billing.webhook_events as event
    (id, type, object, object_id, api_version, created, ticket, lease_until, due_at, attempts)
  values (
    event_id, event_type, object, object_id, api_version, created,
    nextval('billing.tickets'), now() + interval '30 seconds', now() + interval '30 seconds', 1
  )
  -- Stripe's own retry need not wait for the drain's backoff: only for whoever is at it.
  on conflict (id) do update
    set ticket = excluded.ticket, lease_until = excluded.lease_until, due_at = excluded.due_at, attempts = event.attempts + 1
    where event.processed_at is null and event.lease_until <= now()
  returning 'fetch', event.ticket into claim;
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
  'Enters an event and makes it the caller''s for 30 seconds, unless it is somebody else''s or finished. One statement for a new one.';


create function public.retry_event(event_id text, livemode boolean)
  returns boolean
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(livemode);

  update billing.webhook_events as event
  set processed_at = null, outcome = null, failures = 0, lease_until = '-infinity', due_at = now()
  where event.id = event_id and event.outcome = 'dead';
  return found;
end
$$;

comment on function public.retry_event is 'An operator brings a dead event back: it is due at once. False: there is no such dead event.';


revoke all on function public.claim_event, public.retry_event from public, anon, authenticated;
grant execute on function public.claim_event, public.retry_event to service_role;
