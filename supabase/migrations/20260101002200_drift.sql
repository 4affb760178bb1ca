-- Drift: what changed at Stripe without an event.

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
comment on column billing.drift.fields is 'The names of the top-level fields that differed, without values; id for an object that was not mirrored.';

revoke all on table billing.drift from public, anon, authenticated, service_role;
grant select, insert, update, delete on table billing.drift to service_role;

alter table billing.drift enable row level security;


create function billing.changed_fields(held jsonb, fetched jsonb, unstable text[], cut_field text default null)
  returns text[]
  language sql immutable set search_path = ''
as $$
  select array(
    select key
    from jsonb_each(held) as old (key, old_value)
    full join jsonb_each(fetched) as new (key, new_value) using (key)
    where old_value is distinct from new_value
      and key <> all (unstable)
      and case when key = cut_field then old_value @> (new_value - 'has_more') is not true else true end
    order by key
  )
$$;

comment on function billing.changed_fields is
  'The top-level fields that differ, except the unstable ones. Of the field that a list cuts, only what the list shows is compared.';


create function public.detect_drift(ticket bigint, objects jsonb, unstable text[], stripe_key text)
  returns integer
  language plpgsql set search_path = ''
as $$
declare
  drifted integer;
begin
  perform billing.require_deployment(stripe_key);
  if objects is null or unstable is null then
    raise exception 'Missing objects: pass an array of Stripe objects, and the unstable fields' using errcode = 'invalid_parameter_value';
  end if;

  -- One statement, so that a change and its event are both visible or both invisible.
  insert into billing.drift (object, object_id, fields)
  select distinct on (held.object, held.id) held.object, held.id, changed.fields
  from jsonb_array_elements(objects) as fetched (object)
  join billing.mirror as held on held.object = fetched.object ->> 'object' and held.id = fetched.object ->> 'id'
  cross join lateral billing.changed_fields(held.data, fetched.object, unstable) as changed (fields)
  where held.ticket < detect_drift.ticket
    and changed.fields <> '{}'
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
  'Records objects that were fetched singly, like record_objects, and reports those that had changed without an event in the ledger. Returns how many; a change whose event is still on its way counts.';


revoke all on function billing.changed_fields, public.detect_drift from public, anon, authenticated;
grant execute on function billing.changed_fields, public.detect_drift to service_role;
