-- Drift: rows that nobody has looked at for longest are read again, and what changed unheard is written down.

create index stripe_customers_least_recently_fetched on public.stripe_customers (fetched_at) where not deleted;
create index stripe_products_least_recently_fetched on public.stripe_products (fetched_at) where not deleted;
create index stripe_prices_least_recently_fetched on public.stripe_prices (fetched_at) where not deleted;
create index stripe_subscriptions_least_recently_fetched on public.stripe_subscriptions (fetched_at) where not deleted;
create index stripe_invoices_least_recently_fetched on public.stripe_invoices (fetched_at) where not deleted;
create index stripe_entitlements_least_recently_fetched on public.stripe_entitlements (fetched_at) where not deleted;


create view billing.mirror with (security_invoker = true) as
select 'customer' as object, id, ticket, data, fetched_at, deleted from public.stripe_customers
union all
select 'product', id, ticket, data, fetched_at, deleted from public.stripe_products
union all
select 'price', id, ticket, data, fetched_at, deleted from public.stripe_prices
union all
select 'subscription', id, ticket, data, fetched_at, deleted from public.stripe_subscriptions
union all
select 'invoice', id, ticket, data, fetched_at, deleted from public.stripe_invoices
union all
select 'entitlements.active_entitlement_summary', id, ticket, data, fetched_at, deleted from public.stripe_entitlements;

comment on view billing.mirror is 'Every mirrored row, whatever its kind.';
comment on column billing.mirror.object is 'Its kind, as Stripe names it.';
comment on column billing.mirror.id is 'Stripe''s; of entitlements the customer''s.';
comment on column billing.mirror.ticket is 'Drawn before the look.';
comment on column billing.mirror.data is 'The object as Stripe gives it.';
comment on column billing.mirror.fetched_at is 'When it was last looked at.';
comment on column billing.mirror.deleted is 'A tombstone.';

revoke all on table billing.mirror from public, anon, authenticated, service_role;
grant select on table billing.mirror to service_role;


create table billing.drift (
  found_at  timestamptz not null default now(),
  object    text        not null,
  object_id text        not null,
  fields    text[]      not null,

  primary key (found_at, object, object_id)
);

comment on table billing.drift is 'What was found changed at Stripe though no event had told of it; kept for 35 days.';
comment on column billing.drift.found_at is 'When it was read again.';
comment on column billing.drift.object is 'Its kind, as Stripe names it.';
comment on column billing.drift.object_id is 'Its id.';
comment on column billing.drift.fields is 'Names of the top-level fields that differed; no values.';

revoke all on table billing.drift from public, anon, authenticated, service_role;
grant select, insert, update, delete on table billing.drift to service_role;

alter table billing.drift enable row level security;


create function public.list_least_recently_fetched(livemode boolean, batch_size integer default 50)
  returns json
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(livemode);
  if batch_size is null or batch_size not between 1 and 100 then
    raise exception 'A batch has 1 to 100 objects, not %', batch_size using errcode = 'invalid_parameter_value';
  end if;

  -- Some of those that have waited longest: one that cannot be looked at shall not always stand before the others.
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

comment on function public.list_least_recently_fetched is 'Some of the living rows that nobody has looked at for longest, and for a day at least, as [{object, object_id}].';


create function public.detect_drift(ticket bigint, objects jsonb, livemode boolean)
  returns integer
  language plpgsql set search_path = ''
as $$
declare
  drifted integer;
begin
  perform billing.require_deployment(livemode);
  if objects is null then
    raise exception 'Nothing to record: objects is null' using errcode = 'invalid_parameter_value';
  end if;

  -- In one statement, so that a change and the event that told of it are seen together or not at all.
  insert into billing.drift (object, object_id, fields)
  select distinct on (held.object, held.id) held.object, held.id, array(
    select coalesce(old.key, new.key)
    from jsonb_each(held.data) as old
    full join jsonb_each(seen.object) as new on new.key = old.key
    where old.value is distinct from new.value
    order by 1
  )
  from jsonb_array_elements(objects) as seen (object)
  join billing.mirror as held on held.object = seen.object ->> 'object' and held.id = seen.object ->> 'id'
  where held.ticket < detect_drift.ticket
    and held.data <> seen.object
    and not exists (
      select from billing.webhook_events as event
      where event.object_id = held.id and event.object = held.object and event.processed_at is null
    );
  get diagnostics drifted = row_count;

  perform public.record_objects(ticket, objects, livemode);
  return drifted;
end
$$;

comment on function public.detect_drift is
  'Records what was read again, as record_objects does, and writes down what had changed unheard. How many that were; a change whose event is still on its way is one of them.';


revoke all on function public.list_least_recently_fetched, public.detect_drift from public, anon, authenticated;
grant execute on function public.list_least_recently_fetched, public.detect_drift to service_role;
