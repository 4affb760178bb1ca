-- Duplicates: two live subscriptions of one owner in one slot, which a checkout never makes. The portal or an operator can.
--
-- The reconcile keeps the oldest. The others are entered here before anything is changed at Stripe, so that a run that was
-- interrupted is continued.

create table billing.duplicates (
  subscription text        primary key,
  kept         text        not null,
  owner_id     text        not null,
  slot         text        not null,
  found_at     timestamptz not null default now(),
  canceled_at  timestamptz,
  refunded_at  timestamptz,
  outcome      text        constraint outcome_is_known check (outcome in ('mended', 'flagged', 'dropped'))
);

comment on table billing.duplicates is 'Subscriptions that were found beside an older one of the same owner and slot. Delete a flagged row to have it examined again.';
comment on column billing.duplicates.subscription is 'The subscription that is too many.';
comment on column billing.duplicates.kept is 'The oldest live subscription of the slot when it was found.';
comment on column billing.duplicates.owner_id is 'The Clerk user or organization who pays.';
comment on column billing.duplicates.slot is 'The slot of both.';
comment on column billing.duplicates.found_at is 'When it was found.';
comment on column billing.duplicates.canceled_at is 'When it was canceled at Stripe, or found canceled.';
comment on column billing.duplicates.refunded_at is 'When its payment had been refunded wholly.';
comment on column billing.duplicates.outcome is 'mended: canceled and refunded. flagged: left to the operator. dropped: the other one ended first. Null: not finished.';

create index duplicates_unfinished on billing.duplicates (owner_id) where outcome is null;

revoke all on table billing.duplicates from public, anon, authenticated, service_role;
grant select, insert, update, delete on table billing.duplicates to service_role;

alter table billing.duplicates enable row level security;


create view billing.duplicate_subscriptions with (security_invoker = true) as
select
  setting.slot_by,
  mapping.owner_id,
  mapping.stripe_customer_id as customer,
  slots.slot,
  array_agg(subscription.id order by subscription.created, subscription.id) as subscriptions
-- Few customers have two; only their slots are computed.
from (
  select live.customer
  from public.stripe_subscriptions as live
  where live.status not in ('canceled', 'incomplete_expired')
  group by live.customer
  having count(*) > 1
) as several
join public.stripe_customer_mapping as mapping on mapping.stripe_customer_id = several.customer
join public.stripe_subscriptions as subscription
  on subscription.customer = several.customer
  -- An incomplete one was never paid, and expires within a day.
  and subscription.status not in ('canceled', 'incomplete_expired', 'incomplete')
