-- From an owner to the owner's customer: claim, create or look up at Stripe, complete.
--
-- Every step can be repeated without harm, and only the database's clock decides what comes next.

create function billing.require_owner(owner_id text)
  returns void
  language plpgsql immutable set search_path = ''
as $$
begin
  if owner_id like 'user\_%' or owner_id like 'org\_%' then
    return;
  end if;
  raise exception 'Invalid owner "%": expected the id of a Clerk user or organization', owner_id
    using errcode = 'invalid_parameter_value';
end
$$;

comment on function billing.require_owner is 'Raises 22023 unless this is the id of a Clerk user or organization.';


create type public.customer_claim as (
  step          text,
  customer_id   text,
  stale         boolean,
  generation    integer,
  deployment_id uuid,
  ticket        bigint,
  created_from  bigint,
  created_to    bigint,
  retry_after   integer
);

comment on type public.customer_claim is 'The next step: known (customer_id, stale), create or lookup (the other fields) or wait (retry_after).';
comment on column public.customer_claim.step is 'known: the customer exists. create: create it. lookup: find it at Stripe, else renew. wait: another caller holds the lease.';
comment on column public.customer_claim.customer_id is 'Stripe''s id of the known customer.';
comment on column public.customer_claim.stale is 'The customer was not fetched for a day: fetch it in the background.';
comment on column public.customer_claim.generation is 'Part of the idempotency key; an argument of complete, fail and renew.';
comment on column public.customer_claim.deployment_id is 'Part of the idempotency key and of the metadata.';
comment on column public.customer_claim.ticket is 'Drawn before anything is created or fetched at Stripe; complete_customer records under it.';
comment on column public.customer_claim.created_from is 'For lookup: no customer of this generation is older, in Unix seconds, with a margin of five minutes.';
comment on column public.customer_claim.created_to is 'For lookup: no customer of this generation is younger, in Unix seconds, with a margin of five minutes, or as far as an earlier lookup has come.';
comment on column public.customer_claim.retry_after is 'Seconds to wait before the next claim.';

create function billing.claim_customer(owner_id text, stripe_key text)
  returns public.customer_claim
  language plpgsql set search_path = ''
as $$
declare
  claim   public.customer_claim;
  mapping public.stripe_customer_mapping;
begin
  claim.deployment_id := billing.require_deployment(stripe_key);

  -- Known, in a deployment whose closing has ended by itself: as in public.claim_customer, without a lock and a write.
  select 'known', known.stripe_customer_id, coalesce(customer.fetched_at < now() - interval '1 day', true)
  into claim.step, claim.customer_id, claim.stale
  from public.stripe_customer_mapping as known
  left join public.stripe_customers as customer on customer.id = known.stripe_customer_id
  where known.owner_id = claim_customer.owner_id and known.stripe_customer_id is not null;
  if found then
    return claim;
  end if;

  perform billing.require_owner(owner_id);
  insert into public.stripe_customer_mapping (clerk_user_id, clerk_organization_id)
  values (
    case when owner_id like 'user\_%' then owner_id end,
    case when owner_id like 'org\_%' then owner_id end
  )
  on conflict do nothing;
  select * into strict mapping
  from public.stripe_customer_mapping as own
  where own.owner_id = claim_customer.owner_id
  for update;

  -- A generation that is not completed within an hour counts as failed at the end of its last lease.
  if mapping.claimed_at < now() - interval '1 hour' then
    mapping.failed_at := coalesce(mapping.failed_at, mapping.lease_until, mapping.claimed_at);
  end if;

  claim.generation := mapping.generation;
  claim.customer_id := mapping.stripe_customer_id;
  claim.step := case
    when mapping.stripe_customer_id is not null then 'known'
    when mapping.lease_until > now() then 'wait'
    when mapping.failed_at is null then 'create'
    when mapping.failed_at > now() - interval '1 minute' then 'wait'
    else 'lookup'
  end;

  case claim.step
    when 'known' then
      claim.stale := false;
    when 'wait' then
      claim.retry_after := ceil(extract(epoch from
        greatest(mapping.lease_until, mapping.failed_at + interval '1 minute') - now()));
    else
      claim.ticket := nextval('billing.tickets');
      claim.created_from := extract(epoch from mapping.claimed_at - interval '5 minutes');
      claim.created_to := extract(epoch from coalesce(mapping.looked_up_to, mapping.failed_at + interval '5 minutes'));
      update public.stripe_customer_mapping as own
      set claimed_at = coalesce(own.claimed_at, now()), lease_until = now() + interval '30 seconds', failed_at = mapping.failed_at
      where own.owner_id = claim_customer.owner_id;
  end case;
  return claim;
end
$$;

comment on function billing.claim_customer is
  'The next step towards the owner''s customer. One caller at a time, for 30 seconds, creates it or looks it up. Called by public.claim_customer only.';


-- A known customer in one query: the most frequent call by far.
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


create type public.found_customer as (
  customer_id text
);

comment on type public.found_customer is 'The customer of an owner.';
comment on column public.found_customer.customer_id is 'Null while the owner has no customer.';

create function public.find_customer(owner_id text, stripe_key text)
  returns public.found_customer
  language plpgsql set search_path = ''
as $$
declare
  customer public.found_customer;
