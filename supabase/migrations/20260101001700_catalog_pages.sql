-- Catalog pages, served from the mirror: newest first by created and id, as Stripe lists.

create type billing.page_start as (
  created bigint,
  id      text,
  version bigint
);

comment on type billing.page_start is 'The last row of the previous page, or a value before every row.';
comment on column billing.page_start.created is 'In Unix seconds.';
comment on column billing.page_start.id is 'Orders rows of the same second.';
comment on column billing.page_start.version is 'The version of the catalog, read before the page''s rows.';

create function billing.start_page(mirror regclass, page_size integer, starting_after text)
  returns billing.page_start
  language plpgsql stable set search_path = ''
as $$
declare
  start billing.page_start;
begin
  if page_size is null or page_size not between 1 and 100 then
    raise exception 'Invalid page size %: expected 1 to 100', page_size using errcode = 'invalid_parameter_value';
  end if;
  if starting_after is null then
    return (9223372036854775807, '', billing.catalog_version())::billing.page_start;
  end if;

  execute format('select created, id, billing.catalog_version() from %s where id = $1 and not deleted', mirror)
    into start using starting_after;
  if start.id is null then
    raise exception 'Unknown cursor: "%" is not in %', starting_after, mirror using errcode = 'invalid_parameter_value';
  end if;
  return start;
end
$$;

comment on function billing.start_page is 'The row after which a page begins. Raises 22023 for an unknown cursor and for a size out of bounds.';


create function billing.end_page(version bigint, page_size integer, objects jsonb[])
  returns json
  language plpgsql stable set search_path = ''
as $$
declare
  has_more boolean := cardinality(objects) > page_size;
begin
  -- json, not jsonb: the objects are converted to text once.
  return json_build_object(
    'data', array_to_json(objects[:page_size]),
    'has_more', has_more,
    'next_cursor', case when has_more then objects[page_size] ->> 'id' end,
    'version', version,
    'catalog', billing.catalog_state()
  );
end
$$;

comment on function billing.end_page is
  'One page of objects; one object more than the page size means that there is a next page. With the version before the page was read, and billing.catalog_state.';


create function public.list_products(
  stripe_key     text,
  active         boolean default true,
  page_size      integer default 20,
  starting_after text    default null,
  expand         text[]  default '{}'
)
  returns json
  language plpgsql set search_path = ''
as $$
declare
  start billing.page_start;
begin
  perform billing.require_deployment(stripe_key);
  start := billing.start_page('public.stripe_products', page_size, starting_after);

  return billing.end_page(start.version, page_size, array(
    select case when 'prices' = any (expand)
      then product.data || jsonb_build_object('prices', array(
        select price.data
        from public.stripe_prices as price
        where price.product = product.id and price.active and product.active
        order by price.created desc, price.id desc
        limit 100
      ))
      else product.data
    end
    from public.stripe_products as product
    where product.active = list_products.active
      and (product.created, product.id) < (start.created, start.id)
    order by product.created desc, product.id desc
    limit page_size + 1
  ));
end
$$;

comment on function public.list_products is
  'A page of products, newest first; with expand {prices} each with its newest hundred active prices, none for an archived product. See billing.end_page.';


-- Planned for each call: a cached plan for all combinations of filters reads every price for one page.
create function public.list_prices(
  stripe_key         text,
  active             boolean default true,
  product            text    default null,
  currency           text    default null,
  type               text    default null,
  recurring_interval text    default null,
  lookup_keys        text[]  default null,
  page_size          integer default 20,
  starting_after     text    default null,
  expand             text[]  default '{}'
)
  returns json
  language plpgsql set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
declare
  start billing.page_start;
begin
  perform billing.require_deployment(stripe_key);
  start := billing.start_page('public.stripe_prices', page_size, starting_after);
  -- Only recurring prices have an interval, so beside it the type selects all or none; an index holds one of the two.
  if recurring_interval is not null and type is not null then
    if type <> 'recurring' then
      return billing.end_page(start.version, page_size, '{}');
    end if;
    type := null;
  end if;

  return billing.end_page(start.version, page_size, array(
    select case when 'product' = any (expand)
      then price.data || jsonb_build_object('product', owner.data)
      else price.data
    end
    from public.stripe_prices as price
    join public.stripe_products as owner on owner.id = price.product and owner.active
    where price.active = list_prices.active
      and (list_prices.product is null or price.product = list_prices.product)
      and (list_prices.currency is null or price.currency = list_prices.currency)
      and (list_prices.type is null or price.type = list_prices.type)
      and (list_prices.recurring_interval is null or price.recurring_interval = list_prices.recurring_interval)
      and (list_prices.lookup_keys is null or price.lookup_key = any (list_prices.lookup_keys))
      and (price.created, price.id) < (start.created, start.id)
    order by price.created desc, price.id desc
    limit page_size + 1
  ));
end
$$;

comment on function public.list_prices is
  'A page of prices of active products, newest first; with expand {product} each with its product. See billing.end_page.';


revoke all on function billing.start_page, billing.end_page, public.list_products, public.list_prices
  from public, anon, authenticated;
grant execute on function billing.start_page, billing.end_page, public.list_products, public.list_prices to service_role;
