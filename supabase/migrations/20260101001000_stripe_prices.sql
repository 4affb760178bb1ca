-- The mirror of Stripe's prices.

create table public.stripe_prices (
  like billing.mirrored_row including all,
  active             boolean generated always as ((data ->> 'active')::boolean) stored,
  product            text    generated always as (data ->> 'product') stored,
  currency           text    generated always as (data ->> 'currency') stored,
  type               text    generated always as (data ->> 'type') stored,
  recurring_interval text    generated always as (data -> 'recurring' ->> 'interval') stored,
  lookup_key         text    generated always as (data ->> 'lookup_key') stored,
  unit_amount        bigint  generated always as ((data ->> 'unit_amount')::bigint) stored
);

comment on table public.stripe_prices is
  'Prices, archived ones too. Signed-in users read the active ones; record_objects writes.';
comment on column public.stripe_prices.data is 'The object as Stripe returned it, expanded by tiers and currency_options.';
comment on column public.stripe_prices.active is 'Whether it can be bought, if its product can; null for a tombstone.';
comment on column public.stripe_prices.product is 'The id of its product, which may not be mirrored yet.';
comment on column public.stripe_prices.currency is 'Its default currency, in lower case; other currencies are in data, under currency_options.';
comment on column public.stripe_prices.type is 'one_time or recurring.';
comment on column public.stripe_prices.recurring_interval is 'day, week, month or year; null for a one-time price.';
comment on column public.stripe_prices.lookup_key is 'The key by which an application finds the price.';
comment on column public.stripe_prices.unit_amount is 'In the smallest currency unit; null for tiers, fractions and amounts that the customer chooses.';

create index stripe_prices_newest_first on public.stripe_prices (active, created desc, id desc);
create index stripe_prices_of_a_product on public.stripe_prices (product, active, created desc, id desc);
-- For each filter and pair of filters, so that one that matches little or nothing does not read every price.
create index stripe_prices_by_currency on public.stripe_prices (active, currency, created desc, id desc);
create index stripe_prices_by_type on public.stripe_prices (active, type, created desc, id desc);
create index stripe_prices_by_interval on public.stripe_prices (active, recurring_interval, created desc, id desc);
create index stripe_prices_by_currency_and_type on public.stripe_prices (active, currency, type, created desc, id desc);
create index stripe_prices_by_currency_and_interval on public.stripe_prices (active, currency, recurring_interval, created desc, id desc);
create index stripe_prices_by_lookup_key on public.stripe_prices (lookup_key) where lookup_key is not null;
create index stripe_prices_unlisted on public.stripe_prices (coalesce(active, false), ticket, id) where not deleted;

select billing.add_mirror('public.stripe_prices', 'price');

create policy "Signed-in users may read active prices of active products"
  on public.stripe_prices for select to authenticated
  using (active and exists (select from public.stripe_products as own where own.id = product and own.active));
