-- The backfill: everything that Stripe has, kind after kind and page after page, one at a time.
--
-- Under a run_id, which is a ticket: what was looked at since is kept, and whoever was overtaken is told to stop by his
-- next page. Whoever comes later goes on from the last page.

create table billing.backfill (
  singleton    boolean     primary key default true constraint there_is_one_backfill check (singleton),
  run_id         bigint,
  lease_until  timestamptz not null default '-infinity',
  kind         text,
  cursor       text,
  mapped_to    text,
  started_at   timestamptz,
  completed_at timestamptz,
  counts       jsonb       not null default '{}'
);

comment on table billing.backfill is 'How far the last backfill came. One row, written by the first claim.';
comment on column billing.backfill.singleton is 'Holds the table to its one row.';
comment on column billing.backfill.run_id is 'Of whoever is at work, or was last; a ticket, and what the pages are recorded under.';
comment on column billing.backfill.lease_until is 'Until when he is believed to be at work; each page extends it.';
comment on column billing.backfill.kind is 'What is being listed; null before the first and once everything was.';
comment on column billing.backfill.cursor is 'Where to go on, in the caller''s own words; null to begin.';
comment on column billing.backfill.mapped_to is 'The last user whose mapping was rebuilt, while that goes on.';
comment on column billing.backfill.started_at is 'When it began.';
comment on column billing.backfill.completed_at is 'When everything had been listed to the end.';
comment on column billing.backfill.counts is 'How many objects of each kind were recorded.';

revoke all on table billing.backfill from public, anon, authenticated, service_role;
grant select, insert, update, delete on table billing.backfill to service_role;

alter table billing.backfill enable row level security;


create function billing.backfill_kinds()
  returns text[]
  language sql immutable set search_path = ''
as $$
  select array['customers', 'products', 'prices', 'subscriptions', 'invoices', 'entitlements']
$$;

comment on function billing.backfill_kinds is 'In this order: entitlements are asked for customer by customer.';


create type public.backfill_claim as (
  run_id        bigint,
  kind        text,
  page_cursor text,
  counts      json,
  completed   boolean,
  retry_after integer
);

comment on type public.backfill_claim is 'A run_id and where to go on; or completed; or the seconds until asking again makes sense.';
comment on column public.backfill_claim.run_id is 'Named by every page, and what it is recorded under; null for everybody else.';
comment on column public.backfill_claim.kind is 'What to list: customers, products, prices, subscriptions, invoices or entitlements.';
comment on column public.backfill_claim.page_cursor is 'Where to go on, in the caller''s own words; null to begin.';
comment on column public.backfill_claim.counts is 'How many objects of each kind were recorded so far.';
comment on column public.backfill_claim.completed is 'Whether everything was listed; only a restart begins anew.';
comment on column public.backfill_claim.retry_after is 'Seconds until asking again makes sense; null unless somebody is at it.';

create function public.claim_backfill(livemode boolean, restart boolean default false)
  returns public.backfill_claim
  language plpgsql set search_path = ''
as $$
declare
  backfill billing.backfill;
  claim    public.backfill_claim;
begin
  perform billing.require_deployment(livemode);

  insert into billing.backfill default values on conflict do nothing;
  select * into strict backfill from billing.backfill for update;
  claim.counts := backfill.counts;
  claim.completed := false;
  if backfill.lease_until > now() then
    claim.retry_after := ceil(extract(epoch from backfill.lease_until - now()));
    return claim;
  end if;
  if backfill.completed_at is not null and not coalesce(restart, false) then
    claim.completed := true;
    return claim;
  end if;

  claim.run_id := nextval('billing.tickets');
  update billing.backfill as going_on
  set run_id = claim.run_id, lease_until = now() + interval '2 minutes'
  where going_on.singleton;
  if backfill.kind is null or coalesce(restart, false) then
    update billing.backfill as anew
    set kind = (billing.backfill_kinds())[1], cursor = null, mapped_to = null,
        started_at = now(), completed_at = null, counts = '{}'
    where anew.singleton;
  end if;

  select going_on.kind, going_on.cursor, going_on.counts into claim.kind, claim.page_cursor, claim.counts
  from billing.backfill as going_on;
  return claim;
end
$$;

comment on function public.claim_backfill is
  'Makes the caller the one at work for two minutes, if nobody is and there is work: the rest of a backfill, the first one, or with restart a new one.';


create type public.backfill_step as (
  kind        text,
  page_cursor text,
  completed   boolean
);

