-- What was seen at Stripe, written down: the one way into every mirror table. It finishes the events of what it records,
-- in the same transaction and whoever records it.
--
-- Whoever holds an event's ticket or a later one looked after the event had arrived. That holds for a write that
-- keep_newest drops, too: a later look is in the row already.

create function public.record_objects(ticket bigint, objects jsonb, livemode boolean)
  returns void
  language plpgsql set search_path = ''
as $$
declare
  seen record;
begin
  perform billing.require_deployment(livemode);
  if objects is null then
    raise exception 'Nothing to record: objects is null' using errcode = 'invalid_parameter_value';
  end if;
  if ticket > (select last_value from billing.tickets) then
    raise exception 'Ticket % was never drawn', ticket using errcode = 'object_not_in_prerequisite_state';
  end if;

  -- By kind and id, in one order for everybody, so that no two calls wait for each other. The last of two counts.
  for seen in
    select listed.kind, array_agg(listed.id order by listed.id) as ids, array_agg(listed.object order by listed.id) as objects
    from (
      select distinct on (kind, id) found.object ->> 'object' as kind, found.object ->> 'id' as id, found.object
      from jsonb_array_elements(objects) with ordinality as found (object, place)
      order by kind, id, found.place desc
    ) as listed
    group by listed.kind
    order by listed.kind
  loop
    -- Written out, because a statement that is made of a table's name is planned on every call.
    case seen.kind
      when 'customer' then
        insert into public.stripe_customers (ticket, data) select ticket, unnest(seen.objects)
        on conflict (id) do update set ticket = excluded.ticket, data = excluded.data, fetched_at = excluded.fetched_at;
      when 'entitlements.active_entitlement_summary' then
        insert into public.stripe_entitlements (ticket, data) select ticket, unnest(seen.objects)
        on conflict (id) do update set ticket = excluded.ticket, data = excluded.data, fetched_at = excluded.fetched_at;
      when 'invoice' then
        insert into public.stripe_invoices (ticket, data) select ticket, unnest(seen.objects)
        on conflict (id) do update set ticket = excluded.ticket, data = excluded.data, fetched_at = excluded.fetched_at;
      when 'price' then
        insert into public.stripe_prices (ticket, data) select ticket, unnest(seen.objects)
        on conflict (id) do update set ticket = excluded.ticket, data = excluded.data, fetched_at = excluded.fetched_at;
      when 'product' then
        insert into public.stripe_products (ticket, data) select ticket, unnest(seen.objects)
        on conflict (id) do update set ticket = excluded.ticket, data = excluded.data, fetched_at = excluded.fetched_at;
      when 'subscription' then
        insert into public.stripe_subscriptions (ticket, data) select ticket, unnest(seen.objects)
        on conflict (id) do update set ticket = excluded.ticket, data = excluded.data, fetched_at = excluded.fetched_at;
      else
        raise exception 'No table mirrors a Stripe "%"', seen.kind using errcode = 'invalid_parameter_value';
    end case;

    -- The objects' rows are locked by now, so nobody else finishes these; whoever holds one of them waits for nobody.
    update billing.webhook_events as event
    set processed_at = now(),
        outcome = case when event.ticket = record_objects.ticket then 'processed' else 'covered' end,
        lease_until = '-infinity',
        last_error = null
    where event.object_id = any (seen.ids)
      and event.object = seen.kind
      and event.processed_at is null
      and event.ticket <= record_objects.ticket;
  end loop;
end
$$;

comment on function public.record_objects is
  'Records an array of Stripe''s objects, seen under a ticket drawn before the look, and finishes their events up to it; {id, object, deleted: true} for what is gone.';

revoke all on function public.record_objects from public, anon, authenticated;
grant execute on function public.record_objects to service_role;
