-- The ledger of webhook events: no event of Stripe is lost, and none counts as finished before its object is recorded.
--
-- An event is a hint that an object changed. Claiming it draws a ticket; the object is then fetched and recorded under
-- that ticket, and recording finishes the event. See record_fetches. Clerk's events are kept here too, under the
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


-- Claims of many events at once: what arrives while a call is being answered goes into the next call together, so a burst
-- costs a fraction of the round trips and of the commits. A row that another transaction has locked for long must not fail
-- the other events: the call gives up before its caller does, which then repeats it for each event alone.

create function public.claim_events(events jsonb, stripe_key text)
  returns json
  language plpgsql set search_path = '' set lock_timeout = '2s'
as $$
declare
  ids    text[];
  claims json[];
  drawn  bigint;
begin
  perform billing.require_deployment(stripe_key);
  if events is null then
    raise exception 'Missing events: pass an array' using errcode = 'invalid_parameter_value';
  end if;

  with listed as materialized (
    select
      named.*, judged.is_own,
      row_number() over (partition by named.id, judged.is_own order by named.place) as repetition
    from rows from (
      jsonb_to_recordset(events) as (
        id text, type text, object text, object_id text, api_version text, instance_id text, created bigint,
        account text, may_wait boolean
      )
    ) with ordinality as named (
      id, type, object, object_id, api_version, instance_id, created, account, may_wait, place
    )
    cross join billing.deployment as deployment
    cross join lateral (select named.account is null or named.account = deployment.stripe_account as is_own) as judged
  ),
  entered as (
    insert into billing.webhook_events as event
      (id, type, object, object_id, api_version, instance_id, created, ticket, lease_until, due_at, attempts)
    select
      new.id, new.type, new.object, new.object_id, new.api_version, new.instance_id, new.created,
      nextval('billing.tickets'),
      case when new.waits then '-infinity' else now() + interval '30 seconds' end,
      now() + interval '30 seconds',
      case when new.waits then 0 else 1 end
    from (
      -- In the order of their ids, as record_events_page enters them, to avoid deadlocks.
      select
        listed.*,
        coalesce(listed.may_wait, false)
          and exists (select from billing.reconcile where due_events_processed_at > now() - interval '10 minutes') as waits
      from listed
      where listed.is_own and listed.repetition = 1
        -- Checked first, because a conflicting insert waits for the transaction that is finishing the event. As a value,
        -- for which the plan is one look into the index for each event; a join may be planned to read the ledger.
        and (select known.id from billing.webhook_events as known where known.id = listed.id) is null
      order by listed.id
    ) as new
    on conflict do nothing
    returning event.id, event.ticket, event.attempts
  )
  select
    coalesce(array_agg(listed.id order by listed.place), '{}'),
    array_agg(
      case
        when not listed.is_own then json_build_object('step', 'foreign')
        when entered.attempts = 0 then json_build_object('step', 'wait')
        when entered.attempts = 1 then json_build_object('step', 'fetch', 'ticket', entered.ticket)
      end
      order by listed.place
    )
  into ids, claims
  from listed
  left join entered on entered.id = listed.id and listed.repetition = 1;

  for place in 1 .. cardinality(ids) loop
    continue when claims[place] is not null;
    -- A redelivery waits for a lease, but not for the backoff of a failure. One that another transaction has locked is
    -- left to it, so this waits for no lock while it holds the events before.
    update billing.webhook_events as event
    set ticket = nextval('billing.tickets'),
        lease_until = now() + interval '30 seconds',
        due_at = now() + interval '30 seconds',
        attempts = event.attempts + 1
    where event.id = any (array(
      select own.id
      from billing.webhook_events as own
      where own.id = ids[place] and own.processed_at is null and own.lease_until <= now()
      for update skip locked
    ))
    returning event.ticket into drawn;
    claims[place] := case
      when found then json_build_object('step', 'fetch', 'ticket', drawn)
      when exists (select from billing.webhook_events as event where event.id = ids[place] and event.processed_at is null)
        then json_build_object('step', 'leased')
      else json_build_object('step', 'done')
    end;
  end loop;
  return coalesce(array_to_json(claims), '[]');
end
$$;

comment on function public.claim_events is
  'Enters events, [{id, type, object, object_id, created, api_version, instance_id, account, may_wait}], and leases each to the caller for 30 seconds, unless it is leased or finished, or names another account. Returns what to do about each, in their order, as [{step, ticket}]. fetch: fetch its object under this ticket, which is its own. wait: call claim_waiting in a moment. leased: another worker processes it. done: nothing is left to do. foreign: it names another account. A new event that may wait is not leased while reconcile runs are active: they would process it if claim_waiting is not called.';


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


revoke all on function public.claim_events, public.claim_waiting, billing.retry_event from public, anon, authenticated;
grant execute on function public.claim_events, public.claim_waiting, billing.retry_event to service_role;
