-- The mirror of Stripe's customers.

create table public.stripe_customers (
  like billing.mirrored_row including all,
  email    text generated always as (data ->> 'email') stored,
  name     text generated always as (data ->> 'name') stored,
  owner_id text generated always as (case
    when data #>> '{metadata,clerk_organization_id}' is null and data #>> '{metadata,clerk_user_id}' like 'user\_%'
      then data #>> '{metadata,clerk_user_id}'
    when data #>> '{metadata,clerk_user_id}' is null and data #>> '{metadata,clerk_organization_id}' like 'org\_%'
      then data #>> '{metadata,clerk_organization_id}'
  end) stored
);

comment on table public.stripe_customers is
  'Customers. Users read their own, administrators also that of their active organization; record_objects writes.';
comment on column public.stripe_customers.email is 'The address that Stripe writes to. Never used to identify a user.';
comment on column public.stripe_customers.name is 'The name on invoices.';
comment on column public.stripe_customers.owner_id is 'The Clerk user or organization in the metadata; null if the metadata has neither or both. stripe_customer_mapping decides who owns a customer.';

-- Of one owner the oldest first.
create index stripe_customers_by_owner on public.stripe_customers (owner_id, created, id) where owner_id is not null;

select billing.add_mirror('public.stripe_customers', 'customer');

create policy "Users may read their own customer"
  on public.stripe_customers for select to authenticated
  using (id = (select public.stripe_customer_id()));

create policy "Administrators may read the customer of their active organization"
  on public.stripe_customers for select to authenticated
  using (
    id = (select public.stripe_organization_customer_id())
    and (select public.clerk_organization_role()) = 'admin'
  );


create function billing.retire_customer()
  returns trigger
  language plpgsql set search_path = ''
as $$
begin
  update public.stripe_customer_mapping
  set stripe_customer_id = null, generation = generation + 1, claimed_at = null
  where stripe_customer_id = new.id;
  return null;
end
$$;

comment on function billing.retire_customer is
  'Unmaps a customer that was deleted at Stripe: the owner''s next claim begins a new generation.';

revoke all on function billing.retire_customer from public, anon, authenticated;

create trigger retire_customer
  after insert or update on public.stripe_customers
  for each row when (new.deleted) execute function billing.retire_customer();
