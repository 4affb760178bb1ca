-- A known customer in one query: the most frequent call by far.

alter function public.claim_customer(text, text) set schema billing;

comment on function billing.claim_customer is
  'The next step towards the owner''s customer. One caller at a time, for 30 seconds, creates it or looks it up. Called by public.claim_customer only.';


create function public.claim_customer(owner_id text, stripe_key text)
  returns public.customer_claim
  language plpgsql set search_path = ''
as $$
declare
  claim public.customer_claim;
begin
  -- The deployment as billing.require_deployment accepts it, without a lock and without a write.
  select 'known', known.stripe_customer_id, coalesce(customer.fetched_at < now() - interval '1 day', true), deployment.id
  into claim.step, claim.customer_id, claim.stale, claim.deployment_id
  from billing.deployment as deployment
  cross join public.stripe_customer_mapping as known
  left join public.stripe_customers as customer on customer.id = known.stripe_customer_id
  where claim_customer.stripe_key = any (deployment.confirmed_keys) and deployment.closed_until = '-infinity'
    and known.owner_id = claim_customer.owner_id and known.stripe_customer_id is not null;
  if found then
    return claim;
  end if;
  return billing.claim_customer(owner_id, stripe_key);
end
$$;

comment on function public.claim_customer is
  'The next step towards the owner''s customer: see billing.claim_customer. A known customer costs one round trip and no write.';

revoke all on function public.claim_customer from public, anon, authenticated;
grant execute on function public.claim_customer to service_role;
