-- The backfill: records everything that Stripe has, all kinds side by side, each in ranges of `created`.
--
-- A job, see jobs.sql. Pages are recorded under the run id, so whatever was recorded since the claim is kept.
--
-- Each kind begins as one range without bounds. A page may split its range: the older part becomes a range of its own,
-- which is listed at the same time. A range ends with at most one page that is not full, so n full pages and m ranges
-- are read with at most n + m requests. With at most one range more than full pages that is at most twice the fewest.

create table billing.backfill (
  singleton    boolean     primary key default true constraint backfill_has_one_row check (singleton),
  mapped_to    text,
  started_at   timestamptz,
  completed_at timestamptz,
  counts       jsonb       not null default '{}'
);

comment on table billing.backfill is 'The state of the last backfill. One row, written by the first claim.';
comment on column billing.backfill.singleton is 'Limits the table to one row.';
comment on column billing.backfill.mapped_to is 'The last customer whose owner''s mapping was rebuilt, while mappings are being rebuilt.';
comment on column billing.backfill.started_at is 'When it began.';
comment on column billing.backfill.completed_at is 'When everything was listed to the end.';
comment on column billing.backfill.counts is 'How many objects of each kind were listed.';

revoke all on table billing.backfill from public, anon, authenticated, service_role;
grant select, insert, update, delete on table billing.backfill to service_role;

alter table billing.backfill enable row level security;


create table billing.backfill_ranges (
  id           bigint  primary key generated always as identity,
  kind         text    not null,
  created_from bigint,
  created_to   bigint,
  page_cursor  text,
  listed_from  bigint,
  completed    boolean not null default false
);

comment on table billing.backfill_ranges is 'The lists that the last backfill reads, and how far it has come in each.';
comment on column billing.backfill_ranges.id is 'Ranges are listed in this order.';
comment on column billing.backfill_ranges.kind is 'The kind that is listed, as Stripe names it.';
comment on column billing.backfill_ranges.created_from is 'Objects created from this time, in Unix seconds; null: from the beginning.';
comment on column billing.backfill_ranges.created_to is 'Objects created before this time, in Unix seconds; null: until now.';
comment on column billing.backfill_ranges.page_cursor is 'The id to list after; null to begin.';
comment on column billing.backfill_ranges.listed_from is 'What was created from this time on was listed, in Unix seconds; null before the first page, and where objects have no such time.';
comment on column billing.backfill_ranges.completed is 'Whether it was listed to its end.';

create index backfill_ranges_of_a_kind on billing.backfill_ranges (kind);
create index backfill_ranges_open on billing.backfill_ranges (id) where not completed;

revoke all on table billing.backfill_ranges from public, anon, authenticated, service_role;
grant select, insert, update, delete on table billing.backfill_ranges to service_role;

comment on sequence billing.backfill_ranges_id_seq is 'The ids of ranges.';
revoke all on sequence billing.backfill_ranges_id_seq from public, anon, authenticated, service_role;
grant usage, select on sequence billing.backfill_ranges_id_seq to service_role;

alter table billing.backfill_ranges enable row level security;


create function billing.backfill_new_kind()
  returns trigger
  language plpgsql set search_path = ''
as $$
begin
  update billing.backfill set completed_at = null where started_at is not null;
  if found then
    insert into billing.backfill_ranges (kind) values (new.kind);
  end if;
  return null;
end
$$;

comment on function billing.backfill_new_kind is 'A backfill that has begun continues with a kind that is added later, even if it was completed.';

create trigger backfill_new_kind
  after insert on billing.mirrored_kinds
  for each row execute function billing.backfill_new_kind();


create function billing.open_backfill_ranges()
  returns json
  language sql stable set search_path = ''
as $$
  select coalesce(json_agg(json_build_object(
    'id', open.id, 'kind', open.kind, 'created_from', open.created_from, 'created_to', open.created_to,
    'page_cursor', open.page_cursor,
    'listed', open.kind = 'customer' and backfill.mapped_to is not null
  ) order by open.id), '[]')
  from billing.backfill_ranges as open
  cross join billing.backfill as backfill
  where not open.completed
$$;

comment on function billing.open_backfill_ranges is
  'What is left to list. listed: everything was listed, and mappings are left to rebuild, with a page without objects.';


create type public.backfill_claim as (
  run_id    bigint,
  ranges    json,
  counts    json,
  completed boolean
);

comment on type public.backfill_claim is 'A run id and what to list, or completed; neither while another run has the lease.';
comment on column public.backfill_claim.run_id is 'An argument of every page, which is recorded under it; null if there is nothing to do or another run has the lease.';
comment on column public.backfill_claim.ranges is 'The ranges to list, each independently of the others.';
comment on column public.backfill_claim.counts is 'How many objects of each kind were listed so far.';
comment on column public.backfill_claim.completed is 'Whether everything was listed; only a restart lists it again.';

create function public.claim_backfill(stripe_key text, restart boolean default false)
  returns public.backfill_claim
  language plpgsql set search_path = ''
