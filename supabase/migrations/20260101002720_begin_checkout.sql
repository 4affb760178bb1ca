-- The two ends of a checkout: what was handed out to the owner before it, and the compare-and-set before its URL is.

create function public.begin_checkout(owner_id text, price text, slot_by text, stripe_key text)
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

comment on function public.begin_checkout is
  'The offer of the price, and what was handed out to the owner; a ticket for what is fetched next. Of a price that is not offered only `invalid`, see billing.find_offer.';


create function public.hand_out_checkout(
  owner_id text, attempt bigint, slot text, session text, trial boolean, stripe_key text, reads jsonb default null
)
  returns boolean
  language plpgsql set search_path = ''
as $$
declare
  won boolean;
begin
  perform billing.require_deployment(stripe_key);
  perform billing.require_owner(owner_id);

  update billing.checkouts as own
  set attempt = own.attempt + 1,
      handed_out_at = now(),
      sessions = own.sessions || jsonb_build_object(slot, session),
      trial_session = case when trial then session else own.trial_session end
  where own.owner_id = hand_out_checkout.owner_id
    and own.attempt = hand_out_checkout.attempt
    and own.closed_at is null;
  won := found;

  if reads is not null then
    perform billing.count_reads(reads);
  end if;
  return won;
end
$$;

comment on function public.hand_out_checkout is
  'Records a session as handed out, unless another was handed out or the owner was closed since begin_checkout. Only after true may a browser get the URL. Counts reads at Stripe, see billing.count_reads.';


create function public.find_slots(products text[], slot_by text, stripe_key text)
  returns json
  language plpgsql stable set search_path = ''
as $$
begin
  perform billing.require_deployment(stripe_key);
  return (
    select coalesce(json_object_agg(known.id, billing.slot_of(known.id, true, find_slots.slot_by)), '{}')
    from public.stripe_products as known
    where known.id = any (find_slots.products) and not known.deleted
  );
end
$$;

comment on function public.find_slots is 'The slot of the recurring prices of each product; a product that the mirror does not have is left out.';


-- A trial is known to be used as soon as any worker records its subscription. Of a deleted customer, whose mapping is
-- gone, the metadata names the owner.
create function billing.note_trials()
  returns trigger
  language plpgsql set search_path = ''
as $$
begin
  -- Most have none, and then the statement below costs several times as much as this one.
  if not exists (select from changed as subscription where subscription.data ->> 'trial_start' is not null) then
    return null;
  end if;

  insert into billing.checkouts as own (owner_id, trial_used_at)
  select distinct trial.owner_id, now()
  from (
    select coalesce(
      case when subscription.data #>> '{metadata,deployment_id}' = (select deployment.id::text from billing.deployment)
        then subscription.data #>> '{metadata,owner}' end,
      (select mapping.owner_id from public.stripe_customer_mapping as mapping where mapping.stripe_customer_id = subscription.customer)
    ) as owner_id
    from changed as subscription
    where subscription.data ->> 'trial_start' is not null
  ) as trial
  where trial.owner_id like 'user\_%' or trial.owner_id like 'org\_%'
  -- The same order in every call, to avoid deadlocks.
  order by trial.owner_id
  on conflict (owner_id) do update set trial_used_at = excluded.trial_used_at where own.trial_used_at is null;
  return null;
end
$$;

comment on function billing.note_trials is 'Sets trial_used_at for the owners of subscriptions that have or had a trial.';

create trigger note_new_trials after insert on public.stripe_subscriptions
  referencing new table as changed for each statement execute function billing.note_trials();
create trigger note_changed_trials after update on public.stripe_subscriptions
  referencing new table as changed for each statement execute function billing.note_trials();

-- A trigger runs its function for every role.
revoke all on function billing.note_trials from public, anon, authenticated, service_role;
revoke all on function public.begin_checkout, public.hand_out_checkout, public.find_slots
  from public, anon, authenticated;
grant execute on function public.begin_checkout, public.hand_out_checkout, public.find_slots to service_role;
