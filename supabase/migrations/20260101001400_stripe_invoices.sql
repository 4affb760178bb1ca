-- The mirror of Stripe's invoices.

create table public.stripe_invoices (
  id           text        generated always as (data ->> 'id') stored primary key,
  ticket       bigint      not null,
  data         jsonb       not null constraint an_invoice check (data @> '{"object": "invoice"}'),
  fetched_at  timestamptz not null default now(),
  deleted      boolean     not null generated always as (coalesce((data ->> 'deleted')::boolean, false)) stored,
  customer     text        generated always as (data ->> 'customer') stored,
  -- On the invoice until 2025-03-31.basil, in its parent since.
  subscription text        generated always as (
    coalesce(data #>> '{parent,subscription_details,subscription}', data ->> 'subscription')
  ) stored,
  status       text        generated always as (data ->> 'status') stored,
  number       text        generated always as (data ->> 'number') stored,
  currency     text        generated always as (data ->> 'currency') stored,
  total        bigint      generated always as ((data ->> 'total')::bigint) stored,
  created      bigint      generated always as ((data ->> 'created')::bigint) stored
)
-- Up to a page in one piece: to compress an object costs more than to write it.
with (toast_tuple_target = 8160);

comment on table public.stripe_invoices is 'Invoices as last seen at Stripe. Users read their own; record_objects writes.';
comment on column public.stripe_invoices.id is 'Stripe''s.';
comment on column public.stripe_invoices.ticket is 'Drawn before the look. A smaller one never overwrites a larger one.';
comment on column public.stripe_invoices.data is 'The object as Stripe gives it.';
comment on column public.stripe_invoices.fetched_at is 'When it was last looked at.';
comment on column public.stripe_invoices.deleted is 'A tombstone: Stripe no longer has it, as of a draft that was thrown away.';
comment on column public.stripe_invoices.customer is 'The id of whose it is.';
comment on column public.stripe_invoices.subscription is 'The id of what it is for; null for an invoice of its own.';
comment on column public.stripe_invoices.status is 'draft, open, paid, uncollectible or void.';
comment on column public.stripe_invoices.number is 'As customers see it; null for a draft.';
comment on column public.stripe_invoices.currency is 'In lower case.';
comment on column public.stripe_invoices.total is 'In the smallest currency unit, with discounts and taxes.';
comment on column public.stripe_invoices.created is 'In Unix seconds.';

create index stripe_invoices_of_a_customer on public.stripe_invoices (customer, created desc, id desc);

revoke all on table public.stripe_invoices from public, anon, authenticated, service_role;
grant select on table public.stripe_invoices to authenticated;
grant select, insert, update, delete on table public.stripe_invoices to service_role;

alter table public.stripe_invoices enable row level security;

create policy "Users may read their own invoices"
  on public.stripe_invoices for select to authenticated
  using (customer = (select public.stripe_customer_id()));

create trigger keep_newest
  before update on public.stripe_invoices
  for each row when (new.ticket < old.ticket) execute function billing.keep_newest();
