-- The mirror of Stripe's active entitlements: one row per customer, because the set changes as a whole.

create table public.stripe_entitlements (
  like billing.mirrored_row including all,
  lookup_keys jsonb not null generated always as (jsonb_path_query_array(data, '$.entitlements.data[*].lookup_key')) stored
);

comment on table public.stripe_entitlements is
  'The active entitlements of each customer. Users read their own and those of their active organization; record_objects writes.';
comment on column public.stripe_entitlements.id is 'The customer''s id: Stripe''s summary has none, so the gateway adds it.';
comment on column public.stripe_entitlements.data is 'Stripe''s summary with all pages of its list.';
comment on column public.stripe_entitlements.deleted is 'Whether this is a tombstone: Stripe no longer has the customer.';
comment on column public.stripe_entitlements.lookup_keys is 'The lookup keys of the features, as an array; empty for a tombstone.';

create index stripe_entitlements_granted on public.stripe_entitlements (id) where lookup_keys <> '[]';

select billing.add_mirror('public.stripe_entitlements', 'entitlements.active_entitlement_summary');

create policy "Users may read their own entitlements"
  on public.stripe_entitlements for select to authenticated
  using (id = (select public.stripe_customer_id()));

create policy "Members may read the entitlements of their active organization"
  on public.stripe_entitlements for select to authenticated
  using (id = (select public.stripe_organization_customer_id()));


create function public.has_entitlement(lookup_key text)
  returns boolean
  language sql stable set search_path = ''
as $$
  select exists (
    select from public.stripe_entitlements as own
    where own.id in ((select public.stripe_customer_id()), (select public.stripe_organization_customer_id()))
      and own.lookup_keys ? has_entitlement.lookup_key
  ) or public.has_purchased(has_entitlement.lookup_key)
$$;

comment on function public.has_entitlement is
  'Whether the signed-in user or the active organization has this entitlement, by a subscription or a one-time purchase, for policies: (select has_entitlement(''reports'')).';


-- Stripe's final statuses are canceled and incomplete_expired: https://docs.stripe.com/billing/subscriptions/overview
-- An entitlement outlives a pause, so a subscription of any other status may grant one.
create function billing.list_entitled_customers(after text, batch_size integer)
  returns text[]
  language sql stable set search_path = ''
as $$
  select array(
    (
      select distinct subscription.customer as id
      from public.stripe_subscriptions as subscription
      where subscription.customer > coalesce(list_entitled_customers.after, '')
        and subscription.status not in ('canceled', 'incomplete_expired')
      order by id
      limit batch_size
    )
    union
    (
      select held.id
      from public.stripe_entitlements as held
      where held.id > coalesce(list_entitled_customers.after, '') and held.lookup_keys <> '[]'
      order by held.id
      limit batch_size
    )
    order by id
    limit batch_size
  )
$$;

comment on function billing.list_entitled_customers is
  'Customers with a live subscription, and those who have an entitlement in the mirror, by id.';


revoke all on function public.has_entitlement, billing.list_entitled_customers from public, anon, authenticated;
grant execute on function public.has_entitlement to authenticated, service_role;
grant execute on function billing.list_entitled_customers to service_role;
