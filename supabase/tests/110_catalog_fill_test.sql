-- The catalog fill: one run at a time, the next resumes where it stopped, and objects that no list shows are
-- named, so that they can be fetched.

begin;
select plan(58);

select tests.new_deployment();
select tests.be_the_server();

-- Before the first fill

select is(list_products('test_1') ->> 'catalog', 'empty', 'A catalog without a fill is empty');
select record_objects(draw_ticket('test_1'), '[
  {"id": "prod_kept", "object": "product", "active": true, "created": 1},
  {"id": "prod_gone", "object": "product", "active": true, "created": 2},
  {"id": "price_gone", "object": "price", "active": true, "created": 2, "product": "prod_gone"}
]', 'test_1');
select is(list_products('test_1') ->> 'catalog', 'empty', 'A catalog with objects of events only is empty');

-- The first run

create temporary table first as select * from claim_catalog_fill('test_1');
select is((select run_id from first), (select last_value from billing.tickets), 'The run id is a ticket');
select results_eq('select cursor from first', $$ values (null::text) $$, 'The first run begins without a cursor');
select results_eq($$ select run_id, cursor from claim_catalog_fill('test_1') $$, $$ values (null::bigint, null::text) $$, 'A second claim during the lease has no run id');
update billing.jobs set lease_until = now() + interval '1 second' where name = 'catalog_fill';
select is((select record_catalog_page(run_id, '[{"id": "prod_kept", "object": "product", "active": true, "created": 1, "name": "Seen"}]', 'product', 'prod_kept', 'test_1') from first), true, 'A page of the run is accepted');
select is((select name from stripe_products where id = 'prod_kept'), 'Seen', 'A page is recorded in the mirror');
select is((select ticket from stripe_products where id = 'prod_kept'), (select run_id from first), 'A page is recorded under the run id');
select results_eq('select lease_until, cursor from billing.jobs', $$ values (now() + interval '30 seconds', 'prod_kept') $$, 'A page extends the lease and sets the cursor');
select is(list_products('test_1') ->> 'catalog', 'empty', 'A catalog during its first fill is empty');

-- The run stops, another resumes

update billing.jobs set lease_until = now() where name = 'catalog_fill';
create temporary table second as select * from claim_catalog_fill('test_1');
select cmp_ok((select run_id from second), '>', (select run_id from first), 'The next run has a larger run id');
select results_eq('select kind, cursor from second', $$ values ('product', 'prod_kept') $$, 'The next run resumes after the last page');
select is((select record_catalog_page(run_id, '[{"id": "prod_kept", "object": "product", "name": "Overtaken"}]', 'product', 'prod_kept', 'test_1') from first), false, 'A page of an overtaken run is refused');
select is((select name from stripe_products where id = 'prod_kept'), 'Seen', 'A page of an overtaken run is not recorded');
select is((select complete_catalog_fill(run_id, 60, 'test_1') from first), false, 'The completion of an overtaken run is refused');
select fail_catalog_fill(run_id, 3600, 'test_1') from first;
select results_eq(
  'select job.lease_until, fill.due_at from billing.jobs as job, billing.catalog_fill as fill', $$ values (now() + interval '30 seconds', '-infinity'::timestamptz) $$,
  'The failure of an overtaken run changes nothing'
);
select is((select record_catalog_page(run_id, '[{"id": "prod_b", "object": "product", "active": true, "created": 3}]', 'price', null, 'test_1') from second), true, 'A page of the next run is accepted');
select throws_ok($$ select record_catalog_page(run_id, null, 'price', null, 'test_1') from second $$, '22023', null, 'A missing page is refused');
select is(record_catalog_page(null, '[]', 'price', null, 'test_1'), false, 'A page without a run id is refused');

-- Meanwhile an event adds an object, and a fetch from before the fill is recorded late

