-- Slots: what an owner may have once.

create function billing.slot_of(product text, recurring boolean, slot_by text)
  returns text
  language sql stable set search_path = ''
as $$
  select case
    when not recurring then case when known.data #>> '{metadata,purchase}' = 'once' then 'once:' else 'many:' end || given.product
    when known.data #>> '{metadata,group}' <> '' then 'plan:' || (known.data #>> '{metadata,group}')
    when slot_by = 'product' then 'plan:' || given.product
    else 'plan:default'
  end
  from (select slot_of.product) as given
  left join public.stripe_products as known on known.id = given.product
$$;

comment on function billing.slot_of is
  'The slot of a product''s recurring or one-time prices: plan:<group>, plan:<product> or plan:default, once:<product>, many:<product>. CHECKOUT_SLOT is slot_by, product or customer. A product that is not mirrored has no metadata.';

revoke all on function billing.slot_of from public, anon, authenticated;
grant execute on function billing.slot_of to service_role;
