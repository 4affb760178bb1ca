-- The version of the catalog: a number that grows with each transaction that changes a product or a price. A page that was
-- read under this version or a later one is current.
--
-- The version is a sum of rows, because a row becomes visible when its transaction commits, together with the change. A
-- sequence would move before the commit, and a counter in one row would make every recording wait for the one before.

create table billing.catalog_changes (
  id      uuid   primary key default gen_random_uuid(),
  changes bigint not null default 1
);

comment on table billing.catalog_changes is 'The changes of products and prices, for the version of the catalog. Some tens of rows: older ones are added up.';
comment on column billing.catalog_changes.id is 'Names the row, nothing else.';
comment on column billing.catalog_changes.changes is 'One for a statement that changed a product or a price; more for rows that were added up.';

revoke all on table billing.catalog_changes from public, anon, authenticated, service_role;
grant select, insert, update, delete on table billing.catalog_changes to service_role;

alter table billing.catalog_changes enable row level security;


create function billing.count_catalog_change()
  returns trigger
  language plpgsql set search_path = ''
as $$
begin
  -- A fill records the same objects again, which changes no page. One branch each: a statement without these tables has none.
  if tg_op = 'INSERT' then
    if not exists (select from written) then
      return null;
    end if;
  elsif tg_op = 'UPDATE' then
    -- Linear whatever the plan, which is made once a session: a join may be planned for few rows and meet many.
    if not exists (select written.data from written except select replaced.data from replaced) then
      return null;
    end if;
  end if;

  insert into billing.catalog_changes default values;

  -- Rows that another transaction is adding up are skipped, so that no recording waits.
  if (select count(*) from billing.catalog_changes) > 50 then
    with added as (
      delete from billing.catalog_changes as change
      where change.id = any (array(select known.id from billing.catalog_changes as known for update skip locked))
      returning change.changes
    )
    insert into billing.catalog_changes (changes) select sum(added.changes) from added;
  end if;
  return null;
end
$$;

comment on function billing.count_catalog_change is
  'Adds to the version of the catalog. A trigger on products and prices, once a statement.';

create trigger count_inserts after insert on public.stripe_products
  referencing new table as written
  for each statement execute function billing.count_catalog_change();
create trigger count_updates after update on public.stripe_products
  referencing new table as written old table as replaced
  for each statement execute function billing.count_catalog_change();
create trigger count_deletions after delete or truncate on public.stripe_products
  for each statement execute function billing.count_catalog_change();

create trigger count_inserts after insert on public.stripe_prices
  referencing new table as written
  for each statement execute function billing.count_catalog_change();
create trigger count_updates after update on public.stripe_prices
  referencing new table as written old table as replaced
  for each statement execute function billing.count_catalog_change();
create trigger count_deletions after delete or truncate on public.stripe_prices
  for each statement execute function billing.count_catalog_change();


create function billing.catalog_version()
  returns bigint
  language plpgsql stable set search_path = ''
as $$
begin
  return (
    select coalesce(sum(change.changes), 0)::bigint from billing.catalog_changes as change
  );
end
$$;

comment on function billing.catalog_version is
  'The version of the catalog. Read it before the rows: a page that was read after it is at least as new.';


create function billing.catalog_state()
  returns text
  language plpgsql stable set search_path = ''
as $$
declare
  fill record;
begin
  select known.completed_at, greatest(known.due_at, job.lease_until) as claimable_at into fill
  from billing.catalog_fill as known
  left join billing.jobs as job on job.name = 'catalog_fill';

  return case
    when fill.completed_at is null then 'empty'
    when fill.claimable_at <= now() then 'due'
    else 'fresh'
  end;
end
$$;

comment on function billing.catalog_state is 'empty (fill first), due (serve, and fill) or fresh.';


create type public.catalog_version as (
  version bigint,
  catalog text
);

comment on type public.catalog_version is 'The version of the catalog and its state.';
comment on column public.catalog_version.version is 'Grows with each change of a product or a price, also across a switch of the deployment.';
comment on column public.catalog_version.catalog is 'empty, due or fresh, see billing.catalog_state.';

create function public.read_catalog_version(stripe_key text)
  returns public.catalog_version
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(stripe_key);
  return (billing.catalog_version(), billing.catalog_state())::public.catalog_version;
end
$$;

comment on function public.read_catalog_version is
  'The version of the catalog, far cheaper than a page: a page in memory with this version or a later one is current.';


revoke all on function billing.count_catalog_change from public, anon, authenticated, service_role;
revoke all on function billing.catalog_version, billing.catalog_state, public.read_catalog_version
  from public, anon, authenticated;
grant execute on function billing.catalog_version, billing.catalog_state, public.read_catalog_version to service_role;