as $$
declare
  job      billing.jobs;
  backfill billing.backfill;
  claim    public.backfill_claim;
begin
  perform billing.require_deployment(stripe_key);

  job := billing.lock_job('backfill');
  insert into billing.backfill default values on conflict do nothing;
  select * into strict backfill from billing.backfill;
  claim.counts := backfill.counts;
  claim.completed := false;
  if job.lease_until > now() then
    return claim;
  end if;
  if backfill.completed_at is not null and not coalesce(restart, false) then
    claim.completed := true;
    return claim;
  end if;

  if backfill.started_at is null or coalesce(restart, false) then
    update billing.backfill as first
    set mapped_to = null, started_at = now(), completed_at = null, counts = '{}'
    where first.singleton
    returning * into backfill;
    delete from billing.backfill_ranges where true;
    insert into billing.backfill_ranges (kind)
    select known.kind from billing.mirrored_kinds as known order by known.position;
  end if;

  claim.run_id := billing.claim_job('backfill', interval '2 minutes', null);
  claim.ranges := billing.open_backfill_ranges();
  claim.counts := backfill.counts;
  return claim;
end
$$;

comment on function public.claim_backfill is
  'Begins a run of two minutes, if no other run has the lease and there is work: the first backfill, the rest of one, or with restart a new one.';


create type public.backfill_step as (
  ranges    json,
  completed boolean
);

comment on type public.backfill_step is 'What is left. All null: the run was overtaken, stop.';
comment on column public.backfill_step.ranges is 'The ranges that are not listed to their end, with the new ones.';
comment on column public.backfill_step.completed is 'Whether everything was listed.';

create function public.record_backfill_page(
  run_id     bigint,
  range_id   bigint,
  objects    jsonb,
  stripe_key text,
  cursor     text default null,
  split_at   bigint default null
)
  returns public.backfill_step
  language plpgsql set search_path = ''
as $$
declare
  job      billing.jobs;
  backfill billing.backfill;
  page_of  billing.backfill_ranges;
  step     public.backfill_step;
begin
  perform billing.require_deployment(stripe_key);

  job := billing.lock_run('backfill', run_id);
  if job.name is null then
    return step;
  end if;
  select * into strict backfill from billing.backfill;
  select * into page_of from billing.backfill_ranges as known where known.id = range_id and not known.completed;

  -- Otherwise this repeats a page that ended its range.
  if page_of.id is not null then
    -- Completion writes billing.reconcile. It is locked here, before the events that recording finishes, to avoid a
    -- deadlock: record_events_page locks in this order, and waits for a transaction that finishes an event it enters.
    if cursor is null and not exists (
      select from billing.backfill_ranges as other where not other.completed and other.id <> range_id
    ) then
      insert into billing.reconcile default values on conflict do nothing;
      perform from billing.reconcile for update;
    end if;

    perform public.record_objects(run_id, objects, stripe_key);
    backfill.counts := backfill.counts || jsonb_build_object(
      page_of.kind, coalesce((backfill.counts ->> page_of.kind)::bigint, 0) + jsonb_array_length(objects)
    );

    page_of.page_cursor := cursor;
    page_of.completed := cursor is null;
    page_of.listed_from := coalesce((objects -> -1 ->> 'created')::bigint, page_of.listed_from);
    if page_of.completed and page_of.kind = 'customer' and not exists (
      select from billing.backfill_ranges as other
      where other.kind = 'customer' and not other.completed and other.id <> range_id
    ) then
      backfill.mapped_to := billing.rebuild_mappings(backfill.mapped_to, 5000);
      page_of.completed := backfill.mapped_to is null;
    end if;
    if billing.may_split(page_of, split_at, (backfill.counts ->> page_of.kind)::bigint) then
      insert into billing.backfill_ranges (kind, created_from, created_to)
      values (page_of.kind, page_of.created_from, split_at);
      page_of.created_from := split_at;
    end if;

    update billing.backfill_ranges as known
    set created_from = page_of.created_from,
        page_cursor = page_of.page_cursor,
        listed_from = page_of.listed_from,
        completed = page_of.completed
    where known.id = range_id;
    update billing.backfill as recorded
    set mapped_to = backfill.mapped_to, counts = backfill.counts
    where recorded.singleton;
  end if;

  step.ranges := billing.open_backfill_ranges();
  step.completed := not exists (select from billing.backfill_ranges as open where not open.completed);
  if step.completed then
    perform billing.complete_backfill();
  else
    perform billing.extend_job('backfill', run_id, null);
  end if;
  return step;
end
$$;

comment on function public.record_backfill_page is
  'Records a page of a range and the cursor of the next; a null cursor means that the range was listed to its end. What was created before split_at becomes a range of its own, where that costs few requests. The last page of customers also rebuilds missing mappings from metadata.';


