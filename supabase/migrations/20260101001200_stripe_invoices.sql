-- The mirror of Stripe's invoices.

create table public.stripe_invoices (
  like billing.mirrored_row including all,
  customer     text   generated always as (data ->> 'customer') stored,
  -- On the invoice until 2025-03-31.basil, in its parent since.
  subscription text   generated always as (
    coalesce(data #>> '{parent,subscription_details,subscription}', data ->> 'subscription')
  ) stored,
  status       text   generated always as (data ->> 'status') stored,
  number       text   generated always as (data ->> 'number') stored,
  currency     text   generated always as (data ->> 'currency') stored,
  total        bigint generated always as ((data ->> 'total')::bigint) stored
)
-- Rows of up to a page stay uncompressed: compressing an object costs more than writing it.
with (toast_tuple_target = 8160);

comment on table public.stripe_invoices is
  'Invoices. Users read their own, administrators also those of their active organization; record_objects writes.';
comment on column public.stripe_invoices.deleted is 'Whether this is a tombstone: Stripe no longer has the invoice, for example a deleted draft.';
comment on column public.stripe_invoices.customer is 'The id of its customer.';
comment on column public.stripe_invoices.subscription is 'The id of its subscription; null for an invoice without one.';
comment on column public.stripe_invoices.status is 'draft, open, paid, uncollectible or void.';
comment on column public.stripe_invoices.number is 'The number that the customer sees; null for a draft.';
comment on column public.stripe_invoices.currency is 'In lower case.';
comment on column public.stripe_invoices.total is 'In the smallest currency unit, with discounts and taxes.';

create index stripe_invoices_of_a_customer on public.stripe_invoices (customer, created desc, id desc);

select billing.add_mirror('public.stripe_invoices', 'invoice');

create policy "Users may read their own invoices"
  on public.stripe_invoices for select to authenticated
  using (customer = (select public.stripe_customer_id()));

create policy "Administrators may read the invoices of their active organization"
  on public.stripe_invoices for select to authenticated
  using (
    customer = (select public.stripe_organization_customer_id())
    and (select public.clerk_organization_role()) = 'admin'
  );
