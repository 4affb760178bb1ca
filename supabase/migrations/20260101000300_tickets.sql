-- Tickets: whoever looks at Stripe draws a number first and records under it.
--
-- The last change of an object has an event, and its ticket is drawn after the change. Whoever holds that ticket or a
-- later one read Stripe after the change; whoever holds an earlier one cannot overwrite what they recorded. So the
-- last state wins, whatever the order, without clocks and without a lock held over HTTP. The one assumption: a read
-- at Stripe is current once the event is delivered.

create sequence billing.tickets as bigint cache 1;

comment on sequence billing.tickets is 'One for everything that is looked at. After a restore it must stand ahead of every row''s ticket.';

revoke all on sequence billing.tickets from public, anon, authenticated, service_role;
grant usage, select on sequence billing.tickets to service_role;


create function public.draw_ticket(livemode boolean)
  returns bigint
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(livemode);
  return nextval('billing.tickets');
end
$$;

comment on function public.draw_ticket is 'To be drawn before looking at Stripe.';


create function billing.keep_newest()
  returns trigger
  language plpgsql set search_path = ''
as $$
begin
  if new.ticket >= old.ticket then
    return new;
  end if;

  -- Only a restore can leave a row ahead of the sequence; it would swallow every write from now on.
  if old.ticket > (select last_value from billing.tickets) then
    raise exception 'Ticket % of "%" in % was never drawn: set billing.tickets ahead of it', old.ticket, old.id, tg_table_name
      using errcode = 'object_not_in_prerequisite_state';
  end if;
  return null;
end
$$;

comment on function billing.keep_newest is 'Drops a write that was looked at before what the row already holds. On every mirror table.';


revoke all on function public.draw_ticket, billing.keep_newest from public, anon, authenticated;
grant execute on function public.draw_ticket to service_role;
