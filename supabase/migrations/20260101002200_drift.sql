-- Drift: the least recently fetched rows are fetched again, and a change without an event is reported.

create table billing.drift (
  found_at  timestamptz not null default now(),
  object    text        not null,
  object_id text        not null,
  fields    text[]      not null,

  primary key (found_at, object, object_id)
);

comment on table billing.drift is 'Objects that had changed at Stripe without an event; kept for 35 days.';
comment on column billing.drift.found_at is 'When the change was found.';
comment on column billing.drift.object is 'The kind, as Stripe names it.';
comment on column billing.drift.object_id is 'Stripe''s id.';
comment on column billing.drift.fields is 'The names of the top-level fields that differed, without values.';

revoke all on table billing.drift from public, anon, authenticated, service_role;
grant select, insert, update, delete on table billing.drift to service_role;

alter table billing.drift enable row level security;


create function public.list_least_recently_fetched(stripe_key text, batch_size integer default 50)
  returns json
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(stripe_key);
  if batch_size is null or batch_size not between 1 and 100 then
    raise exception 'Invalid batch size %: expected 1 to 100', batch_size using errcode = 'invalid_parameter_value';
  end if;

  -- A random choice among the oldest, so that an object that cannot be fetched does not block the others.
  return array_to_json(array(
    select json_build_object('object', chosen.object, 'object_id', chosen.id)
    from (
      select stale.object, stale.id
      from billing.mirror as stale
      where stale.fetched_at < now() - interval '1 day' and not stale.deleted
      order by stale.fetched_at
      limit 4 * batch_size
    ) as chosen
    order by random()
    limit batch_size
  ));
end
$$;

comment on function public.list_least_recently_fetched is
  'Some of the living rows that were fetched longest ago, at least a day ago, as [{object, object_id}].';


create function public.detect_drift(ticket bigint, objects jsonb, stripe_key text)
  returns integer
  language plpgsql set search_path = ''
as $$
declare
  drifted integer;
begin
  perform billing.require_deployment(stripe_key);
  if objects is null then
    raise exception 'Missing objects: pass an array of Stripe objects' using errcode = 'invalid_parameter_value';
  end if;

  -- One statement, so that a change and its event are both visible or both invisible.
  insert into billing.drift (object, object_id, fields)
  select distinct on (held.object, held.id) held.object, held.id, array(
    select coalesce(old.key, new.key)
    from jsonb_each(held.data) as old
    full join jsonb_each(fetched.object) as new on new.key = old.key
    where old.value is distinct from new.value
    order by 1
  )
  from jsonb_array_elements(objects) as fetched (object)
  join billing.mirror as held on held.object = fetched.object ->> 'object' and held.id = fetched.object ->> 'id'
  where held.ticket < detect_drift.ticket
    and held.data <> fetched.object
    and not exists (
      select from billing.webhook_events as event
      where event.object_id = held.id and event.object = held.object and event.processed_at is null
    );
  get diagnostics drifted = row_count;

  perform public.record_objects(ticket, objects, stripe_key);
  return drifted;
end
$$;

comment on function public.detect_drift is
  'Records objects that were fetched again, like record_objects, and reports those that had changed without an event in the ledger. Returns how many; a change whose event is still on its way counts.';


revoke all on function public.list_least_recently_fetched, public.detect_drift from public, anon, authenticated;
grant execute on function public.list_least_recently_fetched, public.detect_drift to service_role;
