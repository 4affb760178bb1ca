-- The mirror of the features of Stripe's products: one row per product, because Stripe lists them by product.
--
-- Stripe tells no event of them. They are fetched with their product, with a purchase of it, by the backfill and by drift
-- detection.

create table public.stripe_product_features (
  like billing.mirrored_row including all,
  lookup_keys jsonb not null generated always as (
    jsonb_path_query_array(data, '$.features.data[*].entitlement_feature.lookup_key')
  ) stored
);

comment on table public.stripe_product_features is
  'The features of each product. Signed-in users read those of active products and of what they have bought; record_objects writes.';
comment on column public.stripe_product_features.id is 'The product''s id: Stripe''s list has none, so the gateway adds it.';
comment on column public.stripe_product_features.data is 'Stripe''s list with all its pages.';
comment on column public.stripe_product_features.deleted is 'Whether this is a tombstone: Stripe no longer has the product.';
comment on column public.stripe_product_features.lookup_keys is 'The lookup keys of the features, as an array; empty for a tombstone.';

create index stripe_product_features_granting on public.stripe_product_features (id) where lookup_keys <> '[]';
-- For billing.list_featured_products.
create index stripe_products_active on public.stripe_products (id) where active;
create index stripe_subscriptions_live_by_product on public.stripe_subscriptions ((data #>> '{items,data,0,price,product}'))
  where status not in ('canceled', 'incomplete_expired');

select billing.add_mirror('public.stripe_product_features', 'product_features');

create policy "Signed-in users may read the features of active products"
  on public.stripe_product_features for select to authenticated
  using (
    (select public.clerk_user_id()) is not null
    and exists (select from public.stripe_products as own where own.id = stripe_product_features.id and own.active)
  );

create policy "Users may read the features of what they have bought"
  on public.stripe_product_features for select to authenticated
  using (
    id in (select own.product from public.purchases as own)
    or id in (select own.product from public.stripe_subscription_items as own)
  );


create function public.has_purchased(lookup_key text)
  returns boolean
  language sql stable set search_path = ''
as $$
  select exists (
    select from public.purchases as own
    join public.stripe_product_features as granted on granted.id = own.product
    where own.owner_id in ((select public.clerk_user_id()), (select public.clerk_organization_id()))
      and own.status = 'paid'
      and granted.lookup_keys ? has_purchased.lookup_key
  )
$$;

comment on function public.has_purchased is
  'Whether the signed-in user or the active organization has bought, once and for all, a product with this feature. Part of has_entitlement.';


-- Each product is one index lookup, however many have bought it.
create function billing.list_bought_products(after text, batch_size integer)
  returns setof text
  language sql stable set search_path = ''
as $$
  with recursive bought (product) as (
    select coalesce(list_bought_products.after, '')
    union all
    select least(
      (
        select min(session.data #>> '{lines,data,0,price,product}')
        from public.stripe_checkout_sessions as session
        where session.data #>> '{lines,data,0,price,product}' > bought.product
      ),
      (
        select min(subscription.data #>> '{items,data,0,price,product}')
        from public.stripe_subscriptions as subscription
        where subscription.data #>> '{items,data,0,price,product}' > bought.product
          and subscription.status not in ('canceled', 'incomplete_expired')
      )
    )
    from bought
    where bought.product is not null
  )
  select bought.product from bought where bought.product is not null offset 1 limit batch_size
$$;

comment on function billing.list_bought_products is
  'The first products, by id, of one-time purchases and of subscriptions that have not ended. Of several items the first.';


create function billing.list_featured_products(after text, batch_size integer)
  returns text[]
  language sql stable set search_path = ''
as $$
  select array(
    (
      select product.id
      from public.stripe_products as product
      where product.id > coalesce(list_featured_products.after, '') and product.active
      order by product.id
      limit batch_size
    )
    union
    (
      select held.id
      from public.stripe_product_features as held
      where held.id > coalesce(list_featured_products.after, '') and held.lookup_keys <> '[]'
      order by held.id
      limit batch_size
    )
    union
    select billing.list_bought_products(list_featured_products.after, batch_size)
    order by 1
    limit batch_size
  )
$$;

comment on function billing.list_featured_products is
  'Products whose features may grant something, by id: active ones, bought ones, and those that have features in the mirror.';


revoke all on function public.has_purchased, billing.list_bought_products, billing.list_featured_products
  from public, anon, authenticated;
grant execute on function public.has_purchased to authenticated, service_role;
grant execute on function billing.list_bought_products, billing.list_featured_products to service_role;
