-- The mirror of Stripe's active entitlements: one row a customer, so that the set changes as a whole.

create table public.stripe_entitlements (
  id          text        generated always as (data ->> 'id') stored primary key,
  ticket      bigint      not null,
  data        jsonb       not null constraint a_summary check (data @> '{"object": "entitlements.active_entitlement_summary"}'),
  fetched_at timestamptz not null default now(),
  deleted     boolean     not null generated always as (coalesce((data ->> 'deleted')::boolean, false)) stored,
  lookup_keys jsonb       not null generated always as (jsonb_path_query_array(data, '$.entitlements.data[*].lookup_key')) stored
);

comment on table public.stripe_entitlements is 'What each customer is entitled to, as last seen at Stripe. Users read their own; record_objects writes.';
comment on column public.stripe_entitlements.id is 'The customer''s: Stripe''s summary has no id of its own, the gateway gives it this one.';
comment on column public.stripe_entitlements.ticket is 'Drawn before the look. A smaller one never overwrites a larger one.';
comment on column public.stripe_entitlements.data is 'Stripe''s summary with all pages of its list.';
comment on column public.stripe_entitlements.fetched_at is 'When it was last looked at.';
comment on column public.stripe_entitlements.deleted is 'A tombstone: Stripe no longer has the customer.';
comment on column public.stripe_entitlements.lookup_keys is 'Of the features, as an array; empty for a tombstone.';

revoke all on table public.stripe_entitlements from public, anon, authenticated, service_role;
grant select on table public.stripe_entitlements to authenticated;
grant select, insert, update, delete on table public.stripe_entitlements to service_role;

alter table public.stripe_entitlements enable row level security;

create policy "Users may read their own entitlements"
  on public.stripe_entitlements for select to authenticated
  using (id = (select public.stripe_customer_id()));

create trigger keep_newest
  before update on public.stripe_entitlements
  for each row when (new.ticket < old.ticket) execute function billing.keep_newest();


create function public.has_entitlement(lookup_key text)
  returns boolean
  language sql stable set search_path = ''
as $$
  select exists (
    select from public.stripe_entitlements as own
    where own.id = (select public.stripe_customer_id()) and own.lookup_keys ? has_entitlement.lookup_key
  )
$$;

comment on function public.has_entitlement is
  'Whether the signed-in user is entitled to this feature, for policies: (select has_entitlement(''reports'')).';

revoke all on function public.has_entitlement from public, anon, authenticated;
grant execute on function public.has_entitlement to authenticated, service_role;
