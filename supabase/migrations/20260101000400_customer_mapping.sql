-- The mapping: exactly one Stripe customer per owner, whatever races, retries or crashes happen.
--
-- An owner is a Clerk user or a Clerk organization. A row also holds how far the owner's customer has come;
-- the functions of customer_claims.sql advance it.

create table public.stripe_customer_mapping (
  owner_id              text        generated always as (coalesce(clerk_user_id, clerk_organization_id)) stored primary key,
  clerk_user_id         text        constraint one_row_per_user unique
                                    constraint clerk_user_id_is_a_user_id check (clerk_user_id like 'user\_%'),
  clerk_organization_id text        constraint one_row_per_organization unique
                                    constraint clerk_organization_id_is_an_organization_id check (clerk_organization_id like 'org\_%'),
  stripe_customer_id    text        constraint one_owner_per_customer unique
                                    constraint stripe_customer_id_is_a_customer_id check (stripe_customer_id like 'cus\_%'),
  generation            integer     not null default 1,
  claimed_at            timestamptz,
  lease_until           timestamptz,
  failed_at             timestamptz,
  looked_up_to          timestamptz,
  created_at            timestamptz not null default now(),

  constraint owner_is_a_user_or_an_organization check (num_nonnulls(clerk_user_id, clerk_organization_id) = 1),
  constraint known_customer_has_no_lease_or_failure
    check (stripe_customer_id is null or (lease_until is null and failed_at is null)),
  constraint only_a_failed_generation_is_looked_up
    check (looked_up_to is null or failed_at is not null)
);

comment on table public.stripe_customer_mapping is
  'The Stripe customer of each owner, a Clerk user or organization. Users read their own row and the row of their active organization; only the database''s functions write.';
comment on column public.stripe_customer_mapping.owner_id is 'The user or the organization, whichever it is.';
comment on column public.stripe_customer_mapping.clerk_user_id is 'The `sub` of the user''s session token; null for an organization.';
comment on column public.stripe_customer_mapping.clerk_organization_id is 'The id of the organization; null for a user.';
comment on column public.stripe_customer_mapping.stripe_customer_id is 'Null until a customer is completed, and again after it is deleted at Stripe.';
comment on column public.stripe_customer_mapping.generation is 'Part of the idempotency key. A new generation begins when the previous one is known to have left no living customer.';
comment on column public.stripe_customer_mapping.claimed_at is 'When this generation was first claimed: no customer of it is older.';
comment on column public.stripe_customer_mapping.lease_until is 'Until when one caller may create or look up the customer. All other callers wait.';
comment on column public.stripe_customer_mapping.failed_at is 'The end of the lease of the last inconclusive creation. From then on this generation is looked up, not created, so no customer of it is younger.';
comment on column public.stripe_customer_mapping.looked_up_to is 'How far the lookup of this generation has come: no customer of it is younger. The next lookup resumes here.';
comment on column public.stripe_customer_mapping.created_at is 'When a customer was first claimed for the owner.';

revoke all on table public.stripe_customer_mapping from public, anon, authenticated, service_role;
grant select on table public.stripe_customer_mapping to authenticated;
grant select, insert, update, delete on table public.stripe_customer_mapping to service_role;

alter table public.stripe_customer_mapping enable row level security;

create policy "Users may read their own mapping"
  on public.stripe_customer_mapping for select to authenticated
  using (clerk_user_id = (select public.clerk_user_id()));

-- Every member, because stripe_organization_customer_id() runs as the caller.
create policy "Members may read the mapping of their active organization"
  on public.stripe_customer_mapping for select to authenticated
  using (clerk_organization_id = (select public.clerk_organization_id()));


create function public.stripe_customer_id()
  returns text
  language plpgsql stable set search_path = ''
as $$
begin
  return (
    select mapping.stripe_customer_id
    from public.stripe_customer_mapping as mapping
    where mapping.clerk_user_id = public.clerk_user_id()
  );
end
$$;

comment on function public.stripe_customer_id is
  'The Stripe customer of the signed-in user, for policies: customer = (select stripe_customer_id()).';


create function public.stripe_organization_customer_id()
  returns text
  language plpgsql stable set search_path = ''
as $$
begin
  return (
    select mapping.stripe_customer_id
    from public.stripe_customer_mapping as mapping
    where mapping.clerk_organization_id = public.clerk_organization_id()
  );
end
$$;

comment on function public.stripe_organization_customer_id is
  'The Stripe customer of the signed-in user''s active organization, for policies: customer = (select stripe_organization_customer_id()).';


revoke all on function public.stripe_customer_id, public.stripe_organization_customer_id from public, anon, authenticated;
grant execute on function public.stripe_customer_id, public.stripe_organization_customer_id to authenticated, service_role;