cross join (values ('customer'), ('product')) as setting (slot_by)
cross join lateral (
  select billing.slot_of(subscription.data #>> '{items,data,0,price,product}', true, setting.slot_by) as slot
) as slots
group by setting.slot_by, mapping.owner_id, mapping.stripe_customer_id, slots.slot
having count(*) > 1
order by mapping.owner_id, slots.slot;

comment on view billing.duplicate_subscriptions is 'Owners with two or more live subscriptions in one slot, for each value of CHECKOUT_SLOT: a condition on slot_by selects the one that is set.';
comment on column billing.duplicate_subscriptions.slot_by is 'The value of CHECKOUT_SLOT for which they are in one slot.';
comment on column billing.duplicate_subscriptions.owner_id is 'The Clerk user or organization who pays.';
comment on column billing.duplicate_subscriptions.customer is 'The owner''s Stripe customer.';
comment on column billing.duplicate_subscriptions.slot is 'The slot that they share.';
comment on column billing.duplicate_subscriptions.subscriptions is 'The subscriptions, the oldest first.';

revoke all on table billing.duplicate_subscriptions from public, anon, authenticated, service_role;
grant select on table billing.duplicate_subscriptions to service_role;


create view billing.obsolete_sessions with (security_invoker = true) as
select setting.slot_by, own.owner_id, recorded.slot, recorded.session
from billing.checkouts as own
cross join jsonb_each_text(own.sessions) as recorded (slot, session)
join public.stripe_customer_mapping as mapping on mapping.owner_id = own.owner_id
cross join (values ('customer'), ('product')) as setting (slot_by)
where own.handed_out_at > now() - interval '25 hours'
  and recorded.slot like 'plan:%'
  and exists (
    select
    from public.stripe_subscriptions as subscription
    where subscription.customer = mapping.stripe_customer_id
      and subscription.status not in ('canceled', 'incomplete_expired', 'incomplete')
      and billing.slot_of(subscription.data #>> '{items,data,0,price,product}', true, setting.slot_by) = recorded.slot
      -- The recorded session sold it and is complete, or a session before it, which had been expired.
      and (
        subscription.data #>> '{metadata,slot}' is distinct from recorded.slot
        or subscription.data #>> '{metadata,deployment_id}' is distinct from (select deployment.id::text from billing.deployment)
      )
  );

comment on view billing.obsolete_sessions is
  'Recorded sessions of slots that a live subscription has taken in another way: the reconcile expires them at Stripe. For each value of CHECKOUT_SLOT.';
comment on column billing.obsolete_sessions.slot_by is 'The value of CHECKOUT_SLOT for which the slot is taken.';
comment on column billing.obsolete_sessions.owner_id is 'The Clerk user or organization.';
comment on column billing.obsolete_sessions.slot is 'The slot of both.';
comment on column billing.obsolete_sessions.session is 'The session, which may be open.';

revoke all on table billing.obsolete_sessions from public, anon, authenticated, service_role;
grant select on table billing.obsolete_sessions to service_role;


create function public.claim_duplicates(slot_by text, stripe_key text, batch_size integer default 5)
  returns json
  language plpgsql set search_path = ''
as $$
declare
  claimed json;
begin
  perform billing.require_deployment(stripe_key);
  if slot_by is null then
    raise exception 'Missing setting: pass CHECKOUT_SLOT' using errcode = 'invalid_parameter_value';
  end if;

  with due as (
    select found.owner_id, found.slot
    from billing.duplicate_subscriptions as found
    where found.slot_by = claim_duplicates.slot_by
      and exists (
        select from unnest(found.subscriptions[2:]) as extra
        where extra not in (select known.subscription from billing.duplicates as known where known.outcome = 'flagged')
      )
    union
    select known.owner_id, known.slot from billing.duplicates as known where known.outcome is null
  ), chosen as (
    select due.owner_id, due.slot, mapping.stripe_customer_id as customer
    from due
    join public.stripe_customer_mapping as mapping on mapping.owner_id = due.owner_id
    left join billing.owner_checks as checks on checks.owner_id = due.owner_id
    where coalesce(checks.mended_at, '-infinity') < now() - interval '10 minutes'
    order by coalesce(checks.mended_at, '-infinity'), due.owner_id, due.slot
    limit batch_size
  ), noted as (
    insert into billing.owner_checks (owner_id, mended_at)
    select distinct chosen.owner_id, now() from chosen
    on conflict (owner_id) do update set mended_at = excluded.mended_at
  )
  select json_agg(json_build_object(
    'owner_id', chosen.owner_id,
    'customer', chosen.customer,
    'slot', chosen.slot,
    'unfinished', array(
      select known.subscription from billing.duplicates as known
      where known.owner_id = chosen.owner_id and known.slot = chosen.slot and known.outcome is null
      order by known.subscription
    )
  ))
  into claimed
  from chosen;

  return json_build_object(
    'deployment_id', (select deployment.id from billing.deployment),
    'slots', coalesce(claimed, '[]'),
    'sessions', array_to_json(array(
      select json_build_object('owner_id', obsolete.owner_id, 'slot', obsolete.slot, 'session', obsolete.session)
      from billing.obsolete_sessions as obsolete
      where obsolete.slot_by = claim_duplicates.slot_by
      order by obsolete.owner_id, obsolete.slot
      limit batch_size
    ))
  );
end
$$;

comment on function public.claim_duplicates is
  'Slots with more than one live subscription that is not flagged, or with a duplicate that is not finished; each owner at most once in ten minutes. And recorded sessions of slots that were taken in another way.';


create function public.forget_session(owner_id text, slot text, session text, stripe_key text)
  returns void
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(stripe_key);
  perform billing.require_owner(owner_id);

  update billing.checkouts as own
  set sessions = own.sessions - slot
  where own.owner_id = forget_session.owner_id and own.sessions ->> slot = session;
end
$$;

comment on function public.forget_session is 'Ends the record of a session that Stripe says can be paid no more.';


create function public.enter_duplicates(
  subscriptions text[], kept text, owner_id text, slot text, flagged boolean, stripe_key text
)
  returns void
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(stripe_key);
  perform billing.require_owner(owner_id);

  insert into billing.duplicates as known (subscription, kept, owner_id, slot, outcome)
  select extra, enter_duplicates.kept, enter_duplicates.owner_id, enter_duplicates.slot, case when flagged then 'flagged' end
  from unnest(subscriptions) as extra
  order by extra
  on conflict on constraint duplicates_pkey do update
    set kept = excluded.kept, slot = excluded.slot, outcome = excluded.outcome
    -- What was begun is finished; what an operator was left with stays the operator's.
    where known.outcome = 'dropped';
end
$$;

comment on function public.enter_duplicates is 'Enters subscriptions that are too many, before anything is changed at Stripe; flagged ones are left to the operator.';


create function public.finish_duplicate(subscription text, step text, stripe_key text)
  returns void
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(stripe_key);
  if step is null or step not in ('canceled', 'mended', 'flagged', 'dropped') then
    raise exception 'Unknown step: pass canceled, mended, flagged or dropped' using errcode = 'invalid_parameter_value';
  end if;

  update billing.duplicates as known
  set canceled_at = case when step = 'canceled' then coalesce(known.canceled_at, now()) else known.canceled_at end,
      refunded_at = case when step = 'mended' then now() end,
      outcome = nullif(step, 'canceled')
  where known.subscription = finish_duplicate.subscription and known.outcome is null;
end
$$;

comment on function public.finish_duplicate is 'Records how far an unfinished duplicate is: canceled, or its outcome. A finished one does not change.';


revoke all on function public.claim_duplicates, public.forget_session, public.enter_duplicates, public.finish_duplicate
  from public, anon, authenticated;
grant execute on function public.claim_duplicates, public.forget_session, public.enter_duplicates, public.finish_duplicate
  to service_role;
