-- The mapping: exactly one Stripe customer per Clerk user, whatever races, retries or crashes.
--
-- It remembers how far a user has come on the way to a customer; the functions of customer_claims.sql move it on.

create table public.stripe_customer_mapping (
  clerk_user_id      text        primary key
                                 constraint a_clerk_user_id check (clerk_user_id like 'user\_%'),
  stripe_customer_id text        constraint a_customer_belongs_to_one_user unique
                                 constraint a_stripe_customer_id check (stripe_customer_id like 'cus\_%'),
  generation         integer     not null default 1,
  claimed_at         timestamptz,
  lease_until        timestamptz,
  failed_at          timestamptz,
  created_at         timestamptz not null default now(),

  constraint nobody_is_at_a_known_customer
    check (stripe_customer_id is null or (lease_until is null and failed_at is null))
);

comment on table public.stripe_customer_mapping is 'Which Stripe customer a Clerk user is. Users read their own row; only the database''s functions write.';
comment on column public.stripe_customer_mapping.clerk_user_id is 'The `sub` of the user''s session token.';
comment on column public.stripe_customer_mapping.stripe_customer_id is 'Null until a customer is completed, and again once it is deleted at Stripe.';
comment on column public.stripe_customer_mapping.generation is 'Part of the idempotency key. A new one begins when the one before is known to have left no living customer.';
comment on column public.stripe_customer_mapping.claimed_at is 'When this generation was first claimed: no customer of it is older.';
comment on column public.stripe_customer_mapping.lease_until is 'Until when one caller may create or look. Everybody else waits.';
comment on column public.stripe_customer_mapping.failed_at is 'When the lease ends, or ended, of the last creation without an answer to trust: from then on this generation is looked for, not created, so no customer of it is younger.';
comment on column public.stripe_customer_mapping.created_at is 'When the user first asked for a customer.';

revoke all on table public.stripe_customer_mapping from public, anon, authenticated, service_role;
grant select on table public.stripe_customer_mapping to authenticated;
grant select, insert, update, delete on table public.stripe_customer_mapping to service_role;

alter table public.stripe_customer_mapping enable row level security;

create policy "Users may read their own mapping"
  on public.stripe_customer_mapping for select to authenticated
  using (clerk_user_id = (select public.clerk_user_id()));


create function public.stripe_customer_id()
  returns text
  language sql stable set search_path = ''
as $$
  select mapping.stripe_customer_id
  from public.stripe_customer_mapping as mapping
  where mapping.clerk_user_id = public.clerk_user_id()
$$;

comment on function public.stripe_customer_id is
  'The signed-in user''s Stripe customer, for policies: customer = (select stripe_customer_id()).';

revoke all on function public.stripe_customer_id from public, anon, authenticated;
grant execute on function public.stripe_customer_id to authenticated, service_role;
