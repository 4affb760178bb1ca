-- The schedule, with pg_cron, pg_net and Vault where the database has or can create them, and without. On a hosted
-- project nothing remains: the transaction ends with a rollback, so pg_cron runs no job and pg_net sends no request.

begin;
select plan(30);

select tests.new_deployment();
create temporary view secret (it) as select repeat('s', 32);

-- Invalid arguments

select throws_ok($$ select billing.schedule_reconcile(null, it) from secret $$, '22023', null, 'A missing URL is refused');
select throws_ok($$ select billing.schedule_reconcile('stripe-reconcile', it) from secret $$, '22023', null, 'A name instead of a URL is refused');
select throws_ok($$ select billing.schedule_reconcile('https://project.supabase.co', 'short') $$, '22023', null, 'A short secret is refused');
select throws_ok($$ select billing.schedule_reconcile('https://project.supabase.co', null) $$, '22023', null, 'A missing secret is refused');
select is(tests.outcome(persona, $$ select billing.schedule_reconcile('https://project.supabase.co', repeat('s', 32)) $$), '42501', persona || ' may not schedule')
from unnest(array['anon', 'owner', 'stranger', 'service_role']) as persona;

-- Without the extensions

create temporary table extension (name, schema) as
select name, schema
from (values ('pg_cron', 'cron'), ('pg_net', 'net'), ('supabase_vault', 'vault')) as needed (name, schema)
where to_regnamespace(schema) is null and name not in (select name from pg_available_extensions);
create temporary table outcome (it) as
select billing.schedule_reconcile('https://project.supabase.co/functions/v1/stripe-reconcile', it) from secret;
create function pg_temp.is_scheduled() returns boolean language sql as $$ select it = 'scheduled' from outcome $$;
select is(
  it, coalesce('missing: ' || (select string_agg(name, ', ' order by name) from extension), 'scheduled'),
  'The result lists each extension that is missing, or is scheduled'
) from outcome;
select case when pg_temp.is_scheduled() then skip('pg_cron, pg_net and Vault exist')
  else is((billing.schedule_status()).active, null, 'Without the extensions the status has no job') end;

-- With one of them missing: stand-ins of the others that fail when they are called

create function pg_temp.create_cron_and_vault() returns void language plpgsql as $$
begin
  if exists (select from extension where name = 'pg_cron') then
    create schema cron;
    create function cron.schedule(job_name text, schedule text, command text) returns bigint language sql as 'select 1 / 0';
  end if;
  if exists (select from extension where name = 'supabase_vault') then
    create schema vault;
    create function vault.create_secret(new_secret text) returns uuid language sql as 'select null::uuid';
  end if;
end
$$;
create function pg_temp.outcome_without_net() returns text language plpgsql as $$
begin
  perform pg_temp.create_cron_and_vault();
  raise exception '%', billing.schedule_reconcile('https://project.supabase.co', repeat('s', 32)) using errcode = 'UNDO0';
exception when sqlstate 'UNDO0' then
  return sqlerrm;
end
$$;
select case when exists (select from extension where name = 'pg_net')
  then is(pg_temp.outcome_without_net(), 'missing: pg_net', 'With one extension missing the result lists it, and nothing is scheduled')
  else skip('pg_net exists') end;

-- With all of them

create function pg_temp.ours() returns setof text language plpgsql as $$
begin
  return query execute $query$ select jobname || ' ' || schedule from cron.job where jobname like 'billing\_%' order by jobname $query$;
end
$$;
-- What pg_cron does.
create function pg_temp.run(job text default 'billing_reconcile') returns void language plpgsql as $$
declare
  command text;
begin
  execute 'select command from cron.job where jobname = $1' into strict command using job;
  execute command;
end
$$;
-- A test of statements about tables that only the extensions have.
create function pg_temp.is_with_extensions(statement text, expected text, description text) returns setof text language plpgsql as $$
begin
  return next case when pg_temp.is_scheduled() then results_eq(statement, expected, description) else skip(description) end;
end
$$;

