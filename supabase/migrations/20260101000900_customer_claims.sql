-- From a user to his customer: claim, create or find at Stripe, complete.
--
-- Each step is harmless when repeated, and the database's clock alone decides what comes next.

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

comment on type public.customer_claim is 'What to do next: known (customer_id, stale), create or look (the rest), wait (retry_after).';
comment on column public.customer_claim.step is 'known: here it is. create: create it. look: find it at Stripe, else renew. wait: somebody else is at it.';
comment on column public.customer_claim.customer_id is 'Stripe''s id of the known customer.';
comment on column public.customer_claim.stale is 'Nobody has looked at this customer for a day: look in the background.';
comment on column public.customer_claim.generation is 'Part of the idempotency key; complete, fail and renew name it.';
comment on column public.customer_claim.deployment_id is 'Part of the idempotency key and of the metadata.';
comment on column public.customer_claim.ticket is 'Drawn before anything is created or read at Stripe; complete_customer records under it.';
comment on column public.customer_claim.created_from is 'To look: no customer of this generation is older, in Unix seconds, with five minutes to spare.';
comment on column public.customer_claim.created_to is 'To look: no customer of this generation is younger, in Unix seconds, with five minutes to spare.';
comment on column public.customer_claim.retry_after is 'Seconds until asking again makes sense.';

create function public.claim_customer(user_id text, livemode boolean)
  returns public.customer_claim
  language plpgsql set search_path = ''
as $$
declare
  claim   public.customer_claim;
  mapping public.stripe_customer_mapping;
begin
  claim.deployment_id := billing.require_deployment(livemode);

  -- The common case, without a lock and without a write.
  select 'known', known.stripe_customer_id, coalesce(customer.fetched_at < now() - interval '1 day', true)
  into claim.step, claim.customer_id, claim.stale
  from public.stripe_customer_mapping as known
  left join public.stripe_customers as customer on customer.id = known.stripe_customer_id
  where known.clerk_user_id = user_id and known.stripe_customer_id is not null;
  if found then
    return claim;
  end if;

  insert into public.stripe_customer_mapping (clerk_user_id) values (user_id) on conflict do nothing;
  select * into strict mapping from public.stripe_customer_mapping where clerk_user_id = user_id for update;

  -- A generation that came to nothing within an hour counts as failed when its last lease ended.
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
      claim.created_to := extract(epoch from mapping.failed_at + interval '5 minutes');
      update public.stripe_customer_mapping
      set claimed_at = coalesce(claimed_at, now()), lease_until = now() + interval '30 seconds', failed_at = mapping.failed_at
      where clerk_user_id = user_id;
  end case;
  return claim;
end
$$;

comment on function public.claim_customer is
  'The next step towards the user''s customer. One caller in 30 seconds creates or looks; once it is known, one round trip and no write.';


create type public.found_customer as (
  customer_id text
);

comment on type public.found_customer is 'The answer to who a user is at Stripe.';
comment on column public.found_customer.customer_id is 'Null while the user has no customer.';

create function public.find_customer(user_id text, livemode boolean)
  returns public.found_customer
  language plpgsql set search_path = ''
as $$
declare
  customer public.found_customer;
begin
  perform billing.require_deployment(livemode);

  select mapping.stripe_customer_id into customer.customer_id
  from public.stripe_customer_mapping as mapping
  where mapping.clerk_user_id = user_id;
  return customer;
end
$$;

comment on function public.find_customer is 'The user''s customer, if there is one. Claims nothing and writes nothing.';


create type public.customer_completion as (
  customer_id text,
  won         boolean
);

comment on type public.customer_completion is 'How a completion ended.';
comment on column public.customer_completion.customer_id is 'The user''s customer now; null if there is none.';
comment on column public.customer_completion.won is 'Whether this very call made it so.';

create function public.complete_customer(user_id text, generation integer, ticket bigint, customer jsonb, livemode boolean)
  returns public.customer_completion
  language plpgsql set search_path = ''
as $$
declare
  completion public.customer_completion;
begin
  -- Recording locks the customer's own row. So either its deletion is seen below, or whoever records the deletion
  -- waits for this transaction and sees the mapping. Two users who complete one customer wait for each other, too.
  perform public.record_objects(ticket, jsonb_build_array(customer), livemode);

  if exists (
    select from public.stripe_customer_mapping as other
    where other.stripe_customer_id = customer ->> 'id' and other.clerk_user_id <> user_id
  ) then
    raise exception 'Customer "%" belongs to another user than "%": correct its metadata at Stripe', customer ->> 'id', user_id
      using errcode = 'invalid_parameter_value';
  end if;

  update public.stripe_customer_mapping as mapping
  set stripe_customer_id = customer ->> 'id', lease_until = null, failed_at = null
  where mapping.clerk_user_id = user_id
    and mapping.generation = complete_customer.generation
    and mapping.stripe_customer_id is null
    and exists (select from public.stripe_customers as alive where alive.id = customer ->> 'id' and not alive.deleted);
  completion.won := found;

  select mapping.stripe_customer_id into completion.customer_id
  from public.stripe_customer_mapping as mapping
  where mapping.clerk_user_id = user_id;
  return completion;
end
$$;

comment on function public.complete_customer is
  'Makes this customer, as just seen at Stripe, the user''s: unless its generation has passed, another won, or it is deleted. Raises for another user''s.';


create function public.fail_customer(user_id text, generation integer, livemode boolean)
  returns void
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(livemode);

  -- A note may come late, when another caller has the lease and is about to send: the failure is dated after that, too.
  update public.stripe_customer_mapping as mapping
  set failed_at = greatest(mapping.failed_at, now(), mapping.lease_until)
  where mapping.clerk_user_id = user_id
    and mapping.generation = fail_customer.generation
    and mapping.stripe_customer_id is null;
end
$$;

comment on function public.fail_customer is
  'A creation of this generation ended without an answer to trust. For a minute after the lease everybody waits, then one looks.';


create function public.renew_customer(user_id text, generation integer, livemode boolean)
  returns public.customer_claim
  language plpgsql set search_path = ''
as $$
declare
  claim public.customer_claim;
begin
  claim.deployment_id := billing.require_deployment(livemode);

  update public.stripe_customer_mapping as mapping
  set generation = mapping.generation + 1, claimed_at = now(), lease_until = now() + interval '30 seconds', failed_at = null
  where mapping.clerk_user_id = user_id
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
  'This generation has left no living customer: the caller has 30 seconds to create in the next one, or waits because another was faster.';


revoke all on function
  public.claim_customer, public.find_customer, public.complete_customer, public.fail_customer, public.renew_customer
  from public, anon, authenticated;
grant execute on function
  public.claim_customer, public.find_customer, public.complete_customer, public.fail_customer, public.renew_customer
  to service_role;
