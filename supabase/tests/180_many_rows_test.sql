-- With many rows: what a user reads, what is claimed and what is finished is found by an index, not by reading a table.

begin;
select plan(28);

select tests.empty_database();

insert into stripe_customer_mapping (clerk_user_id, stripe_customer_id)
select 'user_' || number, 'cus_' || number from generate_series(1, 10000) as number;
insert into stripe_customers (ticket, data)
select 1, jsonb_build_object('id', 'cus_' || number, 'object', 'customer') from generate_series(1, 10000) as number;
insert into stripe_subscriptions (ticket, data)
select 1, jsonb_build_object('id', 'sub_' || number, 'object', 'subscription', 'customer', 'cus_' || number % 10000, 'created', number, 'items', jsonb_build_object('data', jsonb_build_array(jsonb_build_object('id', 'si_' || number))))
from generate_series(1, 50000) as number;
insert into stripe_invoices (ticket, data)
select 1, jsonb_build_object('id', 'in_' || number, 'object', 'invoice', 'customer', 'cus_' || number % 10000, 'created', number)
from generate_series(1, 50000) as number;
insert into stripe_entitlements (ticket, data)
select 1, jsonb_build_object('id', 'cus_' || number, 'object', 'entitlements.active_entitlement_summary', 'entitlements', jsonb_build_object('data', jsonb_build_array(jsonb_build_object('lookup_key', 'reports'))))
from generate_series(1, 50000) as number;
insert into billing.webhook_events (id, type, object, object_id, created, ticket, received_at, processed_at, outcome)
select 'evt_' || number, 'customer.subscription.updated', 'subscription', 'sub_' || number, number, 1, now() - make_interval(mins => number), now(), 'processed'
from generate_series(1, 49000) as number;
insert into billing.webhook_events (id, type, object, object_id, created, ticket, due_at)
select 'evt_' || number, 'customer.subscription.updated', 'subscription', 'sub_' || number, number, 1, now() + make_interval(secs => number)
from generate_series(49001, 50000) as number;

create table public.reports (id bigint primary key, title text);
insert into public.reports select number, 'Report' from generate_series(1, 1000) as number;
grant select on public.reports to authenticated;
alter table public.reports enable row level security;
create policy "Only for those who bought reports" on public.reports for select to authenticated using ((select has_entitlement('reports')));

analyze stripe_customer_mapping, stripe_customers, stripe_subscriptions, stripe_invoices, stripe_entitlements, billing.webhook_events, reports;

-- How a statement is carried out, as one text.
create function pg_temp.plan(statement text) returns text language plpgsql as $$
declare
  line text;
  plan text := '';
begin
  for line in execute 'explain (analyze, costs off, timing off, summary off) ' || statement loop
    plan := plan || line || E'\n';
  end loop;
  return plan;
end
$$;

-- The tables that a statement reads from end to end, and how many blocks it touches.
create function pg_temp.tables_read_whole(statement text) returns setof text language sql as $$
  select regexp_replace(line, '.*Seq Scan on (\S+).*', '\1') from regexp_split_to_table(pg_temp.plan(statement), E'\n') as line where line like '%Seq Scan on%'
$$;

-- How many blocks a statement touches, whatever happens within functions; the second time, when its plans are made.
create function pg_temp.blocks(statement text) returns bigint language plpgsql as $$
declare
  plan jsonb;
begin
  execute statement;
  execute 'explain (analyze, buffers, timing off, format json) ' || statement into plan;
  return (plan -> 0 -> 'Plan' ->> 'Shared Hit Blocks')::bigint + (plan -> 0 -> 'Plan' ->> 'Shared Read Blocks')::bigint;
end
$$;
grant execute on all functions in schema pg_temp to public;

-- A user

select tests.sign_in('user_7');
select is_empty($$ select pg_temp.tables_read_whole('select * from stripe_subscriptions') $$, 'A user''s subscriptions are found by index');
select is_empty($$ select pg_temp.tables_read_whole('select * from stripe_subscription_items') $$, 'So are their items');
select is_empty($$ select pg_temp.tables_read_whole('select * from stripe_invoices order by created desc, id desc limit 10') $$, 'So are his invoices');
select matches(pg_temp.plan('select * from stripe_invoices order by created desc, id desc limit 10'), 'stripe_invoices_of_a_customer', 'By the index of whose they are');
select is_empty($$ select pg_temp.tables_read_whole('select * from stripe_entitlements') $$, 'So are his entitlements');
select is_empty($$ select pg_temp.tables_read_whole('select * from stripe_customers') $$, 'So is he himself');
select results_eq('select count(*) from stripe_subscriptions', array[5::bigint], 'They are all there');
select is(has_entitlement('reports'), true, 'He is entitled');
select cmp_ok(pg_temp.blocks($$ select has_entitlement('reports') $$), '<', 30::bigint, 'That is found by index, too');
select results_eq('select count(*) from reports', array[1000::bigint], 'An application''s policy lets him read');
select matches(pg_temp.plan('select * from reports'), 'InitPlan', 'It is asked once,');
select doesnt_match(pg_temp.plan('select * from reports'), 'SubPlan', 'not for each row');

