-- The schedule: once a minute the database calls stripe-reconcile, where pg_cron, pg_net and Vault exist.
--
-- Only the owner of the database can set it up. Without the extensions it reports what is missing; use another scheduler.

create table billing.schedule_calls (
  request_id bigint      primary key,
  called_at  timestamptz not null default now()
);

comment on table billing.schedule_calls is
  'The requests that the schedule made, for as long as pg_net keeps their answers. pg_net knows neither the URL of an answered request nor when it was made.';
comment on column billing.schedule_calls.request_id is 'The id in net.http_request_queue, then in net._http_response.';
comment on column billing.schedule_calls.called_at is 'When the schedule made the request.';

revoke all on table billing.schedule_calls from public, anon, authenticated, service_role;
grant select, insert, update, delete on table billing.schedule_calls to service_role;

alter table billing.schedule_calls enable row level security;


create function billing.call_reconcile()
  returns bigint
  language plpgsql set search_path = ''
as $$
declare
  url     constant text := (select known.decrypted_secret from vault.decrypted_secrets as known where known.name = 'billing_reconcile_url');
  secret  constant text := (select known.decrypted_secret from vault.decrypted_secrets as known where known.name = 'billing_reconcile_secret');
  request bigint;
begin
  if url is null or secret is null then
    raise exception 'Vault has no URL or no secret: call billing.schedule_reconcile' using errcode = 'object_not_in_prerequisite_state';
  end if;
  request := net.http_post(
    url := url,
    headers := jsonb_build_object('content-type', 'application/json', 'authorization', 'Bearer ' || secret),
    body := '{}',
    -- pg_net takes nothing else before the end of its batch. The call is answered within about two seconds.
    timeout_milliseconds := 5000
  );

  -- Ids begin again when pg_net is created again.
  insert into billing.schedule_calls as known (request_id) values (request)
  on conflict (request_id) do update set called_at = excluded.called_at;
  -- pg_net deletes an answer after six hours.
  delete from billing.schedule_calls as known where known.called_at < now() - interval '6 hours';
  return request;
end
$$;

comment on function billing.call_reconcile is 'Calls stripe-reconcile by pg_net and returns the id of the request. Called by pg_cron.';


create function billing.schedule_reconcile(url text, secret text)
  returns text
  language plpgsql set search_path = ''
as $$
declare
  needed  record;
  missing text[] := '{}';
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

  -- The job reads both from Vault, so that neither appears in the list of jobs or in its log. Deleted and created,
  -- because update_secret first decrypts the old secret, which fails after a restore under another root key.
  -- https://github.com/supabase/vault/blob/main/sql/supabase_vault--0.3.0.sql
  delete from vault.secrets as old where old.name in ('billing_reconcile_url', 'billing_reconcile_secret');
  perform vault.create_secret(url, 'billing_reconcile_url', 'The address that billing.schedule_reconcile calls');
  perform vault.create_secret(secret, 'billing_reconcile_secret', 'The secret that billing.schedule_reconcile sends');

  perform cron.schedule('billing_reconcile', '* * * * *', 'select billing.call_reconcile()');
  -- pg_cron keeps a row for every run for ever.
  perform cron.schedule('billing_prune_job_runs', '17 4 * * *', $job$
    delete from cron.job_run_details as run
    where run.jobid in (select job.jobid from cron.job as job where job.jobname in ('billing_reconcile', 'billing_prune_job_runs'))
      and coalesce(run.start_time, run.end_time) < now() - interval '7 days'
  $job$);
  return 'scheduled';
end
$$;

comment on function billing.schedule_reconcile is
  'Schedules a call of stripe-reconcile once a minute, and a daily job that deletes the runs of both jobs after seven days; a second call replaces the URL and the secret. Returns "scheduled" or what is missing.';


create type billing.schedule_state as (
  active           boolean,
  last_run_at      timestamptz,
  last_run_status  text,
  last_run_message text,
  last_called_at   timestamptz,
  queued           bigint,
  waiting_since    timestamptz,
  answered_call_at timestamptz,
  answer_status    integer,
  answer_error     text
);

comment on type billing.schedule_state is 'What the schedule did last. A field is null if there is nothing to report, or no pg_cron or pg_net.';
comment on column billing.schedule_state.active is 'Whether the job is active; null without a job.';
comment on column billing.schedule_state.last_run_at is 'When pg_cron last ran the job; null if it did not in seven days.';
comment on column billing.schedule_state.last_run_status is 'succeeded, failed, or a state of a run that has not ended.';
comment on column billing.schedule_state.last_run_message is 'The error of a failed run.';
comment on column billing.schedule_state.last_called_at is 'When the job last made a request; null if it did not in six hours.';
comment on column billing.schedule_state.queued is 'How many requests of the whole project wait for pg_net''s worker.';
comment on column billing.schedule_state.waiting_since is 'When the oldest of the job''s requests was made that pg_net has not sent, or not deleted from its queue.';
comment on column billing.schedule_state.answered_call_at is 'When the job''s last answered request was made.';
comment on column billing.schedule_state.answer_status is 'The HTTP status of that answer; null if none came.';
comment on column billing.schedule_state.answer_error is 'Why none came.';

create function billing.schedule_status()
  returns billing.schedule_state
  language plpgsql stable set search_path = ''
as $$
declare
  state billing.schedule_state;
  job   bigint;
begin
  if to_regclass('cron.job') is not null then
    select known.jobid, known.active into job, state.active
    from cron.job as known
    where known.jobname = 'billing_reconcile';
  end if;
  if to_regclass('cron.job_run_details') is not null then
    select coalesce(run.start_time, run.end_time), run.status, case when run.status = 'failed' then run.return_message end
    into state.last_run_at, state.last_run_status, state.last_run_message
    from cron.job_run_details as run
    where run.jobid = job
    order by run.runid desc
    limit 1;
  end if;

  state.last_called_at := (select max(call.called_at) from billing.schedule_calls as call);
  if to_regclass('net.http_request_queue') is not null then
    select count(*), min(call.called_at) into state.queued, state.waiting_since
    from net.http_request_queue as queued
    left join billing.schedule_calls as call on call.request_id = queued.id;
  end if;
  if to_regclass('net._http_response') is not null then
    select call.called_at, answer.status_code, case when answer.timed_out then 'timed out' else answer.error_msg end
    into state.answered_call_at, state.answer_status, state.answer_error
    from billing.schedule_calls as call
    join net._http_response as answer on answer.id = call.request_id
    order by call.called_at desc, call.request_id desc
    limit 1;
  end if;
  return state;
end
$$;

comment on function billing.schedule_status is
  'For operators: how pg_cron last ran the job, what waits in pg_net''s queue, and how stripe-reconcile last answered.';


-- Not service_role either: the schedule and its secret belong to the owner of the database.
revoke all on function billing.call_reconcile, billing.schedule_reconcile, billing.schedule_status
  from public, anon, authenticated, service_role;
