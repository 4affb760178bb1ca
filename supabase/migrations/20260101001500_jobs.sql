-- Resumable jobs: the catalog fill, the backfill and the reconcile.
--
-- Each is run by one worker at a time. A run claims the job, records page after page, each with the cursor of the next,
-- and releases the job. A claim draws a ticket, which is the run id: a run whose lease ended and whose job was claimed
-- again is overtaken, and its next page is refused. The next run resumes at the cursor.
--
-- A job's row is locked before the job's own table and before anything that the job records.

create table billing.jobs (
  name        text        primary key constraint job_is_known check (name in ('backfill', 'catalog_fill', 'reconcile')),
  run_id      bigint,
  lease       interval,
  lease_until timestamptz not null default '-infinity',
  cursor      text
);

comment on table billing.jobs is 'The run and the cursor of each resumable job. A row is written by the job''s first claim.';
comment on column billing.jobs.name is 'backfill, catalog_fill or reconcile; each also has a table of its own.';
comment on column billing.jobs.run_id is 'The ticket that the last claim drew; null once everything was recorded.';
comment on column billing.jobs.lease is 'How long a claim or a page keeps the job for the run.';
comment on column billing.jobs.lease_until is 'Until when the job cannot be claimed.';
comment on column billing.jobs.cursor is 'Where the next page begins, in the worker''s own format; null at the beginning.';

revoke all on table billing.jobs from public, anon, authenticated, service_role;
grant select, insert, update, delete on table billing.jobs to service_role;

alter table billing.jobs enable row level security;


create function billing.lock_job(name text)
  returns billing.jobs
  language plpgsql set search_path = ''
as $$
declare
  job billing.jobs;
begin
  insert into billing.jobs (name) values (lock_job.name) on conflict do nothing;
  select * into strict job from billing.jobs as known where known.name = lock_job.name for update;
  return job;
end
$$;

comment on function billing.lock_job is 'The job''s row, locked until the transaction ends.';


create function billing.lock_run(name text, run_id bigint)
  returns billing.jobs
  language plpgsql set search_path = ''
as $$
declare
  job billing.jobs;
begin
  select * into job
  from billing.jobs as known
  where known.name = lock_run.name and known.run_id = lock_run.run_id
  for update;
  return job;
end
$$;

comment on function billing.lock_run is 'The job''s row, locked until the transaction ends; all null if the run was overtaken.';


create function billing.claim_job(name text, lease interval, cursor text)
  returns bigint
  language plpgsql set search_path = ''
as $$
declare
  drawn bigint;
begin
  update billing.jobs as job
  set run_id = nextval('billing.tickets'),
      lease = claim_job.lease,
      lease_until = now() + claim_job.lease,
      cursor = claim_job.cursor
  where job.name = claim_job.name
  returning job.run_id into drawn;
  return drawn;
end
$$;

comment on function billing.claim_job is 'Begins a run of a locked job whose lease has ended, at this cursor. Returns the run id.';


create function billing.extend_job(name text, run_id bigint, cursor text)
  returns boolean
  language plpgsql set search_path = ''
as $$
begin
  update billing.jobs as job
  set cursor = extend_job.cursor, lease_until = now() + job.lease
  where job.name = extend_job.name and job.run_id = extend_job.run_id;
  return found;
end
$$;

comment on function billing.extend_job is 'Sets the cursor and extends the lease. Returns false if the run was overtaken.';


create function billing.release_job(name text, run_id bigint)
  returns boolean
  language plpgsql set search_path = ''
as $$
begin
  update billing.jobs as job
  set lease_until = '-infinity'
  where job.name = release_job.name and job.run_id = release_job.run_id;
  return found;
end
$$;

comment on function billing.release_job is
  'Ends a run before its lease ends, so that the next can begin. Returns false if the run was overtaken.';


create function billing.complete_job(name text)
  returns void
  language plpgsql set search_path = ''
as $$
begin
  update billing.jobs as job
  set run_id = null, cursor = null, lease_until = '-infinity'
  where job.name = complete_job.name;
end
$$;

comment on function billing.complete_job is 'Ends the run of a locked job for which everything was recorded.';


revoke all on function
  billing.lock_job, billing.lock_run, billing.claim_job, billing.extend_job, billing.release_job, billing.complete_job
  from public, anon, authenticated;
grant execute on function
  billing.lock_job, billing.lock_run, billing.claim_job, billing.extend_job, billing.release_job, billing.complete_job
  to service_role;
