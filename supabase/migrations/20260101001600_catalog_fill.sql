-- The catalog fill: lists all products and prices at Stripe, and fetches some of those that the list did not show: Stripe
-- lists no inline prices, so only a fetch tells that one is deleted.
--
-- A job, see jobs.sql. A fill may take several runs; the first run's ticket separates what the fill listed from the rest.

create table billing.catalog_fill (
  singleton    boolean     primary key default true constraint catalog_fill_has_one_row check (singleton),
  first_ticket bigint,
  kind         text,
  started_at   timestamptz,
  pages        integer     not null default 0,
  due_at       timestamptz not null default '-infinity',
  completed_at timestamptz
);

comment on table billing.catalog_fill is 'The state of the catalog. One row, written by the first claim.';
comment on column billing.catalog_fill.singleton is 'Limits the table to one row.';
comment on column billing.catalog_fill.first_ticket is 'The ticket of this fill''s first run: a row that still has a smaller one at the end was not listed. Null between two fills.';
comment on column billing.catalog_fill.kind is 'The kind that is being listed, as Stripe names it; the job''s cursor is the last id of it. Null between two fills.';
comment on column billing.catalog_fill.started_at is 'When this fill began; once complete, the catalog is as of this time.';
comment on column billing.catalog_fill.pages is 'How many pages this fill has recorded; each was a request to Stripe.';
comment on column billing.catalog_fill.due_at is 'When the next run may begin.';
comment on column billing.catalog_fill.completed_at is 'When everything was last listed to the end; null: never, so there is nothing to serve yet.';

revoke all on table billing.catalog_fill from public, anon, authenticated, service_role;
grant select, insert, update, delete on table billing.catalog_fill to service_role;

alter table billing.catalog_fill enable row level security;


create type public.catalog_fill_claim as (
  run_id bigint,
  kind   text,
  cursor text
);

comment on type public.catalog_fill_claim is 'A run id and where to resume.';
comment on column public.catalog_fill_claim.run_id is 'An argument of every step of the run, which records under it; null if no fill is due or another run has the lease.';
comment on column public.catalog_fill_claim.kind is 'The kind at which the previous run stopped; null to begin.';
comment on column public.catalog_fill_claim.cursor is 'The id after which the previous run stopped; null to begin with the kind.';

create function public.claim_catalog_fill(stripe_key text)
  returns public.catalog_fill_claim
  language plpgsql set search_path = ''
as $$
declare
  job   billing.jobs;
  fill  billing.catalog_fill;
  claim public.catalog_fill_claim;
begin
  perform billing.require_deployment(stripe_key);

  job := billing.lock_job('catalog_fill');
  insert into billing.catalog_fill default values on conflict do nothing;
  select * into strict fill from billing.catalog_fill;
  if greatest(fill.due_at, job.lease_until) > now() then
    return claim;
  end if;

  claim.run_id := billing.claim_job('catalog_fill', interval '30 seconds', job.cursor);
  claim.kind := fill.kind;
  claim.cursor := job.cursor;
  update billing.catalog_fill
  set first_ticket = coalesce(first_ticket, claim.run_id), started_at = coalesce(started_at, now())
  where singleton;
  return claim;
end
$$;

comment on function public.claim_catalog_fill is 'Begins a run of 30 seconds, if a fill is due and no other run has the lease.';


create function public.record_catalog_page(run_id bigint, objects jsonb, kind text, cursor text, stripe_key text)
  returns boolean
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(stripe_key);

  if not billing.extend_job('catalog_fill', run_id, cursor) then
    return false;
  end if;
  update billing.catalog_fill as fill set pages = fill.pages + 1, kind = record_catalog_page.kind where fill.singleton;

  perform public.record_objects(run_id, objects, stripe_key);
  return true;
end
$$;

comment on function public.record_catalog_page is
  'Records a page and where the next begins, and extends the lease. Returns false if the run was overtaken: stop.';


create function public.list_unlisted_catalog(run_id bigint, batch_size integer, stripe_key text)
  returns json
  language plpgsql set search_path = ''
as $$
declare
  fill billing.catalog_fill;
begin
  perform billing.require_deployment(stripe_key);

  if (billing.lock_run('catalog_fill', run_id)).name is null then
    return '[]';
  end if;
  select * into strict fill from billing.catalog_fill;

  return array_to_json(array(
    select json_build_object('object', unlisted.object, 'object_id', unlisted.id)
    from (values (true), (false)) as offered (active)
    cross join lateral (
      (
        select 'product' as object, product.id, product.ticket from public.stripe_products as product
        where coalesce(product.active, false) = offered.active and product.ticket < fill.first_ticket and not product.deleted
        order by product.ticket, product.id
        limit batch_size
      )
      union all
      (
        select 'price', price.id, price.ticket from public.stripe_prices as price
        where coalesce(price.active, false) = offered.active and price.ticket < fill.first_ticket and not price.deleted
        order by price.ticket, price.id
        limit batch_size
      )
    ) as unlisted
    order by offered.active desc, unlisted.ticket, unlisted.id
    limit batch_size
  ));
end
$$;

comment on function public.list_unlisted_catalog is
  'Living products and prices that this fill did not list, as [{object, object_id}]: active ones and the least recently recorded first. Fetch each: absence from a list does not tell that it is deleted.';


create function billing.do_events_come()
  returns boolean
  language plpgsql stable set search_path = ''
as $$
begin
  return exists (
    select from billing.reconcile as reconcile where to_timestamp(reconcile.polled_to) > now() - interval '1 hour'
  ) or exists (
    select from billing.webhook_events as event
    where event.outcome <> 'dead' and event.received_at > now() - interval '1 day'
  );
end
$$;

comment on function billing.do_events_come is
  'Whether changes at Stripe are recorded without a fill: Stripe''s list of events was read within the hour, or an event was processed that was received within a day.';


create function public.complete_catalog_fill(run_id bigint, refresh_seconds integer, stripe_key text)
  returns boolean
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(stripe_key);

  if (billing.lock_run('catalog_fill', run_id)).name is null then
    return false;
  end if;

  -- At most ten pages per refresh interval: a longer catalog causes no more requests and is refreshed less often. Where
  -- events come, a fill only repairs what they missed.
  update billing.catalog_fill
  set due_at = started_at + greatest(
        make_interval(secs => refresh_seconds) * greatest(1, pages / 10.0),
        case when billing.do_events_come() then interval '6 hours' end
      ),
      completed_at = now(), first_ticket = null, kind = null, started_at = null, pages = 0
  where singleton;
  perform billing.complete_job('catalog_fill');
  return true;
end
$$;

comment on function public.complete_catalog_fill is
  'Everything was listed: sets when the next fill is due, in six hours at the earliest where events come. Returns false if the run was overtaken.';


create function public.fail_catalog_fill(run_id bigint, retry_after integer, stripe_key text)
  returns void
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(stripe_key);

  if billing.release_job('catalog_fill', run_id) then
    update billing.catalog_fill set due_at = now() + make_interval(secs => retry_after) where singleton;
  end if;
end
$$;

comment on function public.fail_catalog_fill is 'Ends a run that failed: the next may resume after this many seconds.';


revoke all on function
  public.claim_catalog_fill, public.record_catalog_page, public.list_unlisted_catalog, billing.do_events_come, public.complete_catalog_fill,
  public.fail_catalog_fill
  from public, anon, authenticated;
grant execute on function
  public.claim_catalog_fill, public.record_catalog_page, public.list_unlisted_catalog, billing.do_events_come, public.complete_catalog_fill,
  public.fail_catalog_fill
  to service_role;
