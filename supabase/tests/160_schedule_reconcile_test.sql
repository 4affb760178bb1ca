-- The schedule, without the platform's extensions and with stand-ins for them.

begin;
select plan(19);

select tests.empty_database();
create temporary view secret (it) as select repeat('s', 32);

-- Invalid arguments

select throws_ok($$ select billing.schedule_reconcile(null, it) from secret $$, '22023', null, 'A missing URL is refused');
select throws_ok($$ select billing.schedule_reconcile('stripe-reconcile', it) from secret $$, '22023', null, 'A name instead of a URL is refused');
select throws_ok($$ select billing.schedule_reconcile('https://project.supabase.co', 'short') $$, '22023', null, 'A short secret is refused');
select throws_ok($$ select billing.schedule_reconcile('https://project.supabase.co', null) $$, '22023', null, 'A missing secret is refused');
select is(tests.outcome(persona, $$ select billing.schedule_reconcile('https://project.supabase.co', repeat('s', 32)) $$), '42501', persona || ' may not schedule')
from unnest(array['anon', 'owner', 'stranger', 'service_role']) as persona;

-- Without the extensions

select is(
  billing.schedule_reconcile('https://project.supabase.co', it), 'missing: pg_cron, pg_net, supabase_vault', 'Without the extensions the result lists what is missing'
) from secret
where not exists (select from pg_available_extensions where name in ('pg_cron', 'pg_net', 'supabase_vault'))
union all
select pass('The extensions are available in this database') where exists (select from pg_available_extensions where name in ('pg_cron', 'pg_net', 'supabase_vault'));

-- With them

create schema cron;
create table cron.job (jobname text primary key, schedule text, command text);
create function cron.schedule(job_name text, schedule text, command text) returns bigint language sql as $$
  insert into cron.job values (job_name, schedule, command)
  on conflict (jobname) do update set schedule = excluded.schedule, command = excluded.command;
  select 1::bigint
$$;
-- pg_cron's other form, for a job without a name.
create function cron.schedule(schedule text, command text) returns bigint language sql as 'select 1::bigint';
create schema net;
create table net.sent (url text, headers jsonb, body jsonb, timeout_milliseconds integer);
create schema vault;
create table vault.secrets (id uuid primary key default gen_random_uuid(), name text unique, secret text, description text);
create view vault.decrypted_secrets as select id, name, secret as decrypted_secret from vault.secrets;
create function vault.create_secret(new_secret text, new_name text default null, new_description text default '', new_key_id uuid default null) returns uuid language sql as $$
  insert into vault.secrets (name, secret, description) values (new_name, new_secret, new_description) returning id
$$;
create function vault.update_secret(secret_id uuid, new_secret text default null, new_name text default null, new_description text default null, new_key_id uuid default null) returns void language sql as $$
  update vault.secrets set secret = coalesce(new_secret, secret), name = coalesce(new_name, name) where id = secret_id
$$;
select is(billing.schedule_reconcile('https://project.supabase.co', it), 'missing: pg_net', 'With one extension missing the result lists it') from secret
where not exists (select from pg_available_extensions where name = 'pg_net')
union all
select pass('pg_net is available in this database') where exists (select from pg_available_extensions where name = 'pg_net');
select is_empty('select from cron.job', 'With an extension missing no job is scheduled');
select is_empty('select from vault.secrets', 'With an extension missing no secret is stored');

create function net.http_post(
  url text, body jsonb default '{}', params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds integer default 5000
) returns bigint language sql as $$
  insert into net.sent values (url, headers, body, timeout_milliseconds);
  select 1::bigint
$$;
select is(billing.schedule_reconcile('https://project.supabase.co/functions/v1/stripe-reconcile', it), 'scheduled', 'With all extensions the result is scheduled') from secret;
select results_eq('select jobname, schedule from cron.job', $$ values ('billing_reconcile', '* * * * *') $$, 'The job runs once a minute');
select is_empty($$ select from cron.job, secret where command like '%' || it || '%' or command like '%project%' $$, 'The list of jobs has neither URL nor secret');

create function pg_temp.run() returns void language plpgsql as $$
begin
  execute (select command from cron.job);
end
$$;
select pg_temp.run();
select results_eq(
  'select url, headers, body from net.sent',
  $$ values ('https://project.supabase.co/functions/v1/stripe-reconcile',
    jsonb_build_object('content-type', 'application/json', 'authorization', 'Bearer ' || repeat('s', 32)), '{}'::jsonb) $$,
  'The job calls the URL with the secret'
);
select is(billing.schedule_reconcile('https://other.supabase.co', repeat('t', 40)), 'scheduled', 'A second schedule is accepted');
select results_eq('select count(*) from cron.job', array[1::bigint], 'A second schedule replaces the job');
delete from net.sent where true;
select pg_temp.run();
select results_eq($$ select url, headers ->> 'authorization' from net.sent $$, $$ values ('https://other.supabase.co', 'Bearer ' || repeat('t', 40)) $$, 'The replaced job calls the new URL with the new secret');

select * from finish();
rollback;
