-- Grace: how long a subscription keeps its access while Stripe retries a payment.
--
-- Stripe begins the next period before it charges for it, so the current period of a past_due subscription is the one that
-- is not paid. Grace begins with it. Whether Stripe itself keeps entitlements meanwhile is not documented, so this policy
-- decides both ways.

create table public.stripe_grace (
  singleton boolean primary key default true constraint stripe_grace_has_one_row check (singleton),
  days      integer not null constraint days_are_not_negative check (days >= 0)
);

comment on table public.stripe_grace is
  'The operator''s policy. Signed-in users read it, because policies do; the functions write what BILLING_GRACE_DAYS says. Without a row it is 14 days.';
comment on column public.stripe_grace.singleton is 'Limits the table to one row.';
comment on column public.stripe_grace.days is 'BILLING_GRACE_DAYS. A product''s metadata grace_days goes before it.';

revoke all on table public.stripe_grace from public, anon, authenticated, service_role;
grant select on table public.stripe_grace to authenticated;
grant select, insert, update, delete on table public.stripe_grace to service_role;

alter table public.stripe_grace enable row level security;

create policy "Signed-in users may read the grace policy"
  on public.stripe_grace for select to authenticated
  using ((select public.clerk_user_id()) is not null);


create function billing.set_grace(days integer)
  returns void
  language plpgsql set search_path = ''
as $$
begin
  -- Read first: an upsert would lock the row in every call.
  if days = (select known.days from public.stripe_grace as known) then
    return;
  end if;
  insert into public.stripe_grace as known (days) values (set_grace.days)
  on conflict (singleton) do update set days = excluded.days;
end
$$;

comment on function billing.set_grace is 'Stores the operator''s grace policy, if it has changed.';


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
        (select policy.days from public.stripe_grace as policy),
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


revoke all on function billing.set_grace from public, anon, authenticated;
grant execute on function billing.set_grace to service_role;
