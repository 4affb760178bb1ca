-- Rebuilding mappings: an owner whose mapping was lost gets it back from the metadata of the customers created here.

create function billing.rebuild_mappings(after_owner text, batch_size integer)
  returns text
  language plpgsql set search_path = ''
as $$
declare
  last_owner text;
begin
  with oldest as (
    select distinct on (customer.owner_id) customer.owner_id, customer.id
    from public.stripe_customers as customer
    where customer.owner_id > coalesce(after_owner, '')
      and customer.data #>> '{metadata,deployment_id}' = (select deployment.id::text from billing.deployment as deployment)
      and not customer.deleted
    order by customer.owner_id, (customer.data ->> 'created')::bigint, customer.id
    limit batch_size
  ), rebuilt as (
    insert into public.stripe_customer_mapping (clerk_user_id, clerk_organization_id, stripe_customer_id)
    select
      case when oldest.owner_id like 'user\_%' then oldest.owner_id end,
      case when oldest.owner_id like 'org\_%' then oldest.owner_id end,
      oldest.id
    from oldest
    -- A row, even without a customer, is more current than metadata: claim_customer continues from it.
    where not exists (
      select from public.stripe_customer_mapping as known
      where known.owner_id = oldest.owner_id or known.stripe_customer_id = oldest.id
    )
    on conflict do nothing
  )
  select max(oldest.owner_id) into last_owner from oldest having count(*) = batch_size;
  return last_owner;
end
$$;

comment on function billing.rebuild_mappings is
  'Maps the next owners, by id, who have no row to the oldest living customer that this deployment created for them. Returns the last owner of the batch, or null after the last batch.';

revoke all on function billing.rebuild_mappings from public, anon, authenticated;
grant execute on function billing.rebuild_mappings to service_role;
