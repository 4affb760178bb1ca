-- Closing: while a deployment is moved to another database, and for ever after, its functions refuse every call.
--
-- The time is in the row that every call reads anyway. A move closes the database for a minute, so that one that is killed
-- leaves it open again by itself, and for ever when the copy is complete: of two databases with one deployment id at most
-- one is open. SQLSTATE 25006 is answered as 503 with Retry-After, and Stripe delivers the event again.

create function billing.close_deployment(until timestamptz)
  returns void
  language plpgsql set search_path = ''
as $$
begin
  -- Every call reads the deployment first and keeps that lock to its end, so this waits for the calls in progress.
  lock table billing.deployment in access exclusive mode;
  update billing.deployment as own set closed_until = until where own.closed_until < 'infinity';
end
$$;

comment on function billing.close_deployment is
  'For the owner: refuses every call until then, after those in progress have ended. Does not shorten the closing of a deployment that was moved.';


create function billing.open_deployment()
  returns void
  language plpgsql set search_path = ''
as $$
begin
  update billing.deployment as own set closed_until = '-infinity' where own.closed_until > '-infinity';
  -- The workers that held them were refused.
  update billing.jobs as job set lease_until = '-infinity' where job.lease_until > '-infinity';
  update billing.webhook_events as event
  set lease_until = '-infinity', due_at = least(event.due_at, now())
  where event.processed_at is null and (event.lease_until > now() or event.attempts = 0);
end
$$;

comment on function billing.open_deployment is
  'For the owner: accepts calls again, and releases jobs and events. Never open two databases of one deployment: npm run leave opens the one that it has moved it to.';


create function billing.moved_tables()
  returns setof regclass
  language sql stable set search_path = ''
as $$
  select listed from billing.deployment_tables() as listed where listed <> 'public.stripe_changes'::regclass
  union all
  select 'billing.catalog_changes'::regclass
$$;

comment on function billing.moved_tables is
  'The tables that move with a deployment to another database: all of the deployment, except the changes for Realtime, and the version of the catalog.';


revoke all on function billing.close_deployment, billing.open_deployment, billing.moved_tables
  from public, anon, authenticated, service_role;
