-- Changes of what customers have bought, for Supabase Realtime: a browser listens to its user's rows and then reads.
--
-- The mirrors themselves are not published: their primary key is a generated column, and PostgreSQL 18 refuses every
-- update of a published table whose replica identity is not published too.
-- https://www.postgresql.org/docs/18/sql-createpublication.html

create table public.stripe_changes (
  id         uuid        primary key default gen_random_uuid(),
  customer   text        not null,
  changed_at timestamptz not null default now()
);

comment on table public.stripe_changes is
  'One row a change of a customer''s subscriptions, entitlements or purchases, for an hour; only where Realtime publishes this table. Users read their own and those of their active organization; triggers write.';
comment on column public.stripe_changes.id is 'Of the change.';
comment on column public.stripe_changes.customer is 'The id of the customer.';
comment on column public.stripe_changes.changed_at is 'When the mirror was written.';

create index stripe_changes_by_age on public.stripe_changes (changed_at);

revoke all on table public.stripe_changes from public, anon, authenticated, service_role;
grant select on table public.stripe_changes to authenticated;
grant select, insert, update, delete on table public.stripe_changes to service_role;

alter table public.stripe_changes enable row level security;

create policy "Users may read their own changes"
  on public.stripe_changes for select to authenticated
  using (customer = (select public.stripe_customer_id()));

create policy "Members may read the changes of their active organization"
  on public.stripe_changes for select to authenticated
  using (customer = (select public.stripe_organization_customer_id()));


create function billing.changes_are_published()
  returns boolean
  language plpgsql stable set search_path = ''
as $$
begin
  return exists (
    select from pg_catalog.pg_publication as known
    where known.pubname = 'supabase_realtime'
      and (
        known.puballtables
        or exists (
          select from pg_catalog.pg_publication_rel as published
          where published.prpubid = known.oid and published.prrelid = 'public.stripe_changes'::regclass
        )
      )
  );
end
$$;

comment on function billing.changes_are_published is 'Whether Supabase Realtime publishes stripe_changes.';


create function billing.note_changes()
  returns trigger
  language plpgsql set search_path = ''
as $$
begin
  if not billing.changes_are_published() then
    return null;
  end if;

  -- Rows are added only, so that no call waits for another. What was fetched again unchanged is no change.
  if tg_op = 'INSERT' then
    insert into public.stripe_changes (customer)
    select distinct written.data ->> 'customer' from changed as written where written.data ->> 'customer' is not null;
  else
    insert into public.stripe_changes (customer)
    select distinct known.customer
    from changed as written
    join previous as replaced on replaced.id = written.id
    -- A tombstone has no customer.
    cross join lateral (select coalesce(written.data ->> 'customer', replaced.data ->> 'customer') as customer) as known
    where written.data is distinct from replaced.data and known.customer is not null;
  end if;
  return null;
end
$$;

comment on function billing.note_changes is 'Adds a row to stripe_changes for each customer whose row of a mirror has changed, where Realtime publishes that table.';

do $$
declare
  mirror text;
begin
  foreach mirror in array array['stripe_subscriptions', 'stripe_entitlements', 'stripe_checkout_sessions'] loop
    execute format('create trigger note_new_changes after insert on public.%I referencing new table as changed for each statement execute function billing.note_changes()', mirror);
    execute format('create trigger note_changes after update on public.%I referencing old table as previous new table as changed for each statement execute function billing.note_changes()', mirror);
  end loop;
end
$$;


create function billing.publish_changes()
  returns text
  language plpgsql set search_path = ''
as $$
begin
  if not exists (select from pg_catalog.pg_publication as known where known.pubname = 'supabase_realtime') then
    return 'missing: the publication supabase_realtime';
  end if;
  if not billing.changes_are_published() then
    alter publication supabase_realtime add table public.stripe_changes;
  end if;
  return 'published';
exception when insufficient_privilege then
  return 'refused: only the owner of the publication supabase_realtime may add public.stripe_changes';
end
$$;

comment on function billing.publish_changes is
  'Has Supabase Realtime publish stripe_changes, where it exists. Returns published, or why not. Run it again after Realtime was enabled.';

-- A trigger runs its function for every role.
revoke all on function billing.note_changes from public, anon, authenticated, service_role;
revoke all on function billing.publish_changes from public, anon, authenticated, service_role;
revoke all on function billing.changes_are_published from public, anon, authenticated;
grant execute on function billing.changes_are_published to service_role;

select billing.publish_changes();
