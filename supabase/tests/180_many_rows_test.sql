-- With many rows: every query finds its rows by an index and reads no large table to its end.

begin;
select plan(45);

select tests.new_deployment();

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
select count(record_objects(draw_ticket('test_1'), '[{"id": "sub_1", "object": "subscription"}]', 'test_1')) from generate_series(1, 10);
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
create policy "Users with the entitlement may read reports" on public.reports for select to authenticated using ((select has_entitlement('reports')));

-- A connection that has planned its statements while the ledger was empty.
select cmp_ok(tests.blocks($$ select record_objects(2, '[{"id": "sub_49400", "object": "subscription"}]', 'test_1') $$), '<', 25::bigint, 'Recording an object does not read the pending events by an earlier plan');

analyze stripe_customer_mapping, stripe_customers, stripe_subscriptions, stripe_invoices, stripe_entitlements, billing.webhook_events, reports;

-- The plan of a statement, as one text.
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

-- The tables that a statement reads to the end.
create function pg_temp.tables_read_whole(statement text) returns setof text language sql as $$
  select regexp_replace(line, '.*Seq Scan on (\S+).*', '\1') from regexp_split_to_table(pg_temp.plan(statement), E'\n') as line where line like '%Seq Scan on%'
$$;

grant execute on all functions in schema pg_temp to public;

-- A user

select tests.sign_in('user_7');
select is_empty($$ select pg_temp.tables_read_whole('select * from stripe_subscriptions') $$, 'A user''s subscriptions are found by an index');
select is_empty($$ select pg_temp.tables_read_whole('select * from stripe_subscription_items') $$, 'A user''s subscription items are found by an index');
select is_empty($$ select pg_temp.tables_read_whole('select * from stripe_invoices order by created desc, id desc limit 10') $$, 'A user''s invoices are found by an index');
select matches(pg_temp.plan('select * from stripe_invoices order by created desc, id desc limit 10'), 'stripe_invoices_of_a_customer', 'A user''s invoices are found by the index of their customer');
select is_empty($$ select pg_temp.tables_read_whole('select * from stripe_entitlements') $$, 'A user''s entitlements are found by an index');
select is_empty($$ select pg_temp.tables_read_whole('select * from stripe_customers') $$, 'A user''s customer is found by an index');
select results_eq('select count(*) from stripe_subscriptions', array[5::bigint], 'A user reads all of their subscriptions');
select is(has_entitlement('reports'), true, 'A user has their entitlement');
select cmp_ok(tests.blocks($$ select has_entitlement('reports') $$), '<', 30::bigint, 'A user''s entitlement is found by an index');
select results_eq('select count(*) from reports', array[1000::bigint], 'An application''s policy allows the user to read');
select matches(pg_temp.plan('select * from reports'), 'InitPlan', 'An application''s policy is evaluated once a query');
select doesnt_match(pg_temp.plan('select * from reports'), 'SubPlan', 'An application''s policy is not evaluated for each row');

-- A member of an organization

select tests.be_the_owner_of_the_database();
insert into stripe_customer_mapping (clerk_organization_id, stripe_customer_id) values ('org_acme', 'cus_acme');
select record_objects(draw_ticket('test_1'), '[
  {"id": "sub_acme", "object": "subscription", "customer": "cus_acme"}, {"id": "in_acme", "object": "invoice", "customer": "cus_acme"}
]', 'test_1');
select tests.sign_in_to('org_acme', 'admin', 'user_7');
select is_empty(format('select pg_temp.tables_read_whole(%L)', 'select * from ' || name), 'An administrator''s rows are found by an index in ' || name)
from unnest(array['stripe_customer_mapping', 'stripe_customers', 'stripe_subscriptions', 'stripe_invoices', 'stripe_entitlements']) as name;
select results_eq('select count(*) from stripe_subscriptions', array[6::bigint], 'An administrator reads their own subscriptions and the organization''s');
select cmp_ok(tests.blocks($$ select has_entitlement('reports') $$), '<', 40::bigint, 'An administrator''s entitlements are found by an index');

