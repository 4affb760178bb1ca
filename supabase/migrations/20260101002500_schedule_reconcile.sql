-- The schedule: once a minute the database calls stripe-reconcile, where pg_cron, pg_net and Vault exist.
--
-- Only the owner of the database can set it up. Without the extensions it reports what is missing; use another scheduler.

create function billing.schedule_reconcile(url text, secret text)
  returns text
  language plpgsql set search_path = ''
as $$
declare
  needed  record;
  missing text[] := '{}';
  stored  record;
  id      uuid;
begin
  if url is null or url !~ '^https?://' then
    raise exception 'Invalid URL "%": expected the address of stripe-reconcile', url using errcode = 'invalid_parameter_value';
  end if;
  if secret is null or length(secret) < 32 then
    raise exception 'Invalid secret: expected at least 32 characters' using errcode = 'invalid_parameter_value';
  end if;

  for needed in
    select * from (values
      ('pg_cron',        'cron',  'schedule',      'create extension pg_cron with schema pg_catalog'),
      ('pg_net',         'net',   'http_post',     'create extension pg_net with schema extensions'),
      ('supabase_vault', 'vault', 'create_secret', 'create extension supabase_vault')
    ) as extension (name, schema, offers, creation)
  loop
    continue when exists (
      select from pg_catalog.pg_proc as offered
      where offered.pronamespace = to_regnamespace(needed.schema) and offered.proname = needed.offers
    );
    if not exists (select from pg_catalog.pg_available_extensions as available where available.name = needed.name) then
      missing := missing || needed.name;
      continue;
    end if;
    begin
      execute needed.creation;
    exception when others then
      missing := missing || format('%s (%s)', needed.name, sqlerrm);
    end;
  end loop;
  if missing <> '{}' then
    return 'missing: ' || array_to_string(missing, ', ');
  end if;

  -- The job reads both from Vault, so that neither appears in the list of jobs or in its log.
  for stored in
    select * from (values
      ('billing_reconcile_url',    url,    'The address that billing.schedule_reconcile calls'),
      ('billing_reconcile_secret', secret, 'The secret that billing.schedule_reconcile sends')
    ) as setting (name, value, description)
  loop
    execute 'select known.id from vault.secrets as known where known.name = $1' into id using stored.name;
    if id is null then
      execute 'select vault.create_secret($1, $2, $3)' using stored.value, stored.name, stored.description;
    else
      execute 'select vault.update_secret($1, $2)' using id, stored.value;
    end if;
  end loop;

  execute 'select cron.schedule($1, $2, $3)' using 'billing_reconcile', '* * * * *', $job$
    select net.http_post(
      url := (select decrypted_secret from vault.decrypted_secrets where name = 'billing_reconcile_url'),
      headers := jsonb_build_object(
        'content-type', 'application/json',
        'authorization', 'Bearer ' || (select decrypted_secret from vault.decrypted_secrets where name = 'billing_reconcile_secret')
      ),
      body := '{}',
      timeout_milliseconds := 60000
    )
  $job$;
  return 'scheduled';
end
$$;

comment on function billing.schedule_reconcile is
  'Schedules a call of stripe-reconcile once a minute; a second call replaces the URL and the secret. Returns "scheduled" or what is missing.';

-- Not service_role either: the schedule and its secret belong to the owner of the database.
revoke all on function billing.schedule_reconcile from public, anon, authenticated, service_role;
