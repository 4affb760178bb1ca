-- The mirror of Stripe's subscriptions, with all their items inside.

create table public.stripe_subscriptions (
  id                   text        generated always as (data ->> 'id') stored primary key,
  ticket               bigint      not null,
  data                 jsonb       not null constraint a_subscription check (data @> '{"object": "subscription"}'),
  fetched_at          timestamptz not null default now(),
  deleted              boolean     not null generated always as (coalesce((data ->> 'deleted')::boolean, false)) stored,
  customer             text        generated always as (data ->> 'customer') stored,
  status               text        generated always as (data ->> 'status') stored,
  cancel_at_period_end boolean     generated always as ((data ->> 'cancel_at_period_end')::boolean) stored,
  cancel_at            bigint      generated always as ((data ->> 'cancel_at')::bigint) stored,
  -- On the subscription until 2025-03-31.basil, on its items since.
  current_period_end   bigint      generated always as (
    coalesce(data #>> '{items,data,0,current_period_end}', data ->> 'current_period_end')::bigint
  ) stored,
  created              bigint      generated always as ((data ->> 'created')::bigint) stored
)
-- Up to a page in one piece: to compress an object costs more than to write it.
with (toast_tuple_target = 8160);

comment on table public.stripe_subscriptions is 'Subscriptions as last seen at Stripe, ended ones too. Users read their own; record_objects writes.';
comment on column public.stripe_subscriptions.id is 'Stripe''s.';
comment on column public.stripe_subscriptions.ticket is 'Drawn before the look. A smaller one never overwrites a larger one.';
comment on column public.stripe_subscriptions.data is 'The object as Stripe gives it, with all pages of its items.';
comment on column public.stripe_subscriptions.fetched_at is 'When it was last looked at.';
comment on column public.stripe_subscriptions.deleted is 'A tombstone: Stripe no longer has it.';
comment on column public.stripe_subscriptions.customer is 'The id of whose it is.';
comment on column public.stripe_subscriptions.status is 'incomplete, incomplete_expired, trialing, active, past_due, canceled, unpaid or paused.';
comment on column public.stripe_subscriptions.cancel_at_period_end is 'Whether it ends with its period; one that will end may say so by cancel_at alone.';
comment on column public.stripe_subscriptions.cancel_at is 'When it will end, in Unix seconds; null if nobody has said so.';
comment on column public.stripe_subscriptions.current_period_end is 'Of its first item, in Unix seconds. The view stripe_subscription_items has each item''s.';
comment on column public.stripe_subscriptions.created is 'In Unix seconds.';

create index stripe_subscriptions_of_a_customer on public.stripe_subscriptions (customer, created desc, id desc);

revoke all on table public.stripe_subscriptions from public, anon, authenticated, service_role;
grant select on table public.stripe_subscriptions to authenticated;
grant select, insert, update, delete on table public.stripe_subscriptions to service_role;

alter table public.stripe_subscriptions enable row level security;

create policy "Users may read their own subscriptions"
  on public.stripe_subscriptions for select to authenticated
  using (customer = (select public.stripe_customer_id()));

create trigger keep_newest
  before update on public.stripe_subscriptions
  for each row when (new.ticket < old.ticket) execute function billing.keep_newest();


create view public.stripe_subscription_items with (security_invoker = true) as
select
  item ->> 'id'                 as id,
  subscription.id               as subscription,
  subscription.customer         as customer,
  item -> 'price' ->> 'id'      as price,
  item -> 'price' ->> 'product' as product,
  (item ->> 'quantity')::bigint as quantity,
  coalesce(item ->> 'current_period_end', subscription.data ->> 'current_period_end')::bigint as current_period_end
from public.stripe_subscriptions as subscription
cross join jsonb_array_elements(subscription.data -> 'items' -> 'data') as item;

comment on view public.stripe_subscription_items is 'The items inside stripe_subscriptions. They change as a set, so they are no rows of their own.';
comment on column public.stripe_subscription_items.id is 'Stripe''s.';
comment on column public.stripe_subscription_items.subscription is 'The id of what it is an item of.';
comment on column public.stripe_subscription_items.customer is 'The id of whose it is.';
comment on column public.stripe_subscription_items.price is 'The id of what is paid.';
comment on column public.stripe_subscription_items.product is 'The id of what was bought.';
comment on column public.stripe_subscription_items.quantity is 'How many; null for a metered price.';
comment on column public.stripe_subscription_items.current_period_end is 'In Unix seconds; the subscription''s where Stripe still gives it there.';

revoke all on table public.stripe_subscription_items from public, anon, authenticated, service_role;
grant select on table public.stripe_subscription_items to authenticated, service_role;
