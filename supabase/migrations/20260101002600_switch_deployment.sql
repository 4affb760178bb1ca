-- The switch: going live, or changing the sandbox, empties the mirror, the mapping and the ledger.
--
-- Only the owner of the database can switch: the Data API does not expose the schema billing, and service_role may not
-- truncate.

create function billing.deployment_tables()
  returns setof regclass
  language sql stable set search_path = ''
as $$
  select found.oid::regclass
  from pg_catalog.pg_class as found
  where found.relkind = 'r'
    and (
      found.relnamespace = 'billing'::regnamespace
        and found.oid not in (
          'billing.mirrored_kinds'::regclass, 'billing.mirrored_row'::regclass, 'billing.schedule_calls'::regclass,
          'billing.catalog_changes'::regclass
        )
      or found.oid in (
        'public.stripe_customer_mapping'::regclass, 'public.stripe_access_policy'::regclass, 'public.stripe_changes'::regclass
      )
      or found.oid in (select known.mirror from billing.mirrored_kinds as known)
    )
  -- Every call reads the deployment first, so the switch locks it first, to avoid a deadlock.
  order by found.oid <> 'billing.deployment'::regclass, found.oid
$$;

comment on function billing.deployment_tables is
  'The tables whose rows belong to one account in one mode: the mapping, the grace policy, the changes, every mirror table and every table of billing, except the registry of kinds, the calls of the schedule and the version of the catalog.';


create function billing.switch_deployment(to_account text, to_livemode boolean)
  returns uuid
  language plpgsql set search_path = ''
as $$
declare
  deployment_id uuid;
begin
  if to_account is null or to_livemode is null then
    raise exception 'Missing account or mode: pass both' using errcode = 'invalid_parameter_value';
  end if;

  execute (select 'truncate ' || string_agg(emptied::text, ', ') from billing.deployment_tables() as emptied);

  insert into billing.deployment (stripe_account, livemode)
  values (to_account, to_livemode)
  returning id into deployment_id;
  return deployment_id;
end
$$;

comment on function billing.switch_deployment is
  'Empties the deployment''s tables and binds the database to another account or mode, with a new id and no confirmed key. Tickets and the version of the catalog continue. Waits for running calls.';


revoke all on function billing.deployment_tables, billing.switch_deployment from public, anon, authenticated;
grant execute on function billing.deployment_tables, billing.switch_deployment to service_role;
