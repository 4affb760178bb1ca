-- The ledger of reads: how many GET requests were sent to Stripe, by day and purpose.
--
-- Stripe allows an account an average of 500 reads per transaction over 30 days, and at least 10,000 in 30 days:
-- https://docs.stripe.com/rate-limits#api-read-request-allocations. Scheduled work is to use at most a third.
--
-- The functions count where they send a request, and hand the counts over with record_objects or at the end of a run.

create table billing.stripe_reads (
  day     date   not null,
  purpose text   not null constraint purpose_is_known
    check (purpose in ('event', 'retry', 'customer', 'backfill', 'poll', 'catalog', 'drift', 'sync', 'checkout', 'portal', 'other')),
  shard   integer not null,
  reads   bigint not null,

  primary key (day, purpose, shard)
);

comment on table billing.stripe_reads is 'How many GET requests were sent to Stripe; kept for 60 days.';
comment on column billing.stripe_reads.day is 'By UTC.';
comment on column billing.stripe_reads.purpose is
  'event: a delivery. retry: an event that waited. customer: creation, lookup and refresh of a customer. backfill. Scheduled work is poll: the list of events, catalog: the catalog fill, drift: drift detection. sync: a buyer returns from a checkout. checkout: a checkout begins. portal: what an owner opens, changes or shows. other: anything else.';
comment on column billing.stripe_reads.shard is 'One of 16, so that simultaneous transactions seldom wait for each other.';
comment on column billing.stripe_reads.reads is 'How many, repetitions after a failure included.';

revoke all on table billing.stripe_reads from public, anon, authenticated, service_role;
grant select, insert, update, delete on table billing.stripe_reads to service_role;

alter table billing.stripe_reads enable row level security;


-- Locks rows of billing.stripe_reads, by purpose, as the last thing that a transaction does: so no deadlock.
create function billing.count_reads(reads jsonb)
  returns void
  language plpgsql set search_path = ''
as $$
declare
  today   constant date := (now() at time zone 'UTC')::date;
  part    constant integer := pg_catalog.pg_backend_pid() % 16;
  counted record;
begin
  for counted in
    select given.key as purpose, given.value::bigint as reads from jsonb_each_text(count_reads.reads) as given order by given.key
  loop
    -- Nearly every record counts, and an update of the row that is there costs half of an insert that conflicts with it.
    update billing.stripe_reads as known
    set reads = known.reads + counted.reads
    where known.day = today and known.purpose = counted.purpose and known.shard = part;
    if not found then
      insert into billing.stripe_reads as known (day, purpose, shard, reads)
      values (today, counted.purpose, part, counted.reads)
      on conflict (day, purpose, shard) do update set reads = known.reads + excluded.reads;
    end if;
  end loop;
end
$$;

comment on function billing.count_reads is 'Adds counts by purpose, such as {"event": 3}, to the reads of today.';


create function public.record_reads(reads jsonb, stripe_key text)
  returns void
  language plpgsql set search_path = ''
as $$
begin
  perform billing.require_deployment(stripe_key);
  if reads is null then
    raise exception 'Missing reads: pass counts by purpose' using errcode = 'invalid_parameter_value';
  end if;

  perform billing.count_reads(reads);
end
$$;

comment on function public.record_reads is 'Adds counts by purpose to the reads of today, at the end of a run.';


create index paid_stripe_invoices on public.stripe_invoices (((data #>> '{status_transitions,paid_at}')::bigint))
  where status = 'paid' and total > 0;

create function billing.read_allowance()
  returns table (allowed bigint, used bigint, scheduled bigint)
  language sql stable set search_path = ''
as $$
  select
    greatest(10000, 500 * (
      select count(*)
      from public.stripe_invoices as invoice
      where invoice.status = 'paid'
        and invoice.total > 0
        and (invoice.data #>> '{status_transitions,paid_at}')::bigint >= extract(epoch from now() - interval '30 days')::bigint
    )),
    coalesce(sum(known.reads), 0)::bigint,
    coalesce(sum(known.reads) filter (where known.purpose in ('poll', 'catalog', 'drift')), 0)::bigint
  from billing.stripe_reads as known
  where known.day > (now() at time zone 'UTC')::date - 30
$$;

comment on function billing.read_allowance is
  'Of the last 30 days: how many reads Stripe allows, by the paid invoices of the mirror; how many were used; and how many of these by scheduled work, which is to use a third at most.';


create view billing.reads with (security_invoker = true) as
select
  known.purpose,
  sum(known.reads)::bigint as reads,
  coalesce(sum(known.reads) filter (where known.day = (now() at time zone 'UTC')::date), 0)::bigint as today,
  known.purpose in ('poll', 'catalog', 'drift') as scheduled
from billing.stripe_reads as known
where known.day > (now() at time zone 'UTC')::date - 30
group by known.purpose
order by reads desc, known.purpose;

comment on view billing.reads is 'Reads at Stripe of the last 30 days by purpose. What is allowed: select * from billing.read_allowance().';
comment on column billing.reads.purpose is 'See billing.stripe_reads.';
comment on column billing.reads.reads is 'How many in 30 days.';
comment on column billing.reads.today is 'How many of them today, by UTC.';
comment on column billing.reads.scheduled is 'Whether it is scheduled work.';

revoke all on table billing.reads from public, anon, authenticated, service_role;
grant select on table billing.reads to service_role;

revoke all on function billing.count_reads, public.record_reads, billing.read_allowance from public, anon, authenticated;
grant execute on function billing.count_reads, public.record_reads, billing.read_allowance to service_role;
