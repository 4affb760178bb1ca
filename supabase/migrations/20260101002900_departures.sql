-- Departures: an owner was deleted at Clerk. Nothing more can be bought, and what was bought is ended by CLERK_USER_DELETED.
--
-- A deletion counts only if a signed event says so and Clerk's Backend API has the owner no longer. The customer and its
-- mapping stay, for invoices and refunds. Beside the events, each owner who pays is looked up at Clerk once a day: one that
-- Clerk does not have is reported, and never canceled by that alone.

create table billing.owner_checks (
  owner_id      text        primary key,
  checked_at    timestamptz not null default '-infinity',
  missing_since timestamptz,
  repeated_at   timestamptz not null default '-infinity',
  mended_at     timestamptz not null default '-infinity'
);

comment on table billing.owner_checks is 'What the reconcile last did about each owner who pays. A row is written by the first check.';
comment on column billing.owner_checks.owner_id is 'The Clerk user or organization.';
comment on column billing.owner_checks.checked_at is 'When Clerk was last asked whether it has the owner; -infinity: never.';
comment on column billing.owner_checks.missing_since is 'When Clerk first did not have the owner; null while it has.';
comment on column billing.owner_checks.repeated_at is 'When the departure of the closed owner was last repeated; -infinity: never.';
comment on column billing.owner_checks.mended_at is 'When the owner''s duplicates were last claimed; -infinity: never.';

revoke all on table billing.owner_checks from public, anon, authenticated, service_role;
grant select, insert, update, delete on table billing.owner_checks to service_role;

alter table billing.owner_checks enable row level security;


create function public.close_checkouts(owner_id text, stripe_key text)
  returns void
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(stripe_key);
  perform billing.require_owner(owner_id);

  -- The new attempt makes a call that began before hand out nothing.
  insert into billing.checkouts as known (owner_id, attempt, closed_at)
  values (close_checkouts.owner_id, 1, now())
  on conflict on constraint checkouts_pkey do update set attempt = known.attempt + 1, closed_at = now()
    where known.closed_at is null;
end
$$;

comment on function public.close_checkouts is 'Closes the checkouts of an owner that was deleted at Clerk: from now on none is begun and none is handed out.';


create type public.clerk_owner as (
  customer_id text,
  closed      boolean,
  deletions   text[]
);

comment on type public.clerk_owner is 'What is known of an owner at Clerk.';
comment on column public.clerk_owner.customer_id is 'The owner''s Stripe customer; null without one.';
comment on column public.clerk_owner.closed is 'Whether the owner''s departure has begun.';
comment on column public.clerk_owner.deletions is 'The instances of the signed events that say that the owner was deleted and are not finished; empty without such an event.';

create function public.find_clerk_owner(owner_id text, stripe_key text)
  returns public.clerk_owner
  language plpgsql set search_path = ''
as $$
declare
  owner public.clerk_owner;
begin
  perform billing.require_deployment(stripe_key);
  perform billing.require_owner(owner_id);

  owner.customer_id := (
    select mapping.stripe_customer_id from public.stripe_customer_mapping as mapping where mapping.owner_id = find_clerk_owner.owner_id
  );
  owner.closed := exists (
    select from billing.checkouts as known where known.owner_id = find_clerk_owner.owner_id and known.closed_at is not null
  );
  owner.deletions := array(
    select distinct coalesce(event.instance_id, '')
    from billing.webhook_events as event
    where event.object_id = find_clerk_owner.owner_id
      and event.object in ('clerk.user', 'clerk.organization')
      and event.processed_at is null
      and event.type in ('user.deleted', 'organization.deleted')
  );
  return owner;
end
$$;

comment on function public.find_clerk_owner is 'What is known of an owner at Clerk, for the processing of Clerk''s events.';


create view billing.departed_but_billed with (security_invoker = true) as
select
  closed.owner_id,
  subscription.customer,
  subscription.id     as subscription,
  subscription.status,
  closed.closed_at
from billing.checkouts as closed
join public.stripe_customer_mapping as mapping on mapping.owner_id = closed.owner_id
join public.stripe_subscriptions as subscription on subscription.customer = mapping.stripe_customer_id
where closed.closed_at is not null
  -- An incomplete one was never paid, and expires within a day.
  and subscription.status not in ('canceled', 'incomplete_expired', 'incomplete')
  and not subscription.cancel_at_period_end
  and subscription.cancel_at is null
order by closed.closed_at, subscription.id;

comment on view billing.departed_but_billed is
  'Subscriptions of owners that were deleted at Clerk, live and without an end. The reconcile ends them, unless CLERK_USER_DELETED is keep.';
comment on column billing.departed_but_billed.owner_id is 'The Clerk user or organization that was deleted.';
comment on column billing.departed_but_billed.customer is 'The owner''s Stripe customer.';
comment on column billing.departed_but_billed.subscription is 'The subscription that is still billed.';
comment on column billing.departed_but_billed.status is 'The status of the subscription.';
comment on column billing.departed_but_billed.closed_at is 'When the departure began.';


