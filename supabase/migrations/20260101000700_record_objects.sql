-- Recording: the only way into the mirror tables. It finishes the events of the recorded objects in the same transaction.
--
-- An object recorded under an event's ticket or a later one was fetched after the event had arrived. That also holds for
-- a write that keep_newest drops: the row already holds a later fetch.

create function public.record_objects(ticket bigint, objects jsonb, stripe_key text, reads jsonb default null)
  returns void
  language plpgsql set search_path = ''
as $$
declare
  recorded record;
begin
  perform billing.require_deployment(stripe_key);
  if objects is null then
    raise exception 'Missing objects: pass an array of Stripe objects' using errcode = 'invalid_parameter_value';
  end if;
  if ticket > (select last_value from billing.tickets) then
    raise exception 'Ticket % was never drawn', ticket using errcode = 'object_not_in_prerequisite_state';
  end if;

  -- By kind and id, the same order in every call, to avoid deadlocks. Of an object that is listed twice the last counts.
  for recorded in
    select listed.kind, array_agg(listed.id order by listed.id) as ids, array_agg(listed.object order by listed.id) as objects
    from (
      select distinct on (kind, id) found.object ->> 'object' as kind, found.object ->> 'id' as id, found.object
      from jsonb_array_elements(objects) with ordinality as found (object, place)
      order by kind, id, found.place desc
    ) as listed
    group by listed.kind
    order by listed.kind
  loop
    perform billing.write_objects(recorded.kind, ticket, recorded.objects);

    -- The objects' rows are locked by now, so no other call finishes these events, and a call that holds one of the
    -- events waits for no lock.
    update billing.webhook_events as event
    set processed_at = now(),
        outcome = case when event.ticket = record_objects.ticket then 'processed' else 'covered' end,
        lease_until = '-infinity',
        last_error = null
    where event.object_id = any (recorded.ids)
      and event.object = recorded.kind
      and event.processed_at is null
      and event.ticket <= record_objects.ticket;
  end loop;

  if reads is not null then
    perform billing.count_reads(reads);
  end if;
end
$$;

comment on function public.record_objects is
  'Records an array of Stripe objects fetched under a ticket, {id, object, deleted: true} for a deleted one, finishes their events up to that ticket, and counts reads at Stripe, see billing.count_reads.';

revoke all on function public.record_objects from public, anon, authenticated;
grant execute on function public.record_objects to service_role;
