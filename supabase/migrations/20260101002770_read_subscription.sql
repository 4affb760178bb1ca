-- What an owner has bought and what it grants, in one call, from the mirror.

create view billing.attention with (security_invoker = true) as
select
  subscription.id as subscription,
  subscription.customer,
  case
    when subscription.status in ('past_due', 'unpaid', 'incomplete', 'paused') then subscription.status
    when subscription.data -> 'pending_update' <> 'null' then 'action_required'
    else 'trial_ending'
  end as reason,
  invoice.data ->> 'hosted_invoice_url' as pay_url
from public.stripe_subscriptions as subscription
left join public.stripe_customers as customer on customer.id = subscription.customer
left join lateral (
  select open.data
  from public.stripe_invoices as open
  where open.customer = subscription.customer and open.subscription = subscription.id and open.status = 'open'
  order by open.created desc, open.id desc
  limit 1
) as invoice on true
where subscription.status in ('past_due', 'unpaid', 'incomplete', 'paused')
  or subscription.status in ('active', 'trialing') and subscription.data -> 'pending_update' <> 'null'
  or subscription.status = 'trialing'
    and (subscription.data ->> 'trial_end')::bigint <= extract(epoch from now() + interval '3 days')
    -- A trial that was canceled ends as its owner wants.
    and subscription.cancel_at is null and not subscription.cancel_at_period_end
    -- What Stripe charges: https://docs.stripe.com/api/subscriptions/object#subscription_object-default_payment_method
    and coalesce(
      subscription.data ->> 'default_payment_method', subscription.data ->> 'default_source',
      customer.data #>> '{invoice_settings,default_payment_method}', customer.data ->> 'default_source'
    ) is null;

comment on view billing.attention is 'Subscriptions that need their owner: a payment failed or waits, or a trial without a card ends within three days.';
comment on column billing.attention.subscription is 'The id of the subscription.';
comment on column billing.attention.customer is 'The id of its customer.';
comment on column billing.attention.reason is 'past_due, unpaid, incomplete, paused; action_required: a change waits for its payment; trial_ending.';
comment on column billing.attention.pay_url is 'Stripe''s page of the newest open invoice; null without one.';

revoke all on table billing.attention from public, anon, authenticated, service_role;
grant select on table billing.attention to service_role;


create function public.read_subscription(owner_id text, slot_by text, grace_days integer, effective_features boolean, stripe_key text)
  returns json
  language plpgsql set search_path = ''
as $$
declare
  own_customer text;
  answer       json;
begin
  perform billing.require_deployment(stripe_key);
  perform billing.require_owner(owner_id);
  if slot_by is null or grace_days is null or effective_features is null then
    raise exception 'Missing settings: pass CHECKOUT_SLOT, BILLING_GRACE_DAYS and BILLING_EFFECTIVE_FEATURES' using errcode = 'invalid_parameter_value';
  end if;
  perform billing.set_access_policy(grace_days, effective_features);

  select mapping.stripe_customer_id into own_customer
  from public.stripe_customer_mapping as mapping
  where mapping.owner_id = read_subscription.owner_id;

  with subscriptions as materialized (
    select own.* from public.stripe_subscriptions as own where own.customer = own_customer and not own.deleted
  ), granted as materialized (
    select array(
      select own.lookup_key from public.stripe_effective_entitlements as own where own.customer = own_customer
      union
      select key
      from public.stripe_purchases as bought
      join public.stripe_product_features as feature on feature.id = bought.product
      cross join jsonb_array_elements_text(feature.lookup_keys) as key
      where bought.owner_id = read_subscription.owner_id and bought.status = 'paid'
      order by lookup_key
    ) as lookup_keys
  )
  select json_build_object(
    'customer_id', own_customer,
    'status', coalesce(
      (
        select ranked.status
        from unnest(array['active', 'trialing', 'past_due', 'unpaid', 'paused', 'incomplete', 'canceled'])
          with ordinality as ranked (status, place)
        where ranked.status in (select own.status from subscriptions as own)
        order by ranked.place
        limit 1
      ),
      'none'
    ),
    'access', granted.lookup_keys <> '{}' or exists (
      select from public.stripe_subscription_access as granting where granting.customer = own_customer and granting.active
    ),
    'subscriptions', array(
      select json_build_object(
        'id', own.id,
        'status', own.status,
        'slot', billing.slot_of(own.data #>> '{items,data,0,price,product}', true, slot_by),
        'created', own.created,
        'currency', own.data -> 'currency',
        'items', items.shown,
        'current_period_end', own.current_period_end,
        'trial_start', own.data -> 'trial_start',
        'trial_end', own.data -> 'trial_end',
        'will_cancel_at', case when own.data ->> 'ended_at' is null then
          coalesce(own.cancel_at, case when own.cancel_at_period_end then items.last_period_end end)
        end,
        'canceled_at', own.data -> 'canceled_at',
        'ended_at', own.data -> 'ended_at',
        'pending_change', case
          when own.data -> 'pending_update' <> 'null' then json_build_object(
            'reason', 'payment',
            'expires_at', own.data #> '{pending_update,expires_at}',
            'items', array(
              select json_build_object('price', coalesce(item #>> '{price,id}', item ->> 'price'), 'quantity', item -> 'quantity')
              from jsonb_path_query(own.data, '$.pending_update.subscription_items[*]') as item
            )
          )
          when own.data ->> 'schedule' is not null then json_build_object('reason', 'schedule', 'expires_at', null, 'items', array[]::json[])
        end
      )
      from subscriptions as own
      cross join lateral (
        select
          coalesce(json_agg(json_build_object(
            'id', item.id, 'price', item.price, 'product', item.product, 'quantity', item.quantity,
            'current_period_start', item.current_period_start, 'current_period_end', item.current_period_end
          )), '[]') as shown,
          max(item.current_period_end) as last_period_end
        from public.stripe_subscription_items as item
        where item.subscription = own.id
      ) as items
      order by own.created desc, own.id desc
    ),
    'purchases', array(
      select json_build_object(
        'session', bought.session, 'product', bought.product, 'price', bought.price, 'quantity', bought.quantity,
        'created', bought.created, 'status', bought.status
      )
      from public.stripe_purchases as bought
      where bought.owner_id = read_subscription.owner_id
      order by bought.created desc, bought.session desc
    ),
    'entitlements', granted.lookup_keys,
    'attention', array(
      select json_build_object('subscription', needed.subscription, 'reason', needed.reason, 'pay_url', needed.pay_url)
      from billing.attention as needed
      join subscriptions as own on own.id = needed.subscription
      where needed.customer = own_customer
      order by own.created desc, own.id desc
    )
  )
  into answer
  from granted;
  return answer;
end
$$;

comment on function public.read_subscription is
  'Everything that an owner has bought, newest first, and what it grants. CHECKOUT_SLOT, BILLING_GRACE_DAYS and BILLING_EFFECTIVE_FEATURES are the operator''s settings; policies follow the two last from then on.';

revoke all on function public.read_subscription from public, anon, authenticated;
grant execute on function public.read_subscription to service_role;