-- The server

select tests.be_the_server();
select draw_ticket('test_1');
create temporary table known as select ctid as place from stripe_customer_mapping where owner_id = 'user_7';
select cmp_ok(tests.blocks($$ select claim_customer('user_7', 'test_1') $$), '<', 30::bigint, 'A known customer is found by an index');
select is((select ctid from stripe_customer_mapping where owner_id = 'user_7'), (select place from known), 'A known customer is claimed without a write');
select is((select xmax from stripe_customer_mapping where owner_id = 'user_7'), '0'::xid, 'A known customer is claimed without a lock');
select cmp_ok(tests.blocks($$ select tests.claim_event('evt_new', 'price.updated', 1, 'price', 'price_1', 'test_1') $$), '<', 60::bigint, 'A claim of an event does not read the ledger to its end');
select cmp_ok(tests.blocks($$ select record_objects(2, '[{"id": "sub_49500", "object": "subscription"}]', 'test_1') $$), '<', 60::bigint, 'Recording an object does not read the ledger to its end');
select is((select outcome from billing.webhook_events where id = 'evt_49500'), 'covered', 'Recording an object finishes its event');
select cmp_ok(tests.blocks($$ select fail_sync(1, 'sub_49600', 'x', 'passing', 'test_1') $$), '<', 60::bigint, 'A failure does not read the ledger to its end');
select cmp_ok(tests.blocks($$ select claim_due_objects('test_1') $$), '<', 60::bigint, 'Claiming due objects without any does not read the ledger to its end');
select cmp_ok(tests.blocks($$ select prune_ledger('test_1') $$), '<', 60::bigint, 'Pruning without old events does not read the ledger to its end');
select cmp_ok(
  tests.blocks($$ select detect_drift((select last_value from billing.tickets), '[{"id": "in_400", "object": "invoice"}, {"id": "cus_400", "object": "customer"}]', '{}', 'test_1') $$), '<', 150::bigint,
  'A drift check reads only the rows of its objects'
);
create temporary table run as select run_id from claim_reconcile('test_1');
select claim_drift_page(run_id, '[{"kind": "invoice", "scope": "all"}, {"kind": "entitlements.active_entitlement_summary", "scope": "customer"}]', 'test_1') from run, generate_series(1, 2);
update billing.drift_walks set cursor = 'in_20002', created_to = 20002 where kind = 'invoice';
create temporary table page as select run_id, ticket, (
  select jsonb_agg(jsonb_build_object('id', 'in_' || number, 'object', 'invoice', 'customer', 'cus_' || number % 10000, 'created', number) order by number desc) from generate_series(19903, 20001) as number
) as objects from run, billing.drift_walks where kind = 'invoice';
select cmp_ok(
  tests.blocks($$ select record_drift_page(run_id, 'invoice', 'all', ticket, objects, '{}', 'test_1', 'in_19903', 19903) from page $$), '<', 2500::bigint,
  'A page is compared with its rows, and the rows beside them, without reading the mirror to its end'
);
select cmp_ok(tests.blocks($$ select billing.list_entitled_customers('cus_5', 5) $$), '<', 60::bigint, 'Customers with an entitlement are listed by an index');
select cmp_ok(tests.blocks('select billing.drift_rate()'), '<', 300::bigint, 'The rate is computed without reading the mirror to its end');
update billing.webhook_events set outcome = 'dead', processed_at = now() where id in ('evt_49800', 'evt_49801');
select cmp_ok(tests.blocks('select * from billing.dead_events'), '<', 60::bigint, 'Dead events are found by an index');
select cmp_ok(tests.blocks($$ select list_subscribers_after('test_1', 'cus_5') $$), '<', 60::bigint, 'Subscribers are listed by an index');

-- More lost mappings than one batch

