-- Access: what a subscription grants beside what Stripe lists, by the operator's policy.
--
-- Grace: how long a subscription keeps its access while Stripe retries a payment. Stripe begins the next period before it charges for it, so the current period of a past_due subscription is the one that
-- is not paid. Grace begins with it. Whether Stripe itself keeps entitlements meanwhile is not documented, so this policy
-- decides both ways.
--
-- Effective features: Stripe does not grant a feature that was attached to a product to those who had subscribed before.

create table public.stripe_access_policy (
  singleton          boolean primary key default true constraint stripe_access_policy_has_one_row check (singleton),
  grace_days         integer not null constraint grace_days_are_not_negative check (grace_days >= 0),
  effective_features boolean not null
);

comment on table public.stripe_access_policy is
  'The operator''s policy. Signed-in users read it, because policies do; the functions write what their variables say. Without a row grace is 14 days.';
comment on column public.stripe_access_policy.singleton is 'Limits the table to one row.';
comment on column public.stripe_access_policy.grace_days is 'BILLING_GRACE_DAYS. A product''s metadata grace_days goes before it.';
comment on column public.stripe_access_policy.effective_features is 'BILLING_EFFECTIVE_FEATURES: whether subscribers get the features that were attached to their product later.';

revoke all on table public.stripe_access_policy from public, anon, authenticated, service_role;
grant select on table public.stripe_access_policy to authenticated;
grant select, insert, update, delete on table public.stripe_access_policy to service_role;

alter table public.stripe_access_policy enable row level security;

create policy "Signed-in users may read the access policy"
  on public.stripe_access_policy for select to authenticated
  using ((select public.clerk_user_id()) is not null);


create function billing.set_access_policy(grace_days integer, effective_features boolean)
  returns void
  language plpgsql set search_path = ''
as $$
begin
  -- Read first: an upsert would lock the row in every call.
  if exists (
    select from public.stripe_access_policy as known
    where known.grace_days = set_access_policy.grace_days and known.effective_features = set_access_policy.effective_features
  ) then
    return;
  end if;
  insert into public.stripe_access_policy as known (grace_days, effective_features)
  values (set_access_policy.grace_days, set_access_policy.effective_features)
  on conflict (singleton) do update set grace_days = excluded.grace_days, effective_features = excluded.effective_features;
end
$$;

comment on function billing.set_access_policy is 'Stores the operator''s policy, if it has changed.';


-- An archived product is still that of its subscribers.
create policy "Users may read the products of their subscriptions"
  on public.stripe_products for select to authenticated
  using (id in (select own.product from public.stripe_subscription_items as own));

create view public.stripe_subscription_access with (security_invoker = true) as
select
  granted.subscription,
  granted.customer,
  granted.product,
  granted.status,
  granted.grace_until,
  case granted.status
    when 'past_due' then granted.grace_until > extract(epoch from now())
    else granted.status in ('active', 'trialing')
  end as active
from (
  select
    item.subscription,
    item.customer,
    item.product,
    subscription.status,
    case when subscription.status = 'past_due' then
      item.current_period_start + 86400 * coalesce(
        (select product.grace_days from public.stripe_products as product where product.id = item.product),
        (select policy.grace_days from public.stripe_access_policy as policy),
        14
      )
    end as grace_until
  from public.stripe_subscription_items as item
  join public.stripe_subscriptions as subscription on subscription.id = item.subscription
) as granted;

comment on view public.stripe_subscription_access is 'Which products a subscription gives access to: its items, with the grace policy.';
comment on column public.stripe_subscription_access.subscription is 'The id of the subscription.';
comment on column public.stripe_subscription_access.customer is 'The id of its customer.';
comment on column public.stripe_subscription_access.product is 'The id of the product.';
comment on column public.stripe_subscription_access.status is 'The subscription''s.';
comment on column public.stripe_subscription_access.grace_until is 'While the subscription is past_due: when its grace ends, in Unix seconds.';
comment on column public.stripe_subscription_access.active is 'Whether the subscription is active, trialing, or past_due within its grace.';

revoke all on table public.stripe_subscription_access from public, anon, authenticated, service_role;
grant select on table public.stripe_subscription_access to authenticated, service_role;


create view public.stripe_effective_entitlements with (security_invoker = true) as
select held.id as customer, granted.lookup_key
from public.stripe_entitlements as held
cross join lateral jsonb_array_elements_text(held.lookup_keys) as granted (lookup_key)
-- A feature of a subscription without grace is lost, unless another subscription has it too.
where not exists (
    select from public.stripe_subscription_access as lapsed
    join public.stripe_product_features as feature on feature.id = lapsed.product
    where lapsed.customer = held.id and lapsed.status = 'past_due' and not lapsed.active
      and feature.lookup_keys ? granted.lookup_key
  )
  or exists (
    select from public.stripe_subscription_access as other
    join public.stripe_product_features as feature on feature.id = other.product
    where other.customer = held.id and (other.active or other.status = 'paused')
      and feature.lookup_keys ? granted.lookup_key
  )
union all
select kept.customer, granted.lookup_key
from public.stripe_subscription_access as kept
join public.stripe_product_features as feature on feature.id = kept.product
cross join lateral jsonb_array_elements_text(feature.lookup_keys) as granted (lookup_key)
where kept.active
  and (kept.status = 'past_due' or (select policy.effective_features from public.stripe_access_policy as policy));

comment on view public.stripe_effective_entitlements is
  'What each customer is entitled to by subscriptions: Stripe''s own set, with the grace policy for past_due ones, and features of later if the policy has them. A key may appear twice.';
comment on column public.stripe_effective_entitlements.customer is 'The id of the customer.';
comment on column public.stripe_effective_entitlements.lookup_key is 'The lookup key of the feature.';

revoke all on table public.stripe_effective_entitlements from public, anon, authenticated, service_role;
grant select on table public.stripe_effective_entitlements to authenticated, service_role;


create function public.has_entitlement(lookup_key text)
  returns boolean
  language plpgsql stable set search_path = ''
as $$
declare
  customers constant text[] := array[public.stripe_customer_id(), public.stripe_organization_customer_id()];
  entitled  boolean;
begin
  -- Otherwise the view is Stripe's own set. It is planned only where it is needed.
  if (select policy.effective_features from public.stripe_access_policy as policy) or exists (
    select from public.stripe_subscriptions as own where own.customer = any (customers) and own.status = 'past_due'
  ) then
    entitled := exists (
      select from public.stripe_effective_entitlements as own
      where own.customer = any (customers) and own.lookup_key = has_entitlement.lookup_key
    );
  else
    entitled := exists (
      select from public.stripe_entitlements as own
      where own.id = any (customers) and own.lookup_keys ? has_entitlement.lookup_key
    );
  end if;
  return entitled or public.has_purchased(lookup_key);
end
$$;

comment on function public.has_entitlement is
  'Whether the signed-in user or the active organization has this entitlement, by a subscription or a one-time purchase, for policies: (select has_entitlement(''reports'')).';

revoke all on function public.has_entitlement from public, anon, authenticated;
grant execute on function public.has_entitlement to authenticated, service_role;

revoke all on function billing.set_access_policy from public, anon, authenticated;
grant execute on function billing.set_access_policy to service_role;