begin
  perform billing.require_deployment(stripe_key);
  perform billing.require_owner(owner_id);

  select mapping.stripe_customer_id into customer.customer_id
  from public.stripe_customer_mapping as mapping
  where mapping.owner_id = find_customer.owner_id;
  return customer;
end
$$;

comment on function public.find_customer is 'The owner''s customer, if there is one. Claims nothing and writes nothing.';


create type public.customer_completion as (
  customer_id text,
  won         boolean
);

comment on type public.customer_completion is 'The result of a completion.';
comment on column public.customer_completion.customer_id is 'The owner''s customer after the call; null if there is none.';
comment on column public.customer_completion.won is 'Whether this call mapped the customer.';

create function public.complete_customer(owner_id text, generation integer, ticket bigint, customer jsonb, stripe_key text)
  returns public.customer_completion
  language plpgsql set search_path = ''
as $$
declare
  completion public.customer_completion;
begin
  perform billing.require_deployment(stripe_key);
  perform billing.require_owner(owner_id);

  -- Recording locks the customer's row. Either its deletion is visible below, or a call that records the deletion waits
  -- for this transaction and then sees the mapping. Two owners who complete the same customer wait for each other, too.
  perform public.record_objects(ticket, jsonb_build_array(customer), stripe_key);

  if exists (
    select from public.stripe_customer_mapping as other
    where other.stripe_customer_id = customer ->> 'id' and other.owner_id <> complete_customer.owner_id
  ) then
    raise exception 'Customer "%" belongs to another owner than "%": correct its metadata at Stripe', customer ->> 'id', owner_id
      using errcode = 'invalid_parameter_value';
  end if;

  update public.stripe_customer_mapping as mapping
  set stripe_customer_id = customer ->> 'id', lease_until = null, failed_at = null, looked_up_to = null
  where mapping.owner_id = complete_customer.owner_id
    and mapping.generation = complete_customer.generation
    and mapping.stripe_customer_id is null
    and exists (select from public.stripe_customers as alive where alive.id = customer ->> 'id' and not alive.deleted);
  completion.won := found;

  select mapping.stripe_customer_id into completion.customer_id
  from public.stripe_customer_mapping as mapping
  where mapping.owner_id = complete_customer.owner_id;
  return completion;
end
$$;

comment on function public.complete_customer is
  'Maps the owner to this customer as just fetched from Stripe, unless a newer generation began, another customer was mapped, or it is deleted. Raises 22023 for another owner''s customer.';


create function public.fail_customer(owner_id text, generation integer, stripe_key text)
  returns void
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(stripe_key);
  perform billing.require_owner(owner_id);

  -- A late report may arrive while another caller holds the lease and is about to create: the failure dates from the
  -- end of that lease.
  update public.stripe_customer_mapping as mapping
  set failed_at = greatest(mapping.failed_at, now(), mapping.lease_until)
  where mapping.owner_id = fail_customer.owner_id
    and mapping.generation = fail_customer.generation
    and mapping.stripe_customer_id is null;
end
$$;

comment on function public.fail_customer is
  'Reports an inconclusive creation of this generation. For a minute after the lease every caller waits, then one looks the customer up.';


create function public.record_lookup(owner_id text, generation integer, created_to bigint, stripe_key text)
  returns void
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(stripe_key);
  perform billing.require_owner(owner_id);

  -- A late record of a slower caller must not undo the progress of another.
  update public.stripe_customer_mapping as mapping
  set looked_up_to = least(mapping.looked_up_to, to_timestamp(created_to))
  where mapping.owner_id = record_lookup.owner_id
    and mapping.generation = record_lookup.generation
    and mapping.failed_at is not null;
end
$$;

comment on function public.record_lookup is
  'Records that no customer of this generation was created after this second, in Stripe''s time. The next lookup resumes there; a lookup that began at the end each time would never reach the claim in an account with many customers.';


create function public.renew_customer(owner_id text, generation integer, stripe_key text)
  returns public.customer_claim
  language plpgsql set search_path = ''
as $$
declare
  claim public.customer_claim;
begin
  claim.deployment_id := billing.require_deployment(stripe_key);
  perform billing.require_owner(owner_id);

  update public.stripe_customer_mapping as mapping
  set generation = mapping.generation + 1, claimed_at = now(), lease_until = now() + interval '30 seconds', failed_at = null,
    looked_up_to = null
  where mapping.owner_id = renew_customer.owner_id
    and mapping.generation = renew_customer.generation
    and mapping.stripe_customer_id is null
  returning 'create', mapping.generation, nextval('billing.tickets') into claim.step, claim.generation, claim.ticket;

  if not found then
    claim.step := 'wait';
    claim.retry_after := 1;
  end if;
  return claim;
end
$$;

comment on function public.renew_customer is
  'Reports that this generation left no living customer. The caller has 30 seconds to create one in the next generation, or waits because another caller renewed it first.';


revoke all on function
  billing.require_owner, billing.claim_customer, public.claim_customer, public.find_customer, public.complete_customer, public.fail_customer,
  public.record_lookup, public.renew_customer
  from public, anon, authenticated;
grant execute on function
  billing.require_owner, billing.claim_customer, public.claim_customer, public.find_customer, public.complete_customer, public.fail_customer,
  public.record_lookup, public.renew_customer
  to service_role;
