-- A sync: fetches from Stripe what an owner has bought, before its webhooks arrive. At most once in three seconds for an
-- owner, by this clock, however many isolates are asked.

create type public.sync_claim as (
  ticket         bigint,
  customer_id    text,
  deployment_id  uuid,
  payment_status text
);

comment on type public.sync_claim is 'What to fetch for an owner.';
comment on column public.sync_claim.ticket is 'Record everything under it; null if a sync was claimed less than three seconds ago.';
comment on column public.sync_claim.customer_id is 'The owner''s customer; null for none.';
comment on column public.sync_claim.deployment_id is 'What the metadata of the owner''s Checkout sessions names.';
comment on column public.sync_claim.payment_status is
  'Of the owner''s session, if the mirror has it as complete and paid, or free: its state is final, so it need not be fetched.';

create function public.claim_sync(owner_id text, stripe_key text, session_id text default null)
  returns public.sync_claim
  language plpgsql set search_path = ''
as $$
declare
  claim public.sync_claim;
begin
  claim.deployment_id := billing.require_deployment(stripe_key);
  perform billing.require_owner(owner_id);

  insert into billing.checkouts as known (owner_id, synced_at) values (claim_sync.owner_id, now())
  on conflict on constraint checkouts_pkey do update set synced_at = excluded.synced_at
  where coalesce(known.synced_at <= now() - interval '3 seconds', true)
  returning nextval('billing.tickets') into claim.ticket;

  select mapping.stripe_customer_id into claim.customer_id
  from public.stripe_customer_mapping as mapping
  where mapping.owner_id = claim_sync.owner_id;

  select session.payment_status into claim.payment_status
  from public.stripe_checkout_sessions as session
  left join public.stripe_payment_intents as payment on payment.id = session.payment_intent
  where session.id = session_id
    and session.owner_id = claim_sync.owner_id
    and session.payment_status <> 'unpaid'
    and (session.payment_intent is null or payment.status = 'succeeded');
  return claim;
end
$$;

comment on function public.claim_sync is 'Claims a sync for an owner, at most once in three seconds.';

revoke all on function public.claim_sync from public, anon, authenticated;
grant execute on function public.claim_sync to service_role;
