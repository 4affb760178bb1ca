-- The mirror of Stripe's subscriptions, with all their items inside.

create table public.stripe_subscriptions (
  like billing.mirrored_row including all,
  customer             text    generated always as (data ->> 'customer') stored,
  status               text    generated always as (data ->> 'status') stored,
  cancel_at_period_end boolean generated always as ((data ->> 'cancel_at_period_end')::boolean) stored,
  cancel_at            bigint  generated always as ((data ->> 'cancel_at')::bigint) stored,
  -- On the subscription until 2025-03-31.basil, on its items since.
  current_period_end   bigint  generated always as (
    coalesce(data #>> '{items,data,0,current_period_end}', data ->> 'current_period_end')::bigint
  ) stored
)
-- Rows of up to a page stay uncompressed: compressing an object costs more than writing it.
with (toast_tuple_target = 8160);

comment on table public.stripe_subscriptions is
  'Subscriptions, ended ones too. Users read their own and those of their active organization; record_objects writes.';
comment on column public.stripe_subscriptions.data is 'The object as Stripe returned it, with all pages of its items.';
comment on column public.stripe_subscriptions.customer is 'The id of its customer.';
comment on column public.stripe_subscriptions.status is 'incomplete, incomplete_expired, trialing, active, past_due, canceled, unpaid or paused.';
comment on column public.stripe_subscriptions.cancel_at_period_end is 'Whether it ends with its period. A subscription that will end may have only cancel_at.';
comment on column public.stripe_subscriptions.cancel_at is 'When it will end, in Unix seconds; null if no end is set.';
comment on column public.stripe_subscriptions.current_period_end is 'Of its first item, in Unix seconds. The view stripe_subscription_items has each item''s.';

create index stripe_subscriptions_of_a_customer on public.stripe_subscriptions (customer, created desc, id desc);
-- The live ones: as Stripe lists them, and their customers.
create index stripe_subscriptions_live on public.stripe_subscriptions (created) where status not in ('canceled', 'incomplete_expired');
create index stripe_subscriptions_live_customers on public.stripe_subscriptions (customer) where status not in ('canceled', 'incomplete_expired');

select billing.add_mirror('public.stripe_subscriptions', 'subscription');

create policy "Users may read their own subscriptions"
  on public.stripe_subscriptions for select to authenticated
  using (customer = (select public.stripe_customer_id()));

create policy "Members may read the subscriptions of their active organization"
  on public.stripe_subscriptions for select to authenticated
  using (customer = (select public.stripe_organization_customer_id()));


create view public.stripe_subscription_items with (security_invoker = true) as
select
  item ->> 'id'                 as id,
  subscription.id               as subscription,
  subscription.customer         as customer,
  item -> 'price' ->> 'id'      as price,
  item -> 'price' ->> 'product' as product,
  (item ->> 'quantity')::bigint as quantity,
  coalesce(item ->> 'current_period_start', subscription.data ->> 'current_period_start')::bigint as current_period_start,
  coalesce(item ->> 'current_period_end', subscription.data ->> 'current_period_end')::bigint as current_period_end
from public.stripe_subscriptions as subscription
cross join jsonb_array_elements(subscription.data -> 'items' -> 'data') as item;

comment on view public.stripe_subscription_items is 'The items inside stripe_subscriptions. They change as a set, so they have no table of their own.';
comment on column public.stripe_subscription_items.id is 'Stripe''s id.';
comment on column public.stripe_subscription_items.subscription is 'The id of its subscription.';
comment on column public.stripe_subscription_items.customer is 'The id of the subscription''s customer.';
comment on column public.stripe_subscription_items.price is 'The id of its price.';
comment on column public.stripe_subscription_items.product is 'The id of the price''s product.';
comment on column public.stripe_subscription_items.quantity is 'The quantity; null for a metered price.';
comment on column public.stripe_subscription_items.current_period_start is 'In Unix seconds; the subscription''s where the API version still has it there.';
comment on column public.stripe_subscription_items.current_period_end is 'In Unix seconds; the subscription''s where the API version still has it there.';

revoke all on table public.stripe_subscription_items from public, anon, authenticated, service_role;
grant select on table public.stripe_subscription_items to authenticated, service_role;
