-- Offers: which prices can be bought, and how. The metadata of a price comes before that of its product.

-- A lookup key moves between prices. Until the mirror has both of its events, two rows have it: the newer counts.
create function billing.find_price(price text)
  returns text
  language sql stable set search_path = ''
as $$
  select coalesce(
    (select named.id from public.stripe_prices as named where named.id = find_price.price),
    (
      select keyed.id from public.stripe_prices as keyed
      where keyed.lookup_key = find_price.price
      order by keyed.active desc nulls last, keyed.ticket desc, keyed.id
      limit 1
    )
  )
$$;

comment on function billing.find_price is 'The id of the price that has this id or, if none has, this lookup key; null for neither.';


create function billing.find_offer(price text, slot_by text)
  returns jsonb
  language sql stable set search_path = ''
as $$
  select jsonb_build_object(
    'price', price.id,
    'product', product.id,
    'mode', case price.type when 'recurring' then 'subscription' else 'payment' end,
    'slot', billing.slot_of(product.id, price.type = 'recurring', find_offer.slot_by),
    'once', price.type = 'one_time' and product.data #>> '{metadata,purchase}' = 'once',
    'metered', coalesce(price.data #>> '{recurring,usage_type}' = 'metered', false),
    'currency', price.currency,
    'amounts', (
      select jsonb_object_agg(known.currency, known.amount)
      from (
        select price.currency, price.data -> 'unit_amount'
        union all
        select option.key, option.value -> 'unit_amount'
        from jsonb_each(coalesce(price.data -> 'currency_options', '{}')) as option
        where option.key <> price.currency
      ) as known (currency, amount)
    ),
    'invalid', (
      select coalesce(jsonb_agg(given.field order by given.field), '[]')
      from (values
        ('checkout', meta.checkout, '^off$'),
        ('group', product.data #>> '{metadata,group}', '^[A-Za-z0-9_-]{1,100}$'),
        ('purchase', product.data #>> '{metadata,purchase}', '^(once|many)$'),
        ('trial_days', meta.trial_days, '^([1-9]\d?|[1-6]\d\d|7[0-2]\d|730)$'),
        ('trial_card', meta.trial_card, '^optional$'),
        ('quantity', meta.quantity, '^[1-9]\d{0,5}-[1-9]\d{0,5}$'),
        ('quantity_adjustable', meta.quantity_adjustable, '^(true|false)$')
      ) as given (field, value, pattern)
      where given.value !~ given.pattern
        or given.field = 'quantity' and split_part(given.value, '-', 1)::numeric > split_part(given.value, '-', 2)::numeric
    ),
    'trial_days', case when price.type = 'recurring' then meta.trial_days end,
    'trial_card_optional', meta.trial_card is not null,
    'quantity', coalesce(meta.quantity, '1-1'),
    'quantity_adjustable', coalesce(meta.quantity_adjustable = 'true', false)
  )
  from public.stripe_prices as price
  join public.stripe_products as product on product.id = price.product
  cross join lateral (
    select product.data -> 'metadata' || coalesce(price.data -> 'metadata', '{}') as data
  ) as merged
  cross join lateral jsonb_to_record(coalesce(merged.data, price.data -> 'metadata', '{}')) as meta (
    checkout text, trial_days text, trial_card text, quantity text, quantity_adjustable text
  )
  where price.id = billing.find_price(find_offer.price)
    and price.active and product.active
    and meta.checkout is distinct from 'off'
$$;

comment on function billing.find_offer is
  'The offer of a price, by its id or lookup key, from the mirror; null for one that is unknown, archived or off. `invalid` names metadata with a bad value: such a price is not offered. Amounts by currency, null for one that is not fixed.';

revoke all on function billing.find_price, billing.find_offer from public, anon, authenticated;
grant execute on function billing.find_price, billing.find_offer to service_role;
