-- Mappings out of metadata: whoever lost the mapping gets it back from the customers that he made himself.

create index stripe_customers_of_a_user on public.stripe_customers ((data #>> '{metadata,clerk_user_id}'))
  where data #>> '{metadata,clerk_user_id}' is not null;


create function billing.rebuild_mappings(after_user text, batch_size integer)
  returns text
  language plpgsql set search_path = ''
as $$
declare
  last_user text;
begin
  with oldest as (
    select distinct on (customer.data #>> '{metadata,clerk_user_id}')
      customer.data #>> '{metadata,clerk_user_id}' as clerk_user_id, customer.id
    from public.stripe_customers as customer
    where customer.data #>> '{metadata,clerk_user_id}' > coalesce(after_user, '')
      and customer.data #>> '{metadata,clerk_user_id}' like 'user\_%'
      and customer.data #>> '{metadata,deployment_id}' = (select deployment.id::text from billing.deployment as deployment)
      and not customer.deleted
    order by customer.data #>> '{metadata,clerk_user_id}', (customer.data ->> 'created')::bigint, customer.id
    limit batch_size
  ), rebuilt as (
    insert into public.stripe_customer_mapping (clerk_user_id, stripe_customer_id)
    select oldest.clerk_user_id, oldest.id
    from oldest
    -- A row, even one without a customer, knows more than metadata does: claim_customer goes on from there.
    where not exists (
      select from public.stripe_customer_mapping as known
      where known.clerk_user_id = oldest.clerk_user_id or known.stripe_customer_id = oldest.id
    )
    on conflict do nothing
  )
  select max(oldest.clerk_user_id) into last_user from oldest having count(*) = batch_size;
  return last_user;
end
$$;

comment on function billing.rebuild_mappings is
  'Maps the next users, by id, who have no row to the oldest living customer that this deployment made for them. The last user looked at, or null: that was all.';

revoke all on function billing.rebuild_mappings from public, anon, authenticated;
grant execute on function billing.rebuild_mappings to service_role;