comment on type public.backfill_step is 'What comes next; all null: somebody else has taken over, stop.';
comment on column public.backfill_step.kind is 'What to list; null once everything was.';
comment on column public.backfill_step.page_cursor is 'Where to go on, in the caller''s own words; null to begin.';
comment on column public.backfill_step.completed is 'Whether everything was listed.';

create function public.record_backfill_page(
  run_id     bigint,
  kind     text,
  objects  jsonb,
  livemode boolean,
  cursor   text default null
)
  returns public.backfill_step
  language plpgsql set search_path = ''
as $$
declare
  backfill billing.backfill;
  step     public.backfill_step;
  kinds    constant text[] := billing.backfill_kinds();
begin
  perform billing.require_deployment(livemode);

  update billing.backfill as claimed
  set lease_until = now() + interval '2 minutes'
  where claimed.run_id = record_backfill_page.run_id and claimed.completed_at is null
  returning * into backfill;
  if not found then
    return step;
  end if;

  -- Otherwise it is the repetition of a page that ended another kind.
  if backfill.kind = record_backfill_page.kind then
    -- What completing writes is locked before the events that recording finishes: record_events_page does it in that
    -- order, and waits for whoever is finishing an event that it enters.
    if cursor is null and kind = kinds[cardinality(kinds)] then
      insert into billing.reconcile default values on conflict do nothing;
      perform from billing.reconcile for update;
    end if;

    perform public.record_objects(run_id, objects, livemode);

    if kind = 'customers' and cursor is null then
      backfill.mapped_to := billing.rebuild_mappings(backfill.mapped_to, 10000);
    end if;
    -- So many users that they take another call, which lists the last page again.
    if cursor is not null or backfill.mapped_to is null then
      backfill.counts := backfill.counts || jsonb_build_object(
        kind, coalesce((backfill.counts ->> kind)::bigint, 0) + jsonb_array_length(objects)
      );
      backfill.cursor := cursor;
      if cursor is null then
        backfill.kind := kinds[array_position(kinds, kind) + 1];
      end if;
    end if;

    update billing.backfill as claimed
    set kind = backfill.kind, cursor = backfill.cursor, mapped_to = backfill.mapped_to, counts = backfill.counts
    where claimed.singleton;
  end if;

  if backfill.kind is null then
    perform billing.complete_backfill();
  end if;
  step.kind := backfill.kind;
  step.page_cursor := backfill.cursor;
  step.completed := backfill.kind is null;
  return step;
end
$$;

comment on function public.record_backfill_page is
  'Records a page and where to go on; a null cursor says that the kind was listed to its end. With the last customers the mappings that are missing are rebuilt from metadata.';


create function billing.complete_backfill()
  returns void
  language plpgsql set search_path = ''
as $$
declare
  began bigint;
begin
  update billing.backfill
  set completed_at = now(), lease_until = '-infinity'
  where singleton
  returning floor(extract(epoch from started_at)) into began;

  -- What was listed is as new as the events since: a window further back would bring nothing.
  update billing.reconcile
  set backfilled_from = began,
      polled_to = case
        when polled_to >= extract(epoch from now() - interval '29 days') then polled_to
        else began
      end
  where singleton;
end
$$;

comment on function billing.complete_backfill is 'Everything was listed: no backfill is due any more for what was missed before it began.';


create function public.release_backfill(run_id bigint, livemode boolean)
  returns void
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(livemode);

  update billing.backfill as claimed
  set lease_until = '-infinity'
  where claimed.run_id = release_backfill.run_id;
end
$$;

comment on function public.release_backfill is 'A stretch ends, so that the next need not wait for its lease.';


create function public.list_customers_after(livemode boolean, after text default null, batch_size integer default 20)
  returns json
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(livemode);
  if batch_size is null or batch_size not between 1 and 100 then
    raise exception 'A batch has 1 to 100 customers, not %', batch_size using errcode = 'invalid_parameter_value';
  end if;

  return array_to_json(array(
    select customer.id
    from public.stripe_customers as customer
    where customer.id > coalesce(list_customers_after.after, '') and not customer.deleted
    order by customer.id
    limit batch_size
  ));
end
$$;

comment on function public.list_customers_after is 'The ids of living customers, by id: whose entitlements a backfill asks for next.';


revoke all on function
  billing.backfill_kinds, public.claim_backfill, public.record_backfill_page, billing.complete_backfill,
  public.release_backfill, public.list_customers_after
  from public, anon, authenticated;
grant execute on function
  billing.backfill_kinds, public.claim_backfill, public.record_backfill_page, billing.complete_backfill,
  public.release_backfill, public.list_customers_after
  to service_role;
