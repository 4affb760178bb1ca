-- Tickets: fencing tokens. A caller draws one before it fetches an object from Stripe and records the object under it.
--
-- The last change of an object has an event, and the event's ticket is drawn after that change. A caller with this ticket
-- or a later one fetched after the change; a caller with an earlier one cannot overwrite what was recorded. The last
-- state therefore wins in any order, without clocks and without a lock held over HTTP. The one assumption: a read at
-- Stripe is current once the event is delivered.

create sequence billing.tickets as bigint cache 1;

comment on sequence billing.tickets is
  'One sequence for everything that is fetched. After a restore, set it ahead of the largest ticket of any row.';

revoke all on sequence billing.tickets from public, anon, authenticated, service_role;
grant usage, select on sequence billing.tickets to service_role;


create function public.draw_ticket(stripe_key text)
  returns bigint
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(stripe_key);
  return nextval('billing.tickets');
end
$$;

comment on function public.draw_ticket is 'Returns a new ticket. Draw it before the object is fetched from Stripe.';

revoke all on function public.draw_ticket from public, anon, authenticated;
grant execute on function public.draw_ticket to service_role;
