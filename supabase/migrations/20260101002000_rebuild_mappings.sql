-- Rebuilding mappings: an owner whose mapping was lost gets it back from the metadata of the customers created here.

-- In the order of the primary key, whatever the statistics say: a sort of all remaining customers for each batch takes
-- seconds at a million customers.
create function billing.rebuild_mappings(after_customer text, batch_size integer)
  returns text
  language plpgsql set search_path = '' set plan_cache_mode = 'force_custom_plan' set enable_sort = 'off'
as $$
declare
  ids text[];
begin
  ids := array(
    select customer.id
    from public.stripe_customers as customer
    where customer.id > coalesce(after_customer, '')
    order by customer.id
    limit batch_size
  );

  with owners as (
    select distinct customer.owner_id
    from public.stripe_customers as customer
    where customer.id = any (ids)
      and customer.owner_id is not null
      and customer.data #>> '{metadata,deployment_id}' = (select deployment.id::text from billing.deployment as deployment)
      -- A row, even without a customer, is more current than metadata: claim_customer continues from it.
      and not exists (select from public.stripe_customer_mapping as known where known.owner_id = customer.owner_id)
  )
  insert into public.stripe_customer_mapping (clerk_user_id, clerk_organization_id, stripe_customer_id)
  select
    case when owners.owner_id like 'user\_%' then owners.owner_id end,
    case when owners.owner_id like 'org\_%' then owners.owner_id end,
    oldest.id
  from owners
  cross join lateral (
    select customer.id
    from public.stripe_customers as customer
    where customer.owner_id = owners.owner_id
      and customer.data #>> '{metadata,deployment_id}' = (select deployment.id::text from billing.deployment as deployment)
      and not customer.deleted
    order by customer.created, customer.id
    limit 1
  ) as oldest
  where not exists (select from public.stripe_customer_mapping as known where known.stripe_customer_id = oldest.id)
  on conflict do nothing;

  return case when cardinality(ids) = batch_size then ids[batch_size] end;
end
$$;

comment on function billing.rebuild_mappings is
  'Takes the next customers, by id, and maps their owners who have no row to the oldest living customer that this deployment created for them. Returns the last customer of the batch, or null after the last batch.';

revoke all on function billing.rebuild_mappings from public, anon, authenticated;
grant execute on function billing.rebuild_mappings to service_role;