-- The server

select tests.be_the_server();
select draw_ticket(false);
select cmp_ok(pg_temp.blocks($$ select claim_event('evt_new', 'price.updated', 1, 'price', 'price_1', false) $$), '<', 60::bigint, 'A claim does not read the ledger');
select cmp_ok(pg_temp.blocks($$ select record_objects(2, '[{"id": "sub_49500", "object": "subscription"}]', false) $$), '<', 60::bigint, 'Nor does a look');
select is((select outcome from billing.webhook_events where id = 'evt_49500'), 'covered', 'which finishes its event');
select cmp_ok(pg_temp.blocks($$ select fail_sync(1, 'sub_49600', 'x', 'passing', false) $$), '<', 60::bigint, 'Nor does a failure');
select cmp_ok(pg_temp.blocks($$ select claim_due_objects(false) $$), '<', 60::bigint, 'Nor does a drain of nothing');
select cmp_ok(pg_temp.blocks($$ select prune_ledger(false) $$), '<', 60::bigint, 'Nor does pruning when nothing is old');
select cmp_ok(pg_temp.blocks($$ select list_least_recently_fetched(false) $$), '<', 60::bigint, 'What was seen longest ago is found without reading the mirror');
update stripe_invoices set fetched_at = now() - interval '2 days' - make_interval(secs => created) where created <= 500;
select cmp_ok(pg_temp.blocks($$ select list_least_recently_fetched(false) $$), '<', 300::bigint, 'When there is some, too');
select ok(
  list_least_recently_fetched(false, 1) -> 0 ->> 'object_id' = any (array(select id from billing.mirror where not deleted order by fetched_at limit 4)),
  'Rightly'
);
select cmp_ok(
  pg_temp.blocks($$ select detect_drift((select last_value from billing.tickets), '[{"id": "in_400", "object": "invoice"}, {"id": "cus_400", "object": "customer"}]', false) $$), '<', 150::bigint,
  'What is read again is compared with its own row alone'
);
update billing.webhook_events set outcome = 'dead', processed_at = now() where id in ('evt_49800', 'evt_49801');
select cmp_ok(pg_temp.blocks('select * from billing.dead_events'), '<', 60::bigint, 'So are dead events');
select cmp_ok(pg_temp.blocks($$ select list_customers_after(false, 'cus_5') $$), '<', 60::bigint, 'Customers are listed by index');

-- More lost mappings than one call rebuilds

delete from stripe_customer_mapping where true;
delete from stripe_customers where true;
insert into stripe_customers (ticket, data)
select 1, jsonb_build_object('id', 'cus_' || number, 'object', 'customer', 'metadata', jsonb_build_object('clerk_user_id', 'user_' || number, 'deployment_id', deployment.id))
from generate_series(1, 12000) as number, billing.deployment;
create temporary table backfill as select * from claim_backfill(false);
select record_backfill_page(run_id, 'customers', '[{"id": "cus_a", "object": "customer"}]', false, 'cus_a') from backfill;
select results_eq(
  $$ select step.* from backfill, record_backfill_page(run_id, 'customers', '[{"id": "cus_b", "object": "customer"}]', false) as step $$,
  $$ values ('customers', 'cus_a', false) $$,
  'Many lost mappings take another call, from the same cursor'
);
select results_eq('select count(*) from stripe_customer_mapping', array[10000::bigint], 'Ten thousand a call');
select results_eq(
  $$ select step.* from backfill, record_backfill_page(run_id, 'customers', '[{"id": "cus_b", "object": "customer"}]', false) as step $$,
  $$ values ('products', null::text, false) $$,
  'Then the next kind begins'
);
select results_eq(
  $$ select (select count(*) from stripe_customer_mapping), counts from billing.backfill $$, $$ values (12000::bigint, '{"customers": 2}'::jsonb) $$,
  'All of them are back, and each customer is counted once'
);

select * from finish();
rollback;
