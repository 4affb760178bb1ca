-- Drift detection: walks through Stripe's lists find what changed without an event.
--
-- A walk reads one list page by page, a hundred objects a read; a run of the reconcile reads some pages, the next resumes
-- at the cursor. A page is recorded under a ticket that was drawn before it was listed. What the mirror has and the list
-- does not show between two pages is fetched singly: absence from a list does not tell that an object is deleted.
--
-- Stripe allows a number of reads in 30 days (https://docs.stripe.com/rate-limits). drift_rate says how many of them
-- drift detection may use; they are spent evenly.

create table billing.drift_walks (
  kind             text        not null,
  scope            text        not null constraint scope_is_known check (scope in ('live', 'all', 'customer', 'product')),
  started_at       timestamptz not null default '-infinity',
  ticket           bigint      not null default 0,
  cursor           text,
  created_to       bigint,
  created_to_ids   text[]      not null default '{}',

  primary key (kind, scope)
);

comment on table billing.drift_walks is 'How far each walk has come. A row is written by the first claim.';
comment on column billing.drift_walks.kind is 'The kind, as Stripe names it.';
comment on column billing.drift_walks.scope is 'live: what Stripe lists as not ended; all: every object; customer and product: one read for each customer or product that may have something.';
comment on column billing.drift_walks.started_at is 'When the first page of the last walk was recorded; -infinity: the next begins at once.';
comment on column billing.drift_walks.ticket is 'Drawn by the last claim of a page.';
comment on column billing.drift_walks.cursor is 'The id after which the next page begins; null between two walks.';
comment on column billing.drift_walks.created_to is 'Where the last page ended, in Unix seconds: the next page has nothing newer. Null between two walks.';
comment on column billing.drift_walks.created_to_ids is 'The objects of that second that were listed already.';

create table billing.drift_reads (
  singleton      boolean     primary key default true constraint drift_reads_has_one_row check (singleton),
  reads          bigint      not null default 0,
  credit         numeric     not null default 4,
  credited_at    timestamptz not null default now(),
  reads_per_hour numeric     not null default 0,
  rate_set_at    timestamptz not null default '-infinity'
);

comment on table billing.drift_reads is 'The reads that drift detection may make now. One row, written by the first claim.';
comment on column billing.drift_reads.singleton is 'Limits the table to one row.';
comment on column billing.drift_reads.reads is 'How many pages were claimed: every fourth is not for a live walk, if another is due.';
comment on column billing.drift_reads.credit is 'Reads that may be made at once.';
comment on column billing.drift_reads.credited_at is 'Up to when reads were credited.';
comment on column billing.drift_reads.reads_per_hour is 'The rate, see drift_rate.';
comment on column billing.drift_reads.rate_set_at is 'When the rate was computed; once an hour.';

revoke all on table billing.drift_walks, billing.drift_reads from public, anon, authenticated, service_role;
grant select, insert, update, delete on table billing.drift_walks, billing.drift_reads to service_role;

alter table billing.drift_walks enable row level security;
alter table billing.drift_reads enable row level security;


create function billing.drift_rate()
  returns numeric
  language sql stable set search_path = ''
as $$
  select greatest(360, least(allowance.allowed / 3.0, 9000 + 20 * greatest(0, live.subscriptions - 1000)) - 3420) / 720
  from billing.read_allowance() as allowance
  cross join (
    select count(*) as subscriptions
    from public.stripe_subscriptions as subscription
    where subscription.status not in ('canceled', 'incomplete_expired')
  ) as live
$$;

comment on function billing.drift_rate is
  'Reads an hour for drift detection. All scheduled work stays below a third of the allowance and below 9,000 reads in 30 days, and 20 more for each live subscription beyond a thousand; events and the catalog take 3,420 of them; at least 360 are left.';


create type public.drift_claim as (
  kind        text,
  scope       text,
  ticket      bigint,
  page_cursor text,
  ids         text[]
);

comment on type public.drift_claim is 'The page to read next; all null: nothing is due, the reads are used up, or the run was overtaken.';
comment on column public.drift_claim.kind is 'The kind, as Stripe names it.';
comment on column public.drift_claim.scope is 'live, all, customer or product: see billing.drift_walks.';
comment on column public.drift_claim.ticket is 'An argument of record_drift_page, which records the page under it.';
comment on column public.drift_claim.page_cursor is 'The id to list after; null to begin.';
comment on column public.drift_claim.ids is 'For the scopes customer and product: whose objects to fetch.';

create function public.claim_drift_page(run_id bigint, walks jsonb, stripe_key text)
  returns public.drift_claim
  language plpgsql set search_path = ''
as $$
declare
  reads billing.drift_reads;
  walk  billing.drift_walks;
  claim public.drift_claim;
begin
  perform billing.require_deployment(stripe_key);

  if (billing.lock_run('reconcile', run_id)).name is null then
    return claim;
  end if;
  insert into billing.drift_reads default values on conflict do nothing;
  update billing.drift_reads
  set reads_per_hour = billing.drift_rate(), rate_set_at = now()
  where singleton and rate_set_at < now() - interval '1 hour';
  -- Credit for at most ten minutes, so that a pause is not followed by a burst.
  update billing.drift_reads as known
  set credit = least(
        greatest(4, known.reads_per_hour / 6),
        known.credit + known.reads_per_hour * extract(epoch from now() - known.credited_at) / 3600
      ),
      credited_at = now()
  where known.singleton
  returning * into strict reads;
  if reads.credit < 1 then
    return claim;
  end if;

  insert into billing.drift_walks (kind, scope)
  select known.kind, known.scope from jsonb_to_recordset(walks) as known (kind text, scope text)
  on conflict do nothing;
  update billing.drift_walks as claimed
  set ticket = nextval('billing.tickets')
  from (
    select due.kind, due.scope
    from billing.drift_walks as due
    join jsonb_to_recordset(walks) as known (kind text, scope text) on known.kind = due.kind and known.scope = due.scope
    where due.cursor is not null
      or due.started_at < now() - case due.scope when 'live' then interval '50 minutes' else interval '1 day' end
    order by (due.scope = 'live') = (reads.reads % 4 <> 3) desc, due.ticket, due.kind
    limit 1
  ) as next
  where claimed.kind = next.kind and claimed.scope = next.scope
  returning claimed.* into walk;
  if walk.kind is null then
    return claim;
  end if;

  claim.kind := walk.kind;
  claim.scope := walk.scope;
  claim.ticket := walk.ticket;
  claim.page_cursor := walk.cursor;
  if walk.scope = 'customer' then
    claim.ids := billing.list_entitled_customers(walk.cursor, least(5, floor(reads.credit)::integer));
  elsif walk.scope = 'product' then
    claim.ids := billing.list_featured_products(walk.cursor, least(5, floor(reads.credit)::integer));
  end if;
  update billing.drift_reads as known
  set reads = known.reads + 1, credit = known.credit - coalesce(cardinality(claim.ids), 1)
  where known.singleton;
  return claim;
end
$$;

comment on function public.claim_drift_page is
  'Draws a ticket for the next page of the walks that are due, as [{kind, scope}]: live ones first, each at most once an hour, the others once a day. Counts the reads before they are made.';


create type public.drift_page as (
  drifted integer,
  singles json
);

comment on type public.drift_page is 'The result of a page; all null: the run was overtaken, stop.';
comment on column public.drift_page.drifted is 'How many objects of the page had drifted.';
comment on column public.drift_page.singles is 'What to fetch singly, as [{object, object_id}].';

create function public.record_drift_page(
  run_id     bigint,
  kind       text,
  scope      text,
  ticket     bigint,
  objects    jsonb,
  unstable   text[],
  stripe_key text,
  cursor     text default null,
  oldest     bigint default null,
  cut        text[] default '{}',
  cut_field  text default null
)
  returns public.drift_page
  language plpgsql set search_path = ''
as $$
declare
  walk       billing.drift_walks;
  listed     text[];
  changed    jsonb;
  incomplete text[];
  page       public.drift_page;
begin
  perform billing.require_deployment(stripe_key);
  if objects is null or unstable is null then
    raise exception 'Missing objects: pass an array of Stripe objects, and the unstable fields' using errcode = 'invalid_parameter_value';
  end if;

  if (billing.lock_run('reconcile', run_id)).name is null then
    return page;
  end if;
  select * into walk
  from billing.drift_walks as known
  where known.kind = record_drift_page.kind and known.scope = record_drift_page.scope and known.ticket = record_drift_page.ticket
  for update;
  if walk.kind is null then
    return page;
  end if;

  -- One statement, so that a change and its event are both visible or both invisible.
  with found as (
    select distinct on (id) element.object ->> 'id' as id, element.object, (element.object ->> 'id') = any (cut) as is_cut
    from jsonb_array_elements(objects) with ordinality as element (object, place)
    where billing.is_mirrored(element.object)
    order by id, element.place desc
  ),
  compared as (
    select found.id, found.object, found.is_cut, held.ticket as held_ticket, held.fetched_at,
      case
        when held.id is not null then billing.changed_fields(held.data, found.object, unstable, case when found.is_cut then cut_field end)
        -- Before the first backfill the mirror is not meant to have everything.
        when exists (select from billing.backfill where backfill.completed_at is not null) then '{id}'
        else '{}'
      end as fields,
      exists (
        select from billing.webhook_events as event
        where event.object_id = found.id and event.object = record_drift_page.kind and event.processed_at is null
      ) as is_pending
    from found
    left join billing.mirror as held on held.object = record_drift_page.kind and held.id = found.id
  ),
  reported as (
    insert into billing.drift (object, object_id, fields)
    select record_drift_page.kind, compared.id, compared.fields
    from compared
    where compared.fields <> '{}' and not compared.is_pending and not compared.is_cut
      and (compared.held_ticket < record_drift_page.ticket) is not false
    returning 1
  )
  select
    (select count(*) from reported),
    array_agg(compared.id),
    -- What is unchanged is written once a day, so that fetched_at says so.
    jsonb_agg(compared.object) filter (
      where not compared.is_cut
        and (compared.held_ticket is null or compared.fields <> '{}' or compared.is_pending or compared.fetched_at < now() - interval '1 day')
    ),
    array_agg(compared.id) filter (where compared.is_cut and (compared.held_ticket is null or compared.fields <> '{}'))
  into page.drifted, listed, changed, incomplete
  from compared;

  page.singles := billing.list_drift_singles(walk, ticket, listed, incomplete, cut, case when cursor is not null then oldest end);
  update billing.drift_reads as known set credit = known.credit - json_array_length(page.singles) where known.singleton;
  if changed is not null then
    perform public.record_objects(ticket, changed, stripe_key);
  end if;

  update billing.drift_walks as known
  set started_at = case when known.cursor is null then now() else known.started_at end,
      cursor = record_drift_page.cursor,
      created_to = case when record_drift_page.cursor is not null then oldest end,
      created_to_ids = array(
        select last.object ->> 'id'
        from jsonb_array_elements(objects) as last (object)
        where record_drift_page.cursor is not null and (last.object ->> 'created')::bigint = oldest
        union
        select unnest(known.created_to_ids) where record_drift_page.cursor is not null and known.created_to = oldest
      )
  where known.kind = walk.kind and known.scope = walk.scope;
  return page;
end
$$;

comment on function public.record_drift_page is
  'Compares a page with the mirror, reports and records what differs, and sets the cursor; a null cursor means that the list was read to its end. Objects whose ids are in cut lack a part of cut_field, and are recorded by a fetch of their own. Oldest: when the last object was created.';


create function billing.list_drift_singles(
  walk       billing.drift_walks,
  ticket     bigint,
  listed     text[],
  incomplete text[],
  cut        text[],
  oldest     bigint
)
  returns json
  language plpgsql set search_path = ''
as $$
declare
  singles    json;
  batch_size integer := (select least(20, greatest(1, floor(known.credit)))::integer from billing.drift_reads as known);
  -- The part of the mirror that the page covers.
  newest     bigint := coalesce(walk.created_to, 9223372036854775807);
  beyond     bigint := coalesce(list_drift_singles.oldest, -1);
  seen       text[] := coalesce(listed, '{}') || walk.created_to_ids;
  unlisted   text[];
begin
  if walk.scope in ('customer', 'product') then
    return '[]';
  end if;

  if walk.scope = 'live' then
    unlisted := array(
      select held.id
      from public.stripe_subscriptions as held
      where held.created <= newest and held.created > beyond
        and held.status not in ('canceled', 'incomplete_expired')
        and held.ticket < list_drift_singles.ticket and held.id <> all (seen)
      order by held.ticket
      limit batch_size
    );
  else
    unlisted := array(
      select held.id
      from billing.mirror as held
      where held.object = walk.kind
        and held.created <= newest and held.created > beyond
        and not held.deleted and held.ticket < list_drift_singles.ticket and held.id <> all (seen)
      order by held.ticket
      limit batch_size
    );
  end if;

  select coalesce(json_agg(json_build_object('object', walk.kind, 'object_id', chosen.id)), '[]') into singles
  from (
    select candidate.id
    from (
      select unnest(incomplete) as id, true as is_changed
      union all
      select unnest(unlisted), false
      union all
      -- What the list cuts off may have changed unseen.
      select held.id, false
      from billing.mirror as held
      where held.object = walk.kind and held.id = any (cut) and held.id <> all (coalesce(incomplete, '{}'))
        and held.fetched_at < now() - interval '1 day'
    ) as candidate
    left join billing.mirror as held on held.object = walk.kind and held.id = candidate.id
    order by candidate.is_changed desc, held.ticket, candidate.id
    limit batch_size
  ) as chosen;
  return singles;
end
$$;

comment on function billing.list_drift_singles is
  'Of a page''s part of the list: objects that are cut and changed, then living ones that the list does not show or shows in part, the least recently recorded first. As many as the credit allows, at most twenty.';


create function public.stop_drift_walk(run_id bigint, kind text, scope text, restart boolean, stripe_key text)
  returns void
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(stripe_key);

  if (billing.lock_run('reconcile', run_id)).name is not null then
    update billing.drift_walks as walk
    set started_at = case when restart then '-infinity' else now() end, cursor = null, created_to = null, created_to_ids = '{}'
    where walk.kind = stop_drift_walk.kind and walk.scope = stop_drift_walk.scope;
  end if;
end
$$;

comment on function public.stop_drift_walk is
  'Ends a walk that cannot go on. Restart: the next begins at once, otherwise when it is due again.';


revoke all on function
  billing.drift_rate, billing.list_drift_singles,
  public.claim_drift_page, public.record_drift_page, public.stop_drift_walk
  from public, anon, authenticated;
grant execute on function
  billing.drift_rate, billing.list_drift_singles,
  public.claim_drift_page, public.record_drift_page, public.stop_drift_walk
  to service_role;
