-- Recording: the only way into the mirror tables. It finishes the events of the recorded objects in the same transaction.
--
-- An object recorded under an event's ticket or a later one was fetched after the event had arrived. That also holds for
-- a write that keep_newest drops: the row already holds a later fetch. Many fetches are recorded at once, see claim_events.

create function public.record_fetches(fetches jsonb, stripe_key text, reads jsonb default null)
  returns void
  language plpgsql set search_path = '' set lock_timeout = '2s'
as $$
declare
  undrawn  jsonb;
  recorded record;
begin
  perform billing.require_deployment(stripe_key);
  if fetches is null or fetches @? '$[*] ? (!exists (@.objects) || @.objects.type() != "array")' then
    raise exception 'Missing objects: pass arrays of Stripe objects' using errcode = 'invalid_parameter_value';
  end if;
  undrawn := jsonb_path_query_first(
    fetches, '$[*].ticket ? (@ > $last)', jsonb_build_object('last', (select last_value from billing.tickets))
  );
  if undrawn is not null then
    raise exception 'Ticket % was never drawn', undrawn using errcode = 'object_not_in_prerequisite_state';
  end if;

  -- By kind and id, the same order in every call, to avoid deadlocks. Of an object that was fetched more than once the fetch
  -- under the largest ticket counts, and of one that a fetch lists twice the last.
  for recorded in
    select
      listed.kind,
      array_agg(listed.id order by listed.id) as ids,
      array_agg(listed.ticket order by listed.id) as tickets,
      array_agg(listed.object order by listed.id) as objects
    from (
      select distinct on (kind, id)
        found.object ->> 'object' as kind, found.object ->> 'id' as id, (given.fetched ->> 'ticket')::bigint as ticket, found.object
      from jsonb_array_elements(fetches) as given (fetched)
      cross join jsonb_array_elements(given.fetched -> 'objects') with ordinality as found (object, place)
      order by kind, id, ticket desc, found.place desc
    ) as listed
    group by listed.kind
    order by listed.kind
  loop
    perform billing.write_objects(recorded.kind, recorded.tickets, recorded.objects);

    -- The objects' rows are locked by now, so no other call finishes these events, and a call that holds one of the
    -- events waits for no lock. One by one, so that the plan, which is made once a connection, is a look into the index:
    -- a join may be planned for an empty ledger, and read every pending event.
    for place in 1 .. cardinality(recorded.ids) loop
      update billing.webhook_events as event
      set processed_at = now(),
          outcome = case when event.ticket = recorded.tickets[place] then 'processed' else 'covered' end,
          lease_until = '-infinity',
          last_error = null
      where event.object_id = recorded.ids[place]
        and event.object = recorded.kind
        and event.processed_at is null
        and event.ticket <= recorded.tickets[place];
    end loop;
  end loop;

  if reads is not null then
    perform billing.count_reads(reads);
  end if;
end
$$;

comment on function public.record_fetches is
  'Records what was fetched, [{ticket, objects}], a deleted object as {id, object, deleted: true}. Finishes the events of each object up to the ticket of its fetch, and counts reads at Stripe, see billing.count_reads.';


create function public.record_and_claim(fetches jsonb, events jsonb, stripe_key text, reads jsonb default null)
  returns json
  language plpgsql set search_path = '' set lock_timeout = '2s'
as $$
declare
  claims json;
begin
  -- In this order, because records wait for locks: events that were claimed before would be held meanwhile.
  perform public.record_fetches(fetches, stripe_key);
  claims := public.claim_events(events, stripe_key);
  if reads is not null then
    perform billing.count_reads(reads);
  end if;
  return claims;
end
$$;

comment on function public.record_and_claim is
  'Records what was fetched, then claims events, and counts reads, in one round trip and one commit: see record_fetches and claim_events.';


create function public.record_objects(ticket bigint, objects jsonb, stripe_key text, reads jsonb default null)
  returns void
  language plpgsql set search_path = ''
as $$
begin
  perform public.record_fetches(
    jsonb_build_array(jsonb_build_object('ticket', ticket, 'objects', objects)), stripe_key, reads
  );
end
$$;

comment on function public.record_objects is 'Records objects that were fetched under one ticket: see record_fetches.';


revoke all on function public.record_fetches, public.record_and_claim, public.record_objects from public, anon, authenticated;
grant execute on function public.record_fetches, public.record_and_claim, public.record_objects to service_role;
