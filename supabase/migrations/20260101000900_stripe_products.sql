-- The mirror of Stripe's products.

create table public.stripe_products (
  like billing.mirrored_row including all,
  active  boolean generated always as ((data ->> 'active')::boolean) stored,
  name    text    generated always as (data ->> 'name') stored,
  -- From 0 to 365; another value is ignored.
  grace_days integer generated always as (
    substring(data #>> '{metadata,grace_days}' from '^(?:\d|[1-9]\d|[12]\d\d|3[0-5]\d|36[0-5])$')::integer
  ) stored
);

comment on table public.stripe_products is
  'Products, archived ones too. Signed-in users read the active ones; record_objects writes.';
comment on column public.stripe_products.active is 'Whether it can be bought; null for a tombstone.';
comment on column public.stripe_products.name is 'The name on invoices and in the checkout.';
comment on column public.stripe_products.grace_days is 'The metadata grace_days: days for which a past_due subscription keeps access; null without a valid value.';

create index stripe_products_newest_first on public.stripe_products (active, created desc, id desc);
create index stripe_products_unlisted on public.stripe_products (coalesce(active, false), ticket, id) where not deleted;

select billing.add_mirror('public.stripe_products', 'product');

create policy "Signed-in users may read active products"
  on public.stripe_products for select to authenticated
  using (active and (select public.clerk_user_id()) is not null);