delete from stripe_customer_mapping where true;
delete from stripe_customers where true;
insert into stripe_customers (ticket, data)
select 1, jsonb_build_object('id', 'cus_' || number, 'object', 'customer', 'created', number, 'metadata', jsonb_build_object('clerk_user_id', 'user_' || number, 'deployment_id', deployment.id))
from generate_series(1, 6000) as number, billing.deployment;
create temporary table backfill as select * from claim_backfill('test_1');
create function pg_temp.page(objects jsonb, cursor text default null) returns json language sql as $$
  select step.ranges -> 0 from backfill, record_backfill_page(run_id, (backfill.ranges -> 0 ->> 'id')::bigint, objects, 'test_1', cursor) as step
$$;
select pg_temp.page('[{"id": "cus_a", "object": "customer"}]', 'cus_a');
select results_eq(
  $$ select page ->> 'kind', page ->> 'listed' from pg_temp.page('[{"id": "cus_b", "object": "customer"}]') as page $$,
  $$ values ('customer', 'true') $$,
  'With more customers than a batch their range continues, without listing'
);
select results_eq('select count(*) from stripe_customer_mapping', array[5000::bigint], 'A batch maps the owners of five thousand customers');
select results_eq(
  $$ select page ->> 'kind', page ->> 'listed' from pg_temp.page('[]') as page $$,
  $$ values ('product', 'false') $$,
  'After the last batch only the other kinds are left'
);
select results_eq(
  $$ select (select count(*) from stripe_customer_mapping), counts from billing.backfill $$, $$ values (6000::bigint, '{"customer": 2}'::jsonb) $$,
  'Every lost mapping is rebuilt, and each customer is counted once'
);

-- A batch touches as many rows of a large table as of a small one, with statistics and without

create function pg_temp.rows_touched(statement text) returns bigint language plpgsql as $$
declare
  before constant bigint := (select sum(pg_stat_get_xact_tuples_returned(oid) + pg_stat_get_xact_tuples_fetched(oid)) from pg_class where relname like 'stripe\_customer%');
  scans  constant bigint := (select sum(pg_stat_get_xact_numscans(oid)) from pg_class where oid = 'stripe_customers'::regclass);
begin
  execute statement;
  if (select sum(pg_stat_get_xact_numscans(oid)) from pg_class where oid = 'stripe_customers'::regclass) > scans then
    return null;
  end if;
  return (select sum(pg_stat_get_xact_tuples_returned(oid) + pg_stat_get_xact_tuples_fetched(oid)) from pg_class where relname like 'stripe\_customer%') - before;
end
$$;
select tests.be_the_owner_of_the_database();
delete from stripe_customer_mapping where true;
-- Customers of another deployment and without an owner, as in a shared account.
insert into stripe_customers (ticket, data)
select 1, jsonb_build_object('id', 'cus_x_' || number, 'object', 'customer', 'created', number, 'metadata', case when number % 2 = 0 then jsonb_build_object('clerk_user_id', 'user_x', 'deployment_id', 'another') else '{}' end)
from generate_series(1, 60000) as number;
select cmp_ok(
  pg_temp.rows_touched(format('select billing.rebuild_mappings(%L, 100)', after)), '<', 3000::bigint,
  'A batch of 100 customers of 66,000 touches a fixed number of rows, without statistics, ' || what
) from (values ('', 'at the beginning'), ('cus_5', 'with owners to map'), ('cus_x_5', 'of another deployment')) as place (after, what);
analyze stripe_customers, stripe_customer_mapping;
select cmp_ok(
  pg_temp.rows_touched(format('select billing.rebuild_mappings(%L, 100)', after)), '<', 3000::bigint,
  'A batch of 100 customers of 66,000 touches a fixed number of rows, with statistics, ' || what
) from (values ('', 'at the beginning'), ('cus_6', 'with owners to map'), ('cus_x_6', 'of another deployment')) as place (after, what);

select * from finish();
rollback;
