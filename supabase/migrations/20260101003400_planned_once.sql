-- PostgreSQL plans a function in SQL that writes at every call, and one in PL/pgSQL once a connection. Every record of events
-- counts reads: planning took a third of the record of one event.

create or replace function billing.count_reads(reads jsonb)
  returns void
  language plpgsql set search_path = ''
as $$
begin
  insert into billing.stripe_reads as known (day, purpose, shard, reads)
  select (now() at time zone 'UTC')::date, counted.key, pg_catalog.pg_backend_pid() % 16, counted.value::bigint
  from jsonb_each_text(count_reads.reads) as counted
  order by counted.key
  on conflict (day, purpose, shard) do update set reads = known.reads + excluded.reads;
end
$$;
