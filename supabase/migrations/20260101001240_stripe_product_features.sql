-- The mirror of the features of the products that were sold: one row per product, because Stripe lists them by product.
--
-- Stripe tells no event of them, and each is a read. They are fetched with a one-time purchase, with a subscription that
-- is past_due, by the backfill and by drift detection; never with the catalog, most of which grants nothing here.

create table public.stripe_product_features (
  like billing.mirrored_row including all,
  lookup_keys jsonb not null generated always as (
    jsonb_path_query_array(data, '$.features.data[*].entitlement_feature.lookup_key')
  ) stored
);

comment on table public.stripe_product_features is
  'The features of products that were sold. Users read those of what they and their active organization have bought; record_objects writes.';
comment on column public.stripe_product_features.id is 'The product''s id: Stripe''s list has none, so the gateway adds it.';
comment on column public.stripe_product_features.data is 'Stripe''s list with all its pages.';
comment on column public.stripe_product_features.deleted is 'Whether this is a tombstone: Stripe no longer has the product.';
comment on column public.stripe_product_features.lookup_keys is 'The lookup keys of the features, as an array; empty for a tombstone.';

create index stripe_product_features_granting on public.stripe_product_features (id) where lookup_keys <> '[]';
-- For billing.list_bought_products.
create index stripe_subscriptions_live_by_product on public.stripe_subscriptions ((data #>> '{items,data,0,price,product}'))
  where status not in ('canceled', 'incomplete_expired');
create index stripe_subscriptions_of_several_items on public.stripe_subscriptions (id)
  where jsonb_array_length(data #> '{items,data}') > 1 and status not in ('canceled', 'incomplete_expired');

select billing.add_mirror('public.stripe_product_features', 'product_features');

create policy "Users may read the features of what they have bought"
  on public.stripe_product_features for select to authenticated
  using (
    id in (select own.product from public.stripe_purchases as own)
    or id in (select own.product from public.stripe_subscription_items as own)
  );


create function public.has_purchased(lookup_key text)
  returns boolean
  language plpgsql stable set search_path = ''
as $$
begin
  return (
    select exists (
      select from public.stripe_purchases as own
      join public.stripe_product_features as granted on granted.id = own.product
      where own.owner_id in ((select public.clerk_user_id()), (select public.clerk_organization_id()))
        and own.status = 'paid'
        and granted.lookup_keys ? has_purchased.lookup_key
    )
  );
end
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
  select sold.product
  from (
    select bought.product from bought where bought.product is not null offset 1 limit batch_size
  ) as sold
  union
  select item #>> '{price,product}'
  from public.stripe_subscriptions as subscription
  cross join jsonb_array_elements(subscription.data #> '{items,data}') as item
  where jsonb_array_length(subscription.data #> '{items,data}') > 1
    and subscription.status not in ('canceled', 'incomplete_expired')
    and item #>> '{price,product}' > coalesce(list_bought_products.after, '')
  order by 1
  limit batch_size
$$;

comment on function billing.list_bought_products is
  'The first products, by id, of one-time purchases and of subscriptions that have not ended.';


create function billing.list_featured_products(after text, batch_size integer)
  returns text[]
  language sql stable set search_path = ''
as $$
  select array(
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
  'Products whose features may grant something, by id: those that were bought, and those that have features in the mirror.';


revoke all on function public.has_purchased, billing.list_bought_products, billing.list_featured_products
  from public, anon, authenticated;
grant execute on function public.has_purchased to authenticated, service_role;
grant execute on function billing.list_bought_products, billing.list_featured_products to service_role;
