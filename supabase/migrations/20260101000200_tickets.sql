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


create function public.draw_ticket(stripe_key text)
  returns bigint
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(stripe_key);
  return billing.draw_ticket();
end
$$;

comment on function public.draw_ticket is 'Returns a new ticket. Draw it before the object is fetched from Stripe.';

revoke all on function billing.draw_ticket, public.draw_ticket from public, anon, authenticated;
grant execute on function billing.draw_ticket, public.draw_ticket to service_role;
