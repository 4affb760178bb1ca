-- Due events: events whose processing failed or was never finished are processed again, one fetch for all events of an
-- object.
--
-- A batch takes turns: an event that was tried before, the one that has been due longest, then one that Stripe's list has
-- shown, the newest first. So neither waits for a long backlog of the other.

create function public.claim_due_objects(stripe_key text, batch_size integer default 20)
  returns json
  language plpgsql set search_path = ''
as $$
declare
  due     record;
  drawn   bigint;
  tried   boolean := true;
  other   boolean := true;
  kinds   text[]  := '{}';
  ids     text[]  := '{}';
  objects json[]  := '{}';
begin
  perform billing.require_deployment(stripe_key);
  if batch_size is null or batch_size not between 1 and 100 then
    raise exception 'Invalid batch size %: expected 1 to 100', batch_size using errcode = 'invalid_parameter_value';
  end if;

  update billing.reconcile as reconcile set due_events_processed_at = now() where reconcile.singleton;

  -- From here on no statement waits for a lock: an event that another transaction has locked is left to it.
  while cardinality(objects) < batch_size loop
    if tried then
      select event.object, event.object_id into due
      from billing.webhook_events as event
      where event.processed_at is null
        and event.attempts > 0
        and event.due_at <= now()
        and not exists (
          select from unnest(kinds, ids) as claimed (object, object_id)
          where claimed.object = event.object and claimed.object_id = event.object_id
        )
      order by event.due_at
      limit 1
      for update skip locked;
    else
      select event.object, event.object_id into due
      from billing.webhook_events as event
      where event.processed_at is null
        and event.attempts = 0
        and event.due_at <= now()
        and not exists (
          select from unnest(kinds, ids) as claimed (object, object_id)
          where claimed.object = event.object and claimed.object_id = event.object_id
        )
      order by event.created desc
      limit 1
      for update skip locked;
    end if;
    if not found then
      exit when not other;
      other := false;
      tried := not tried;
      continue;
    end if;

    drawn := nextval('billing.tickets');
    update billing.webhook_events as event
    set ticket = drawn,
        lease_until = now() + interval '60 seconds',
        due_at = now() + interval '60 seconds',
        attempts = event.attempts + 1
    where event.id = any (array(
      select sibling.id
      from billing.webhook_events as sibling
      where sibling.object_id = due.object_id
        and sibling.object = due.object
        and sibling.processed_at is null
        and sibling.due_at <= now()
      for update skip locked
    ));

    kinds := kinds || due.object;
    ids := ids || due.object_id;
    objects := objects || json_build_object('object', due.object, 'object_id', due.object_id, 'ticket', drawn);
    if other then
      tried := not tried;
    end if;
  end loop;
  return array_to_json(objects);
end
$$;

comment on function public.claim_due_objects is
  'Objects with due events, as [{object, object_id, ticket}]: by turns one of a tried event that has been due longest, and one of the newest untried event. The caller has 60 seconds to fetch each and record it under its ticket.';


create function public.fail_sync(
  ticket      bigint,
  object_id   text,
  reason      text,
  failure     text,
  stripe_key  text,
  retry_after integer default null
)
  returns text
  language plpgsql set search_path = ''
as $$
declare
  died boolean;
begin
  perform billing.require_deployment(stripe_key);
  if failure is null or failure not in ('rate_limited', 'passing', 'permanent') then
    raise exception 'Invalid failure "%": expected rate_limited, passing or permanent', failure using errcode = 'invalid_parameter_value';
  end if;

  -- Skips events that another transaction has locked, because it claims or finishes them. So this waits for no lock.
  with failed as (
    update billing.webhook_events as event
    set lease_until = '-infinity',
        due_at = now() + make_interval(
          secs => least(3600, greatest(10 * 2 ^ least(event.attempts - 1, 9), coalesce(retry_after, 0)))
        ),
        failures = event.failures + (failure = 'permanent')::integer,
        last_error = left(reason, 500),
        processed_at = case when failure = 'permanent' and event.failures >= 7 then now() end,
        outcome = case when failure = 'permanent' and event.failures >= 7 then 'dead' end
    where event.id = any (array(
      select own.id
      from billing.webhook_events as own
      where own.object_id = fail_sync.object_id
        and own.ticket = fail_sync.ticket
        and own.processed_at is null
      for update skip locked
    ))
    returning event.outcome
  )
  select coalesce(bool_or(failed.outcome = 'dead'), false) into died from failed;

  return case
    when died then 'dead'
    when failure = 'rate_limited'
      and exists (select from billing.reconcile where due_events_processed_at > now() - interval '10 minutes') then 'deferred'
    else 'retry'
  end;
end
$$;

comment on function public.fail_sync is
  'Reschedules the events under this ticket, in ten seconds at first and in an hour at most, or dead-letters them after eight permanent failures. deferred: reconcile runs are active, so Stripe need not deliver again.';


create function public.finish_sync(ticket bigint, object text, object_id text, stripe_key text)
  returns void
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(stripe_key);
  if object is null or exists (select from billing.mirrored_kinds as known where known.kind = finish_sync.object) then
    raise exception 'Events of a "%" are finished by record_objects', object using errcode = 'invalid_parameter_value';
  end if;

  update billing.webhook_events as event
  set processed_at = now(),
      outcome = case when event.ticket = finish_sync.ticket then 'processed' else 'covered' end,
      lease_until = '-infinity',
      last_error = null
  where event.object_id = finish_sync.object_id
    and event.object = finish_sync.object
    and event.processed_at is null
    and event.ticket <= finish_sync.ticket;
end
$$;

comment on function public.finish_sync is
  'Finishes the events of an owner at Clerk up to this ticket, when everything that they ask for is done. Those of Stripe''s objects are finished by record_objects.';


revoke all on function public.claim_due_objects, public.fail_sync, public.finish_sync from public, anon, authenticated;
grant execute on function public.claim_due_objects, public.fail_sync, public.finish_sync to service_role;