select pg_temp.is_with_extensions(
  'select pg_temp.ours()', $$ values ('billing_prune_job_runs 17 4 * * *'), ('billing_reconcile * * * * *') $$,
  'One job runs once a minute, and one prunes once a day'
);
select pg_temp.is_with_extensions(
  $$ select count(*) from cron.job, secret where jobname like 'billing\_%' and (command like '%' || it || '%' or command like '%project%') $$, 'values (0::bigint)',
  'The list of jobs has neither URL nor secret'
);
select pg_temp.is_with_extensions(
  'select active, last_run_at, last_called_at, waiting_since, answered_call_at from billing.schedule_status()',
  $$ values (true, null::timestamptz, null::timestamptz, null::timestamptz, null::timestamptz) $$,
  'Before the first run the status has an active job and nothing else'
);

select pg_temp.run() where pg_temp.is_scheduled();
create function pg_temp.sent() returns table (url text, headers jsonb, body text, timeout_milliseconds integer) language plpgsql as $$
begin
  return query execute $query$
    select queued.url, queued.headers, convert_from(queued.body, 'UTF8'), queued.timeout_milliseconds
    from net.http_request_queue as queued join billing.schedule_calls on request_id = queued.id
  $query$;
end
$$;
select pg_temp.is_with_extensions(
  'select * from pg_temp.sent()',
  $$ values ('https://project.supabase.co/functions/v1/stripe-reconcile',
    jsonb_build_object('content-type', 'application/json', 'authorization', 'Bearer ' || repeat('s', 32)), '{}', 5000) $$,
  'The job calls the URL with the secret, and pg_net waits five seconds for the answer'
);
select pg_temp.is_with_extensions(
  $$ select last_called_at, queued > 0, waiting_since, answered_call_at from billing.schedule_status() $$,
  'values (now(), true, now(), null::timestamptz)',
  'The status has the request that waits in the queue'
);

-- The answer

create function pg_temp.answer(status integer, error text, timed_out boolean default false) returns void language plpgsql as $$
begin
  execute 'delete from net.http_request_queue where id in (select request_id from billing.schedule_calls)';
  execute 'delete from net._http_response where id in (select request_id from billing.schedule_calls)';
  -- As pg_net writes it: created is when the batch began, before the request was made.
  execute 'insert into net._http_response (id, status_code, error_msg, timed_out, created) select request_id, $1, $2, $3, now() - interval ''1 hour'' from billing.schedule_calls'
  using status, error, timed_out;
end
$$;
select pg_temp.answer(401, null) where pg_temp.is_scheduled();
select pg_temp.is_with_extensions(
  'select waiting_since, answered_call_at, answer_status, answer_error from billing.schedule_status()',
  'values (null::timestamptz, now(), 401, null::text)',
  'The status has the HTTP status of the last answer'
);
select pg_temp.answer(null, 'Couldn''t connect to server') where pg_temp.is_scheduled();
select pg_temp.is_with_extensions(
  'select answer_status, answer_error from billing.schedule_status()', $$ values (null::integer, 'Couldn''t connect to server') $$,
  'The status has the error of a request that failed'
);
select pg_temp.answer(null, 'Timeout of 5000 ms reached', true) where pg_temp.is_scheduled();
select pg_temp.is_with_extensions('select answer_error from billing.schedule_status()', $$ values ('timed out') $$, 'The status has the timeout of a request');

-- Another request of the project is neither a call nor an answer of the schedule.

create function pg_temp.another_request() returns void language plpgsql as $$
begin
  delete from billing.schedule_calls where true;
  execute $query$ select net.http_post('https://example.com/hook') $query$;
  execute 'insert into net._http_response (id, status_code) values (-1, 500)';
end
$$;
select pg_temp.another_request() where pg_temp.is_scheduled();
select pg_temp.is_with_extensions(
  'select queued > 0, waiting_since, answered_call_at, answer_status from billing.schedule_status()',
  'values (true, null::timestamptz, null::timestamptz, null::integer)',
  'Another request of the project counts in the queue and nowhere else'
);

-- Runs, as pg_cron writes them

create function pg_temp.ran(status text, message text, ago interval, job text default 'billing_reconcile') returns void language plpgsql as $$
begin
  execute 'insert into cron.job_run_details (jobid, runid, username, status, return_message, start_time, end_time)
    select jobid, (select coalesce(max(runid), 0) + 1000 from cron.job_run_details), current_user, $1, $2, now() - $3, now() - $3
    from (select jobid from cron.job where jobname = $4 union all select -1 where $4 is null) as job' using status, message, ago, job;
