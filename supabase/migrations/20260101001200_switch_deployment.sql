-- Switching: going live, or changing a sandbox, empties what was seen at Stripe and who is which customer there.
--
-- Only the owner of the database does it: in schema billing the Data API has no way to it, and the server's role may
-- not truncate.

create function billing.deployment_tables()
  returns setof regclass
  language sql stable set search_path = ''
as $$
  select found.oid::regclass
  from pg_catalog.pg_class as found
  where found.relkind = 'r'
    and (
      found.relnamespace = 'billing'::regnamespace
      or found.oid = 'public.stripe_customer_mapping'::regclass
      or exists (select from pg_catalog.pg_trigger where tgrelid = found.oid and tgfoid = 'billing.keep_newest'::regproc)
    )
  -- Every call reads the deployment first, so whoever locks it first waits for nobody who waits for him.
  order by found.oid <> 'billing.deployment'::regclass, found.oid
$$;

comment on function billing.deployment_tables is
  'All that belongs to one account in one mode: the mapping, every mirror table and every table of billing.';


create function billing.switch_deployment(to_account text, to_livemode boolean)
  returns uuid
  language plpgsql set search_path = ''
as $$
declare
  deployment_id uuid;
begin
  if to_account is null or to_livemode is null then
    raise exception 'Say which account, in which mode, this database shall belong to' using errcode = 'invalid_parameter_value';
  end if;

  execute (select 'truncate ' || string_agg(emptied::text, ', ') from billing.deployment_tables() as emptied);

  insert into billing.deployment (stripe_account, livemode)
  values (to_account, to_livemode)
  returning id into deployment_id;
  return deployment_id;
end
$$;

comment on function billing.switch_deployment is
  'Empties the deployment''s tables and makes the database another account''s, with a new id. Tickets go on. Waits for the calls under way.';


revoke all on function billing.deployment_tables, billing.switch_deployment from public, anon, authenticated;
grant execute on function billing.deployment_tables, billing.switch_deployment to service_role;