-- Eight lists of a kind at 300 ms a page are 25 reads a second, Stripe's limit for an endpoint.
create function billing.may_split(page_of billing.backfill_ranges, split_at bigint, recorded bigint)
  returns boolean
  language sql stable set search_path = ''
as $$
  select split_at is not null
    and page_of.page_cursor is not null
    and (page_of.created_from is null or split_at > page_of.created_from)
    and (page_of.created_to is null or split_at < page_of.created_to)
    and count(*) <= recorded / 100
    and count(*) filter (where not known.completed) < 8
  from billing.backfill_ranges as known
  where known.kind = page_of.kind
$$;

comment on function billing.may_split is
  'Whether a range may be split, with so many objects of its kind recorded: the requests stay within twice the fewest, and few lists are read at the same time.';


create function billing.complete_backfill()
  returns void
  language plpgsql set search_path = ''
as $$
declare
  began bigint;
begin
  update billing.backfill
  set completed_at = now()
  where singleton
  returning floor(extract(epoch from started_at)) into began;
  perform billing.complete_job('backfill');

  -- The backfill includes every change before it began, so an older window adds nothing.
  update billing.reconcile
  set backfilled_from = began,
      polled_to = case
        when polled_to >= extract(epoch from now() - interval '29 days') then polled_to
        else began
      end
  where singleton;
end
$$;

comment on function billing.complete_backfill is 'Everything was listed: what was missed before the backfill began is repaired.';


-- Stripe's lists have no total, and begin with the newest object. The oldest object of the lists that were read to their
-- end is taken for the beginning of the account.
create function billing.backfill_share()
  returns double precision
  language sql stable set search_path = ''
as $$
  with bounds as (
    select
      extract(epoch from backfill.started_at) as until,
      min(ended.listed_from) as beginning,
      min(backfill.mapped_to) as mapped_to
    from billing.backfill as backfill
    left join billing.backfill_ranges as ended on ended.completed and ended.created_from is null
    group by backfill.singleton
  ),
  open as (
    select
      known.kind,
      coalesce(known.listed_from, known.created_to) as place,
      coalesce(known.created_from, bounds.beginning) as ends
    from billing.backfill_ranges as known
    cross join bounds
    where not known.completed
      and coalesce(known.listed_from, known.created_to) is not null
      -- Everything was listed, and mappings are left to rebuild.
      and not (known.kind = 'customer' and bounds.mapped_to is not null)
  ),
  shares as (
    select
      bool_and(open.place > bounds.beginning and open.ends >= bounds.beginning) as is_known,
      1 - sum(greatest(open.place - open.ends, 0)) / nullif(min(bounds.until) - min(bounds.beginning), 0) as share
    from open
    cross join bounds
    group by open.kind
  )
  select case when bool_and(shares.is_known) then greatest(min(shares.share), 0) end from shares
$$;

comment on function billing.backfill_share is
  'The part of the time since the oldest object that the lists have passed, of the kind that is the furthest behind; null while no list was read to its end or an older object was found since, and when no list by time is left.';


create function public.release_backfill(run_id bigint, stripe_key text)
  returns double precision
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(stripe_key);
  perform billing.release_job('backfill', run_id);
  return billing.backfill_share();
end
$$;

comment on function public.release_backfill is
  'Ends a run before its lease ends, so that the next can begin. Returns how far the backfill is: see billing.backfill_share.';


create function public.list_subscribers_after(stripe_key text, after text default null, batch_size integer default 20)
  returns json
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(stripe_key);
  if batch_size is null or batch_size not between 1 and 100 then
    raise exception 'Invalid batch size %: expected 1 to 100', batch_size using errcode = 'invalid_parameter_value';
  end if;

  return array_to_json(billing.list_entitled_customers(after, batch_size));
end
$$;

comment on function public.list_subscribers_after is
  'The ids of customers in order, for objects that Stripe lists by customer, such as entitlements: those with a subscription that has not ended, and those whose mirrored entitlements are not empty.';


create function public.list_featured_products_after(stripe_key text, after text default null, batch_size integer default 20)
  returns json
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(stripe_key);
  if batch_size is null or batch_size not between 1 and 100 then
    raise exception 'Invalid batch size %: expected 1 to 100', batch_size using errcode = 'invalid_parameter_value';
  end if;

  return array_to_json(billing.list_featured_products(after, batch_size));
end
$$;

comment on function public.list_featured_products_after is
  'The ids of products in order, for objects that Stripe lists by product: see billing.list_featured_products.';


revoke all on function
  billing.backfill_new_kind, billing.open_backfill_ranges, public.claim_backfill, public.record_backfill_page,
  billing.may_split, billing.complete_backfill, billing.backfill_share, public.release_backfill,
  public.list_subscribers_after, public.list_featured_products_after
  from public, anon, authenticated;
grant execute on function
  billing.open_backfill_ranges, public.claim_backfill, public.record_backfill_page, billing.may_split,
  billing.complete_backfill, billing.backfill_share, public.release_backfill, public.list_subscribers_after,
  public.list_featured_products_after
  to service_role;