end
$$;
select pg_temp.ran('succeeded', '1 row', '9 days'), pg_temp.ran('succeeded', '1 row', '2 minutes'), pg_temp.ran('failed', 'ERROR: invalid ciphertext', '1 minute'),
  pg_temp.ran('succeeded', 'DELETE 0', '8 days', 'billing_prune_job_runs'), pg_temp.ran('succeeded', '1 row', '9 days', null), pg_temp.ran('succeeded', '1 row', '0', null)
where pg_temp.is_scheduled();
select pg_temp.is_with_extensions(
  'select last_run_at, last_run_status, last_run_message from billing.schedule_status()',
  $$ values (now() - interval '1 minute', 'failed', 'ERROR: invalid ciphertext') $$,
  'The status has the last run of the job and its error'
);
select pg_temp.run('billing_prune_job_runs') where pg_temp.is_scheduled();
select pg_temp.is_with_extensions(
  $$
    select count(*) filter (where jobid > 0 and start_time < now() - interval '7 days'), count(*) filter (where jobid > 0) >= 2, count(*) filter (where jobid = -1)
    from cron.job_run_details where jobid = -1 or jobid in (select jobid from cron.job where jobname like 'billing\_%')
  $$,
  'values (0::bigint, true, 2::bigint)',
  'The daily job deletes the runs of both jobs after seven days, and no run of another job'
);
select pg_temp.ran('succeeded', '1 row', '0') where pg_temp.is_scheduled();
select pg_temp.is_with_extensions(
  'select last_run_status, last_run_message from billing.schedule_status()', $$ values ('succeeded', null::text) $$,
  'The status of a run that succeeded has no message'
);

-- Calls are kept as long as pg_net keeps answers

insert into billing.schedule_calls (request_id, called_at) values (-2, now() - interval '7 hours'), (-3, now() - interval '5 hours');
select pg_temp.run() where pg_temp.is_scheduled();
select pg_temp.is_with_extensions(
  'select request_id from billing.schedule_calls where request_id < 0', 'values (-3::bigint)', 'A call deletes the calls that are older than six hours'
);

-- Again, and after a restore

create function pg_temp.reschedule(url text, secret text) returns text language sql as $$
  select case when pg_temp.is_scheduled() then billing.schedule_reconcile(url, secret) else 'scheduled' end
$$;
select is(pg_temp.reschedule('https://other.supabase.co', repeat('t', 40)), 'scheduled', 'A second schedule is accepted');
select pg_temp.is_with_extensions('select count(*) from pg_temp.ours()', 'values (2::bigint)', 'A second schedule replaces the jobs');
delete from billing.schedule_calls where true;
select pg_temp.run() where pg_temp.is_scheduled();
select pg_temp.is_with_extensions(
  $$ select url, headers ->> 'authorization' from pg_temp.sent() $$, $$ values ('https://other.supabase.co', 'Bearer ' || repeat('t', 40)) $$,
  'The replaced job calls the new URL with the new secret'
);

create function pg_temp.lose_root_key() returns void language plpgsql as $$
begin
  execute $query$ delete from vault.secrets where name like 'billing\_%' $query$;
  execute $query$ select vault.create_secret('encrypted under another root key', name) from unnest(array['billing_reconcile_url', 'billing_reconcile_secret']) as name $query$;
end
$$;
select pg_temp.lose_root_key() where pg_temp.is_scheduled();
select is(pg_temp.reschedule('https://restored.supabase.co', repeat('u', 40)), 'scheduled', 'A schedule under another root key of Vault is accepted');
select pg_temp.is_with_extensions(
  $$ select decrypted_secret = 'https://restored.supabase.co' from vault.decrypted_secrets where name = 'billing_reconcile_url' $$, 'values (true)',
  'A schedule under another root key replaces the secrets'
);
create function pg_temp.forget() returns void language plpgsql as $$
begin
  execute $query$ delete from vault.secrets where name = 'billing_reconcile_secret' $query$;
end
$$;
select pg_temp.forget() where pg_temp.is_scheduled();
select case when pg_temp.is_scheduled() then throws_ok('select billing.call_reconcile()', '55000', null, 'A call without a secret says so')
  else skip('pg_cron, pg_net and Vault do not exist') end;

select * from finish();
rollback;
