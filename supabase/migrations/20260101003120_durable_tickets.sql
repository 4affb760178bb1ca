-- A ticket that was handed out is never drawn again, not even after a crash of the database.
--
-- A sequence writes to the write-ahead log once for 32 values. The transaction that writes waits at its commit until the
-- log is on disk, but one that draws the next value meanwhile has written nothing and waits for nothing: its ticket is
-- handed out, and after a crash it is drawn again. A transaction waits if it has an id and wrote to the log:
-- `RecordTransactionCommit` in src/backend/access/transam/xact.c of PostgreSQL. Everything that draws a ticket and may
-- write nothing else therefore locks a row, which does both and keeps no other transaction waiting.

create function billing.draw_ticket()
  returns bigint
  language plpgsql set search_path = ''
as $$
begin
  perform from billing.deployment for key share;
  return nextval('billing.tickets');
end
$$;

comment on function billing.draw_ticket is 'Returns a new ticket, on disk when the transaction has ended. For transactions that write nothing else.';

revoke all on function billing.draw_ticket from public, anon, authenticated;
grant execute on function billing.draw_ticket to service_role;


create or replace function public.draw_ticket(stripe_key text)
  returns bigint
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(stripe_key);
  return billing.draw_ticket();
end
$$;


create or replace function public.find_own_object(owner_id text, object text, object_id text, stripe_key text)
  returns public.own_object
  language plpgsql set search_path = ''
as $$
declare
  own public.own_object;
begin
  perform billing.require_deployment(stripe_key);
  perform billing.require_owner(owner_id);

  select mapping.stripe_customer_id into own.customer_id
  from public.stripe_customer_mapping as mapping
  where mapping.owner_id = find_own_object.owner_id;

  select known.data - 'lines', known.fetched_at > now() - interval '3 seconds', billing.draw_ticket()
  into own.data, own.is_fresh, own.ticket
  from billing.mirror as known
  where known.object = find_own_object.object
    and known.id = find_own_object.object_id
    and known.data ->> 'customer' = own.customer_id;
  return own;
end
$$;


create or replace function public.begin_checkout(owner_id text, price text, slot_by text, stripe_key text)
  returns json
  language plpgsql set search_path = ''
as $$
declare
  deployment_id uuid;
  offer         jsonb;
  own           billing.checkouts;
begin
  deployment_id := billing.require_deployment(stripe_key);
  perform billing.require_owner(owner_id);
  if slot_by is null then
    raise exception 'Missing setting: pass CHECKOUT_SLOT' using errcode = 'invalid_parameter_value';
  end if;

  offer := billing.find_offer(price, slot_by);
  if offer is null or offer -> 'invalid' <> '[]' then
    return json_build_object('offer', null, 'invalid', coalesce(offer -> 'invalid', '[]'));
  end if;

  insert into billing.checkouts (owner_id) values (begin_checkout.owner_id) on conflict do nothing;
  select * into strict own from billing.checkouts as known where known.owner_id = begin_checkout.owner_id;
  return json_build_object(
    'offer', offer,
    'deployment_id', deployment_id,
    'customer_currency', (
      select customer.data ->> 'currency'
      from public.stripe_customer_mapping as mapping
      join public.stripe_customers as customer on customer.id = mapping.stripe_customer_id
      where mapping.owner_id = begin_checkout.owner_id
    ),
    'attempt', own.attempt,
    'sessions', own.sessions,
    'trial_session', own.trial_session,
    'trial_used', own.trial_used_at is not null,
    'closed', own.closed_at is not null,
    'ticket', billing.draw_ticket()
  );
end
$$;
