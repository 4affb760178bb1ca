-- Claims of many events at once: what arrives while a call is being answered goes into the next call together, so a burst
-- costs a fraction of the round trips and of the commits.

drop function public.claim_event;
drop type public.webhook_event_claim;

create function public.claim_events(events jsonb, stripe_key text)
  returns json
  language plpgsql set search_path = ''
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
      named.*,
      named.account is null or named.account = deployment.stripe_account as is_own,
      row_number() over (partition by named.id order by named.place) as repetition
    from rows from (
      jsonb_to_recordset(events) as (
        id text, type text, object text, object_id text, api_version text, instance_id text, created bigint,
        account text, may_wait boolean
      )
    ) with ordinality as named (
      id, type, object, object_id, api_version, instance_id, created, account, may_wait, place
    )
    cross join billing.deployment as deployment
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

revoke all on function public.claim_events from public, anon, authenticated;
grant execute on function public.claim_events to service_role;
