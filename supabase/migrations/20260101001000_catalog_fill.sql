-- The catalog's fill: one filler at a time lists everything at Stripe, and what it no longer finds is gone.
--
-- A filler claims, records page after page and completes. If it stops, the next claim goes on from its last page. Each
-- claim draws a ticket, which is also its run_id: a filler that was overtaken is told to stop by its next page.

create table billing.catalog_fill (
  singleton    boolean     primary key default true constraint there_is_one_fill check (singleton),
  ticket       bigint,
  first_ticket bigint,
  started_at   timestamptz,
  cursor       text,
  pages        integer     not null default 0,
  lease_until  timestamptz not null default '-infinity',
  due_at       timestamptz not null default '-infinity',
  completed_at timestamptz
);

comment on table billing.catalog_fill is 'How the catalog stands. One row, written by the first claim.';
comment on column billing.catalog_fill.singleton is 'Holds the table to its one row.';
comment on column billing.catalog_fill.ticket is 'Of the filler at work, or of the one that stopped half-way; null between two fills.';
comment on column billing.catalog_fill.first_ticket is 'Of this fill''s first filler: whatever still carries a smaller one in the end was not listed.';
comment on column billing.catalog_fill.started_at is 'When this fill began: once complete, the catalog is as of then.';
comment on column billing.catalog_fill.cursor is 'Where to go on, in the filler''s own words; null to begin.';
comment on column billing.catalog_fill.pages is 'How many this fill has recorded: each was a call to Stripe.';
comment on column billing.catalog_fill.lease_until is 'Until when the filler is believed to be at work; each page extends it.';
comment on column billing.catalog_fill.due_at is 'When the next filler may begin.';
comment on column billing.catalog_fill.completed_at is 'When everything was last listed to the end. Null: never, so nothing can be served yet.';

revoke all on table billing.catalog_fill from public, anon, authenticated, service_role;
grant select, insert, update, delete on table billing.catalog_fill to service_role;

alter table billing.catalog_fill enable row level security;


create type public.catalog_fill_claim as (
  ticket      bigint,
  cursor      text,
  retry_after integer
);

comment on type public.catalog_fill_claim is 'A ticket and where to go on; or null and the seconds until asking again makes sense.';
comment on column public.catalog_fill_claim.ticket is 'The filler''s run_id, and what its pages are recorded under; null for everybody else.';
comment on column public.catalog_fill_claim.cursor is 'Where the filler before stopped, in its own words; null to begin.';
comment on column public.catalog_fill_claim.retry_after is 'Seconds until asking again makes sense; null for the filler.';

create function public.claim_catalog_fill(livemode boolean)
  returns public.catalog_fill_claim
  language plpgsql set search_path = ''
as $$
declare
  fill  billing.catalog_fill;
  claim public.catalog_fill_claim;
begin
  perform billing.require_deployment(livemode);

  insert into billing.catalog_fill default values on conflict do nothing;
  select * into strict fill from billing.catalog_fill for update;
  if greatest(fill.due_at, fill.lease_until) > now() then
    claim.retry_after := ceil(extract(epoch from greatest(fill.due_at, fill.lease_until) - now()));
    return claim;
  end if;

  claim.ticket := nextval('billing.tickets');
  claim.cursor := fill.cursor;
  update billing.catalog_fill
  set ticket = claim.ticket,
      first_ticket = coalesce(first_ticket, claim.ticket),
      started_at = coalesce(started_at, now()),
      lease_until = now() + interval '30 seconds'
  where singleton;
  return claim;
end
$$;

comment on function public.claim_catalog_fill is 'Makes the caller the filler for 30 seconds, if a fill is due and nobody is at it.';


create function public.record_catalog_page(ticket bigint, objects jsonb, cursor text, livemode boolean)
  returns boolean
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(livemode);

  update billing.catalog_fill as fill
  set cursor = record_catalog_page.cursor, pages = fill.pages + 1, lease_until = now() + interval '30 seconds'
  where fill.ticket = record_catalog_page.ticket;
  if not found then
    return false;
  end if;

  perform public.record_objects(ticket, objects, livemode);
  return true;
end
$$;

comment on function public.record_catalog_page is
  'Records a page and where to go on, and extends the lease. False: another filler has taken over, stop.';


create function public.complete_catalog_fill(ticket bigint, refresh_seconds integer, livemode boolean)
  returns boolean
  language plpgsql set search_path = ''
as $$
declare
  fill billing.catalog_fill;
begin
  perform billing.require_deployment(livemode);

  select * into fill
  from billing.catalog_fill as claimed
  where claimed.ticket = complete_catalog_fill.ticket
  for update;
  if not found then
    return false;
  end if;

  -- Under the first ticket, so that what anybody has looked at since is kept.
  perform public.record_objects(fill.first_ticket, (
    select coalesce(jsonb_agg(jsonb_build_object('id', gone.id, 'object', gone.object, 'deleted', true)), '[]')
    from (
      select product.id, 'product' as object from public.stripe_products as product
      where product.ticket < fill.first_ticket and not product.deleted
      union all
      select price.id, 'price' from public.stripe_prices as price
      where price.ticket < fill.first_ticket and not price.deleted
    ) as gone
  ), livemode);

  -- Ten pages a refresh: a long catalog costs Stripe no more calls than a short one and is fresh less often.
  update billing.catalog_fill
  set due_at = started_at + make_interval(secs => refresh_seconds) * greatest(1, pages / 10.0),
      completed_at = now(),
      ticket = null, first_ticket = null, started_at = null, cursor = null, pages = 0, lease_until = '-infinity'
  where singleton;
  return true;
end
$$;

comment on function public.complete_catalog_fill is
  'Everything was listed: leaves tombstones for the rest and sets when the next fill is due. False: another filler has taken over.';


create function public.fail_catalog_fill(ticket bigint, retry_after integer, livemode boolean)
  returns void
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(livemode);

  update billing.catalog_fill as fill
  set lease_until = '-infinity', due_at = now() + make_interval(secs => retry_after)
  where fill.ticket = fail_catalog_fill.ticket;
end
$$;

comment on function public.fail_catalog_fill is 'The filler stops: the next one may go on from its last page after so many seconds.';


revoke all on function
  public.claim_catalog_fill, public.record_catalog_page, public.complete_catalog_fill, public.fail_catalog_fill
  from public, anon, authenticated;
grant execute on function
  public.claim_catalog_fill, public.record_catalog_page, public.complete_catalog_fill, public.fail_catalog_fill
  to service_role;
