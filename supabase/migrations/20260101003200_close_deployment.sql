-- Closing: while a deployment is moved to another database, and for ever after, its functions refuse every call.
--
-- The time is in the row that every call reads anyway. A move closes the database for a minute, so that one that is killed
-- leaves it open again by itself, and for ever when the copy is complete: of two databases with one deployment id at most
-- one is open. SQLSTATE 25006 is answered as 503 with Retry-After, and Stripe delivers the event again.

alter table billing.deployment add column closed_until timestamptz not null default '-infinity';

comment on column billing.deployment.closed_until is
  'Until when every call is refused: infinity after the deployment was moved to another database. See billing.close_deployment.';


create function billing.require_open(deployment billing.deployment)
  returns void
  language plpgsql stable set search_path = ''
as $$
begin
  -- clock_timestamp, because a call may have waited for the transaction that closed the deployment.
  if deployment.closed_until > clock_timestamp() then
    raise exception 'This database is closed: its deployment is being moved, or was moved, to another one'
      using errcode = 'read_only_sql_transaction';
  end if;
end
$$;

comment on function billing.require_open is 'Raises 25006 while the deployment is closed.';


create or replace function billing.require_deployment(stripe_key text)
  returns uuid
  language plpgsql set search_path = ''
as $$
declare
  own        uuid;
  deployment billing.deployment;
begin
  select known.id into own
  from billing.deployment as known
  where stripe_key = any (known.confirmed_keys) and known.closed_until = '-infinity';
  if found then
    return own;
  end if;

  select * into deployment from billing.deployment;
  perform billing.require_mode(deployment, stripe_key);
  perform billing.require_open(deployment);
  if stripe_key = any (deployment.confirmed_keys) then
    return deployment.id;
  end if;
  raise exception 'Unknown Stripe key: call confirm_account with its account, then repeat the call' using errcode = 'KEY01';
end
$$;

comment on function billing.require_deployment is
  'Returns the deployment''s id for a confirmed key. Raises 55000 for a key of the other mode, 25006 while the deployment is closed and KEY01 for a key that is not confirmed.';


create or replace function public.confirm_account(stripe_account text, stripe_key text)
  returns void
  language plpgsql set search_path = ''
as $$
declare
  deployment billing.deployment;
begin
  insert into billing.deployment (stripe_account, livemode)
  select confirm_account.stripe_account, stripe_key like 'live\_%'
  where confirm_account.stripe_account is not null and stripe_key is not null
  on conflict do nothing;
  -- Two calls that confirm two keys wait for each other, so that neither key is lost.
  select * into deployment from billing.deployment for update;

  perform billing.require_mode(deployment, stripe_key);
  perform billing.require_open(deployment);
  if (deployment.stripe_account = confirm_account.stripe_account) is not true then
    raise exception 'This database belongs to another Stripe account than "%"', stripe_account
      using errcode = 'object_not_in_prerequisite_state';
  end if;
  if stripe_key <> all (deployment.confirmed_keys) then
    update billing.deployment as own
    set confirmed_keys = (own.confirmed_keys || stripe_key)[cardinality(own.confirmed_keys) - 8:]
    where own.id = deployment.id;
  end if;
end
$$;

comment on function public.confirm_account is
  'Confirms a key of this account. The first call binds the database to the account and its mode; later, another account or mode raises 55000.';


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


revoke all on function billing.require_open, billing.close_deployment, billing.open_deployment, billing.moved_tables
  from public, anon, authenticated, service_role;
grant execute on function billing.require_open to service_role;
