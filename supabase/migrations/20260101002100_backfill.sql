-- The backfill: records everything that Stripe has, one kind after the other in the order of billing.mirrored_kinds.
--
-- A job, see jobs.sql. Pages are recorded under the run id, so whatever was recorded since the claim is kept.

create table billing.backfill (
  singleton    boolean     primary key default true constraint backfill_has_one_row check (singleton),
  kind         text,
  mapped_to    text,
  started_at   timestamptz,
  completed_at timestamptz,
  counts       jsonb       not null default '{}'
);

comment on table billing.backfill is 'How far the last backfill has come. One row, written by the first claim.';
comment on column billing.backfill.singleton is 'Limits the table to one row.';
comment on column billing.backfill.kind is 'The kind that is being listed; null before the first claim and after completion.';
comment on column billing.backfill.mapped_to is 'The last customer whose owner''s mapping was rebuilt, while mappings are being rebuilt.';
comment on column billing.backfill.started_at is 'When it began.';
comment on column billing.backfill.completed_at is 'When everything was listed to the end.';
comment on column billing.backfill.counts is 'How many objects of each kind were recorded.';

revoke all on table billing.backfill from public, anon, authenticated, service_role;
grant select, insert, update, delete on table billing.backfill to service_role;

alter table billing.backfill enable row level security;


create function billing.kind_after(kind text)
  returns text
  language sql stable set search_path = ''
as $$
  select next.kind
  from billing.mirrored_kinds as next
  where next.position > coalesce(
    (select this.position from billing.mirrored_kinds as this where this.kind = kind_after.kind), 0
  )
  order by next.position
  limit 1
$$;

comment on function billing.kind_after is 'The kind that a backfill lists after this one; the first after null; null after the last.';


create function billing.backfill_new_kind()
  returns trigger
  language plpgsql set search_path = ''
as $$
begin
  update billing.backfill set kind = new.kind, completed_at = null where completed_at is not null;
  return null;
end
$$;

comment on function billing.backfill_new_kind is 'A completed backfill continues with a kind that is added later.';

create trigger backfill_new_kind
  after insert on billing.mirrored_kinds
  for each row execute function billing.backfill_new_kind();


create type public.backfill_claim as (
  run_id      bigint,
  kind        text,
  page_cursor text,
  counts      json,
  completed   boolean
);

comment on type public.backfill_claim is 'A run id and where to resume, or completed; neither while another run has the lease.';
comment on column public.backfill_claim.run_id is 'An argument of every page, which is recorded under it; null if there is nothing to do or another run has the lease.';
comment on column public.backfill_claim.kind is 'The kind to list, as Stripe names it.';
comment on column public.backfill_claim.page_cursor is 'Where to resume, in the worker''s own format; null to begin.';
comment on column public.backfill_claim.counts is 'How many objects of each kind were recorded so far.';
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

  if backfill.kind is null or coalesce(restart, false) then
    job.cursor := null;
    update billing.backfill as first
    set kind = billing.kind_after(null), mapped_to = null, started_at = now(), completed_at = null, counts = '{}'
    where first.singleton
    returning * into backfill;
  end if;

  claim.run_id := billing.claim_job('backfill', interval '2 minutes', job.cursor);
  claim.kind := backfill.kind;
  claim.page_cursor := job.cursor;
  claim.counts := backfill.counts;
  return claim;
end
$$;

comment on function public.claim_backfill is
  'Begins a run of two minutes, if no other run has the lease and there is work: the first backfill, the rest of one, or with restart a new one.';


create type public.backfill_step as (
  kind        text,
  page_cursor text,
  completed   boolean
);

comment on type public.backfill_step is 'What comes next. All null: the run was overtaken, stop.';
comment on column public.backfill_step.kind is 'The kind to list; null once everything was listed.';
comment on column public.backfill_step.page_cursor is 'Where the next page begins, in the worker''s own format; null to begin.';
comment on column public.backfill_step.completed is 'Whether everything was listed.';

create function public.record_backfill_page(
  run_id   bigint,
  kind     text,
  objects  jsonb,
  stripe_key text,
  cursor   text default null
)
  returns public.backfill_step
  language plpgsql set search_path = ''
as $$
declare
  job      billing.jobs;
  backfill billing.backfill;
  step     public.backfill_step;
begin
  perform billing.require_deployment(stripe_key);

  job := billing.lock_run('backfill', run_id);
  if job.name is null then
    return step;
  end if;
  select * into strict backfill from billing.backfill;

  -- Otherwise this repeats a page that ended another kind.
  if backfill.kind = record_backfill_page.kind then
    -- Completion writes billing.reconcile. It is locked here, before the events that recording finishes, to avoid a
    -- deadlock: record_events_page locks in this order, and waits for a transaction that finishes an event it enters.
    if cursor is null and billing.kind_after(kind) is null then
      insert into billing.reconcile default values on conflict do nothing;
      perform from billing.reconcile for update;
    end if;

    perform public.record_objects(run_id, objects, stripe_key);

    if kind = 'customer' and cursor is null then
      backfill.mapped_to := billing.rebuild_mappings(backfill.mapped_to, 5000);
    end if;
    -- With more customers than one batch, the last page is listed again for the next batch.
    if cursor is not null or backfill.mapped_to is null then
      backfill.counts := backfill.counts || jsonb_build_object(
        kind, coalesce((backfill.counts ->> kind)::bigint, 0) + jsonb_array_length(objects)
      );
      job.cursor := cursor;
      if cursor is null then
        backfill.kind := billing.kind_after(kind);
      end if;
    end if;

    update billing.backfill as recorded
    set kind = backfill.kind, mapped_to = backfill.mapped_to, counts = backfill.counts
    where recorded.singleton;
  end if;

  if backfill.kind is null then
    perform billing.complete_backfill();
  else
    perform billing.extend_job('backfill', run_id, job.cursor);
  end if;
  step.kind := backfill.kind;
  step.page_cursor := job.cursor;
  step.completed := backfill.kind is null;
  return step;
end
$$;

comment on function public.record_backfill_page is
  'Records a page and the cursor of the next; a null cursor means that the kind was listed to its end. The last page of customers also rebuilds missing mappings from metadata.';


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


create function public.release_backfill(run_id bigint, stripe_key text)
  returns void
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(stripe_key);
  perform billing.release_job('backfill', run_id);
end
$$;

comment on function public.release_backfill is 'Ends a run before its lease ends, so that the next can begin.';


create function public.list_customers_after(stripe_key text, after text default null, batch_size integer default 20)
  returns json
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(stripe_key);
  if batch_size is null or batch_size not between 1 and 100 then
    raise exception 'Invalid batch size %: expected 1 to 100', batch_size using errcode = 'invalid_parameter_value';
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

comment on function public.list_customers_after is
  'The ids of living customers in order, for objects that Stripe lists by customer, such as entitlements.';


revoke all on function
  billing.kind_after, billing.backfill_new_kind, public.claim_backfill, public.record_backfill_page,
  billing.complete_backfill, public.release_backfill, public.list_customers_after
  from public, anon, authenticated;
grant execute on function
  billing.kind_after, public.claim_backfill, public.record_backfill_page, billing.complete_backfill,
  public.release_backfill, public.list_customers_after
  to service_role;