select record_objects(draw_ticket('test_1'), '[{"id": "prod_new", "object": "product", "active": true, "created": 4}]', 'test_1');
select record_objects((select run_id - 1 from first), '[{"id": "prod_late", "object": "product", "active": true, "created": 0}]', 'test_1');

-- What no list showed

select record_objects((select run_id - 1 from first), '[{"id": "price_old", "object": "price", "active": false, "created": 0, "product": "prod_kept"}]', 'test_1');
select is(
  (select list_unlisted_catalog(run_id, 9, 'test_1')::jsonb from second),
  '[{"object": "price", "object_id": "price_gone"}, {"object": "product", "object_id": "prod_gone"}, {"object": "product", "object_id": "prod_late"}, {"object": "price", "object_id": "price_old"}]',
  'Objects that neither run listed and no event added since are named, active and least recently recorded ones first'
);
select is((select list_unlisted_catalog(run_id, 1, 'test_1')::jsonb from second), '[{"object": "price", "object_id": "price_gone"}]', 'At most as many as asked for');
select is((select list_unlisted_catalog(run_id, 9, 'test_1')::jsonb from first), '[]', 'None for an overtaken run');
select record_catalog_page(run_id, '[
  {"id": "price_gone", "object": "price", "deleted": true},
  {"id": "prod_gone", "object": "product", "deleted": true},
  {"id": "prod_late", "object": "product", "active": true, "created": 0}
]', 'price', null, 'test_1') from second;
select is((select list_unlisted_catalog(run_id, 9, 'test_1')::jsonb from second), '[{"object": "price", "object_id": "price_old"}]', 'An object that was fetched is not named again, deleted or not');

-- The completion

select is((select complete_catalog_fill(run_id, 60, 'test_1') from second), true, 'The completion of the run is accepted');
select results_eq(
  'select id from stripe_products where not deleted order by id', array['prod_b', 'prod_kept', 'prod_late', 'prod_new'],
  'All products stay that Stripe has'
);
select results_eq('select id, deleted from stripe_prices order by id', $$ values ('price_gone', true), ('price_old', false) $$, 'Absence from the list deletes no price');
select is((select complete_catalog_fill(run_id, 60, 'test_1') from second), false, 'A second completion is refused');
select is(complete_catalog_fill(null, 60, 'test_1'), false, 'A completion without a run id is refused');
select is((select record_catalog_page(run_id, '[]', 'price', null, 'test_1') from second), false, 'A page after the completion is refused');
select is(list_products('test_1') ->> 'catalog', 'fresh', 'A catalog after the completion is fresh');
select results_eq($$ select run_id, cursor from claim_catalog_fill('test_1') $$, $$ values (null::bigint, null::text) $$, 'A claim while the catalog is fresh has no run id');
select is((select due_at from billing.catalog_fill), now() + interval '60 seconds', 'A completed catalog is due after the refresh interval');
select results_eq(
  'select fill.started_at, fill.first_ticket, fill.kind, job.run_id, job.cursor, fill.pages from billing.catalog_fill as fill, billing.jobs as job',
  $$ values (null::timestamptz, null::bigint, null::text, null::bigint, null::text, 0) $$,
  'The next fill begins at the beginning'
);

-- The next fill is due

update billing.catalog_fill set due_at = now() where singleton;
select is(list_products('test_1') ->> 'catalog', 'due', 'A page of products of an old catalog is due');
select is(list_prices('test_1') ->> 'catalog', 'due', 'A page of prices of an old catalog is due');
create temporary table third as select * from claim_catalog_fill('test_1');
select is(list_products('test_1') ->> 'catalog', 'fresh', 'A catalog during a later fill is fresh');
select fail_catalog_fill(run_id, 5, 'test_1') from third;
select is(list_products('test_1') ->> 'catalog', 'fresh', 'A catalog just after a failed fill is fresh');
select is((select run_id from claim_catalog_fill('test_1')), null, 'A claim after a failure has no run id');
select is((select due_at from billing.catalog_fill), now() + interval '5 seconds', 'A failed fill is due when the run asked for');
update billing.catalog_fill set due_at = now() where singleton;
select isnt((select run_id from claim_catalog_fill('test_1')), null, 'A claim after that begins a run');
select fail_catalog_fill(run_id, -5, 'test_1') from billing.jobs;
select is(list_products('test_1') ->> 'catalog', 'due', 'A catalog after a failure without a delay is due');
select throws_ok($$ select fail_catalog_fill(run_id, null, 'test_1') from billing.jobs $$, '23502', null, 'A failure without a delay is refused');