create view billing.orphaned_payers with (security_invoker = true) as
select
  missing.owner_id,
  mapping.stripe_customer_id as customer,
  array_agg(subscription.id order by subscription.id) as subscriptions,
  missing.missing_since
from billing.owner_checks as missing
join public.stripe_customer_mapping as mapping on mapping.owner_id = missing.owner_id
join public.stripe_subscriptions as subscription on subscription.customer = mapping.stripe_customer_id
where missing.missing_since is not null
  and subscription.status not in ('canceled', 'incomplete_expired')
  and not exists (select from billing.checkouts as closed where closed.owner_id = missing.owner_id and closed.closed_at is not null)
group by missing.owner_id, mapping.stripe_customer_id, missing.missing_since
order by missing.missing_since, missing.owner_id;

comment on view billing.orphaned_payers is
  'Owners with a live subscription that Clerk does not have, though no signed event said that they were deleted. Nothing is canceled: the operator decides.';
comment on column billing.orphaned_payers.owner_id is 'The Clerk user or organization that Clerk does not have.';
comment on column billing.orphaned_payers.customer is 'The owner''s Stripe customer.';
comment on column billing.orphaned_payers.subscriptions is 'The subscriptions that have not ended.';
comment on column billing.orphaned_payers.missing_since is 'When Clerk first did not have the owner.';

revoke all on table billing.departed_but_billed, billing.orphaned_payers from public, anon, authenticated, service_role;
grant select on table billing.departed_but_billed, billing.orphaned_payers to service_role;


create function public.claim_departures(stripe_key text, batch_size integer default 5)
  returns text[]
  language plpgsql set search_path = ''
as $$
declare
  owners text[];
begin
  perform billing.require_deployment(stripe_key);

  owners := array(
    select billed.owner_id
    from billing.departed_but_billed as billed
    left join billing.owner_checks as known on known.owner_id = billed.owner_id
    -- Longer than a webhook takes, so that a departure under way is not repeated.
    where billed.closed_at < now() - interval '2 minutes'
      and coalesce(known.repeated_at, '-infinity') < now() - interval '10 minutes'
    group by billed.owner_id, known.repeated_at
    order by coalesce(known.repeated_at, '-infinity'), billed.owner_id
    limit batch_size
  );
  insert into billing.owner_checks (owner_id, repeated_at)
  select owner_id, now() from unnest(owners) as owner_id
  on conflict (owner_id) do update set repeated_at = excluded.repeated_at;
  return owners;
end
$$;

comment on function public.claim_departures is
  'Closed owners with a live subscription that will not end, each at most once in ten minutes: their departure is repeated.';


create function public.claim_stale_payers(stripe_key text, batch_size integer default 100)
  returns text[]
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(stripe_key);

  return (
    with stale as (
      select mapping.owner_id, coalesce(known.checked_at, '-infinity') as checked_at, mapping.clerk_user_id is not null as is_user
      from public.stripe_customer_mapping as mapping
      left join billing.owner_checks as known on known.owner_id = mapping.owner_id
      where coalesce(known.checked_at, '-infinity') < now() - interval '1 day'
        and exists (
          select from public.stripe_subscriptions as subscription
          where subscription.customer = mapping.stripe_customer_id
            and subscription.status not in ('canceled', 'incomplete_expired')
        )
        and not exists (
          select from billing.checkouts as closed where closed.owner_id = mapping.owner_id and closed.closed_at is not null
        )
    ),
    -- Clerk lists users and organizations apart, so one batch has one kind.
    chosen as (
      select stale.owner_id
      from stale
      where stale.is_user = (select first.is_user from stale as first order by first.checked_at, first.owner_id limit 1)
      order by stale.checked_at, stale.owner_id
      limit batch_size
    )
    select coalesce(array_agg(chosen.owner_id), '{}') from chosen
  );
end
$$;

comment on function public.claim_stale_payers is
  'Owners with a live subscription for whom Clerk was not asked for a day, those asked longest ago first; all users or all organizations.';


create function public.record_payers(checked text[], missing text[], stripe_key text)
  returns void
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(stripe_key);
  if checked is null or missing is null then
    raise exception 'Missing owners: pass those that were checked, and those that Clerk does not have'
      using errcode = 'invalid_parameter_value';
  end if;

  insert into billing.owner_checks as known (owner_id, checked_at, missing_since)
  select owner_id, now(), case when owner_id = any (missing) then now() end
  from unnest(checked) as owner_id
  order by owner_id
  on conflict (owner_id) do update
    set checked_at = excluded.checked_at,
        missing_since = case when excluded.missing_since is not null then coalesce(known.missing_since, excluded.missing_since) end;
end
$$;

comment on function public.record_payers is 'Records which of these owners Clerk does not have.';


revoke all on function
  public.close_checkouts, public.find_clerk_owner, public.claim_departures, public.claim_stale_payers, public.record_payers
  from public, anon, authenticated;
grant execute on function
  public.close_checkouts, public.find_clerk_owner, public.claim_departures, public.claim_stale_payers, public.record_payers
  to service_role;