-- A long catalog

create temporary table long as select * from claim_catalog_fill('test_1');
update billing.catalog_fill set started_at = now() - interval '10 seconds', pages = 24 where singleton;
select record_catalog_page(run_id, '[]', 'price', null, 'test_1') from long;
select throws_ok($$ select complete_catalog_fill(run_id, null, 'test_1') from long $$, '23502', null, 'A completion without a refresh interval is refused');
select complete_catalog_fill(run_id, 60, 'test_1') from long;
select is((select due_at from billing.catalog_fill), now() - interval '10 seconds' + interval '150 seconds', 'A catalog of twenty-five pages is due after two and a half refresh intervals from the beginning');

-- Where events come

create function pg_temp.due_in(refresh_seconds integer) returns interval language plpgsql as $$
declare
  claim public.catalog_fill_claim;
begin
  update billing.catalog_fill set due_at = now() where singleton;
  claim := claim_catalog_fill('test_1');
  perform complete_catalog_fill(claim.run_id, refresh_seconds, 'test_1');
  return (select due_at - now() from billing.catalog_fill);
end
$$;
select is(pg_temp.due_in(60), '1 minute', 'Without events the catalog is due after the refresh interval');
select tests.claim_event('evt_1', 'product.updated', 1, 'product', 'prod_kept', 'test_1');
select is(pg_temp.due_in(60), '1 minute', 'An event that was not processed changes nothing');
select record_objects(draw_ticket('test_1'), '[{"id": "prod_kept", "object": "product", "active": true, "created": 1}]', 'test_1');
select is(pg_temp.due_in(60), '6 hours', 'After a processed event the catalog is due in six hours');
select is(pg_temp.due_in(86400), '1 day', 'A longer refresh interval is kept');
update billing.webhook_events set received_at = now() - interval '1 day' where true;
select is(pg_temp.due_in(60), '1 minute', 'A day after the last event it is refreshed by time again');
select claim_reconcile('test_1');
update billing.reconcile set polled_to = extract(epoch from now() - interval '30 minutes')::bigint where singleton;
select is(pg_temp.due_in(60), '6 hours', 'A recent poll of Stripe''s events counts too');
update billing.reconcile set polled_to = extract(epoch from now() - interval '61 minutes')::bigint where singleton;
select is(pg_temp.due_in(60), '1 minute', 'An old poll does not');
select is((select count(*) from stripe_products where not deleted), 4::bigint, 'A fill that lists nothing deletes nothing');
select is(list_products('test_1') ->> 'catalog', 'fresh', 'A catalog that was listed to the end without an object is fresh');

-- Users and visitors

select tests.sign_in('user_anyone');
select throws_ok($$ select claim_catalog_fill('test_1') $$, '42501', null, 'A user may not claim the fill');
select throws_ok($$ select record_catalog_page(1, '[]', 'price', null, 'test_1') $$, '42501', null, 'A user may not record a page');
select tests.sign_out();
select throws_ok($$ select list_unlisted_catalog(1, 9, 'test_1') $$, '42501', null, 'A visitor may not list what no list shows');
select throws_ok($$ select complete_catalog_fill(1, 60, 'test_1') $$, '42501', null, 'A visitor may not complete the fill');
select throws_ok($$ select fail_catalog_fill(1, 60, 'test_1') $$, '42501', null, 'A visitor may not fail the fill');

select * from finish();
rollback;
