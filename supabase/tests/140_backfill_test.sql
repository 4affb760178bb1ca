-- The backfill: one run at a time, the next resumes where it stopped, and lost mappings are rebuilt from the customers.

begin;
select plan(54);

select tests.new_deployment();
select tests.be_the_server();

create function pg_temp.page(run_id bigint, kind text, objects jsonb, cursor text default null) returns public.backfill_step
language sql as $$ select public.record_backfill_page(run_id, kind, objects, 'test_1', cursor) $$;
create function pg_temp.customer(id text, metadata jsonb, created bigint default 1) returns jsonb
language sql as $$
  select jsonb_build_object('id', id, 'object', 'customer', 'created', created, 'metadata',
    jsonb_build_object('deployment_id', (select deployment.id::text from billing.deployment)) || metadata)
$$;
create function pg_temp.customer(id text, user_id text, created bigint default 1) returns jsonb
language sql as $$ select pg_temp.customer(id, jsonb_build_object('clerk_user_id', user_id), created) $$;

-- The first run

create temporary table first as select * from claim_backfill('test_1');
select is((select run_id from first), (select last_value from billing.tickets), 'The run id is a ticket');
select results_eq(
  'select kind, page_cursor, counts::text, completed from first', $$ values ('customer', null::text, '{}', false) $$,
  'The first run begins with the customers'
);
select results_eq(
  $$ select run_id, kind, completed from claim_backfill('test_1') $$, $$ values (null::bigint, null::text, false) $$,
  'A second claim during the lease has no run id'
);
select is((select run_id from claim_backfill('test_1', true)), null, 'A restart during the lease has no run id');

-- Mappings that exist

insert into stripe_customer_mapping (clerk_user_id, stripe_customer_id) values ('user_known', 'cus_known');
insert into stripe_customer_mapping (clerk_user_id, generation, claimed_at) values ('user_claiming', 3, now());
insert into stripe_customer_mapping (clerk_organization_id, generation, claimed_at) values ('org_claiming', 2, now());

-- Pages of customers

update billing.jobs set lease_until = now() + interval '1 second' where name = 'backfill';
select results_eq(
  $$
    select step.* from first, pg_temp.page(run_id, 'customer', jsonb_build_array(
      pg_temp.customer('cus_young', 'user_twice', 20), pg_temp.customer('cus_old', 'user_twice', 10), pg_temp.customer('cus_one', 'user_one')
    ), 'cus_one') as step
  $$,
  $$ values ('customer', 'cus_one', false) $$,
  'A page is answered with the cursor of the next'
);
select results_eq('select lease_until, cursor from billing.jobs', $$ values (now() + interval '2 minutes', 'cus_one') $$, 'A page extends the lease and sets the cursor');
select results_eq('select id, ticket from stripe_customers where id = ''cus_one''', $$ select 'cus_one', run_id from first $$, 'A page is recorded under the run id');
select is_empty($$ select from stripe_customer_mapping where clerk_user_id = 'user_one' $$, 'No mapping is rebuilt before all customers were listed');

-- The run stops; meanwhile an object is recorded; another run resumes

update billing.jobs set lease_until = now() where name = 'backfill';
create temporary table second as select * from claim_backfill('test_1');
select results_eq('select kind, page_cursor, counts::text, completed from second', $$ values ('customer', 'cus_one', '{"customer": 3}', false) $$, 'The next run resumes after the last page');
select results_eq(
  $$ select step.* from first, pg_temp.page(run_id, 'customer', '[{"id": "cus_late", "object": "customer"}]', 'cus_late') as step $$,
  $$ values (null::text, null::text, null::boolean) $$,
  'A page of an overtaken run is refused'
);
select is_empty($$ select from stripe_customers where id = 'cus_late' $$, 'A page of an overtaken run is not recorded');
select results_eq(
  $$ select step.* from pg_temp.page(null, 'customer', '[]') as step $$, $$ values (null::text, null::text, null::boolean) $$,
  'A page without a run id is refused'
);
select is((select lease_until from billing.jobs), now() + interval '2 minutes', 'The release of an overtaken run changes nothing') from (select release_backfill(run_id, 'test_1') from first) as released;
select record_objects(draw_ticket('test_1'), '[{"id": "cus_gone", "object": "customer", "deleted": true}]', 'test_1');
select throws_ok($$ select pg_temp.page(run_id, 'customer', null) from second $$, '22023', null, 'A missing page is refused');
select results_eq(
  $$
    select step.* from second, pg_temp.page(run_id, 'customer', jsonb_build_array(
      pg_temp.customer('cus_gone', 'user_gone'), pg_temp.customer('cus_elsewhere', '{"clerk_user_id": "user_elsewhere", "deployment_id": "another deployment"}'::jsonb),
      pg_temp.customer('cus_other', 'user_known'), pg_temp.customer('cus_claiming', 'user_claiming'), pg_temp.customer('cus_machine', 'mch_1'),
      pg_temp.customer('cus_known', 'user_thief'), pg_temp.customer('cus_a', 'user_same_second', 5), pg_temp.customer('cus_b', 'user_same_second', 5),
      pg_temp.customer('cus_org', '{"clerk_organization_id": "org_acme"}'::jsonb, 7), pg_temp.customer('cus_org_young', '{"clerk_organization_id": "org_acme"}'::jsonb, 8),
      pg_temp.customer('cus_org_claiming', '{"clerk_organization_id": "org_claiming"}'::jsonb),
      pg_temp.customer('cus_both', '{"clerk_user_id": "user_both", "clerk_organization_id": "org_both"}'::jsonb),
      pg_temp.customer('cus_crossed', '{"clerk_user_id": "org_crossed"}'::jsonb), pg_temp.customer('cus_crossed_too', '{"clerk_organization_id": "user_crossed"}'::jsonb),
      '{"id": "cus_plain", "object": "customer", "email": "one@example.com"}'::jsonb
    )) as step
  $$,
  $$ values ('product', null::text, false) $$,
  'The last page of customers is answered with the products'
);
select is((select deleted from stripe_customers where id = 'cus_gone'), true, 'An object that was recorded since the claim is kept');

-- Lost mappings

select results_eq(
  'select clerk_user_id, clerk_organization_id, stripe_customer_id, generation from stripe_customer_mapping order by owner_id',
  $$ values
    (null::text, 'org_acme', 'cus_org', 1), (null, 'org_claiming', null, 2),
    ('user_claiming', null, null, 3), ('user_known', null, 'cus_known', 1), ('user_one', null, 'cus_one', 1), ('user_same_second', null, 'cus_a', 1),
    ('user_twice', null, 'cus_old', 1)
  $$,
  'An owner without a row is mapped to the oldest living customer that was created for them here; an existing row is unchanged'
);
select is_empty($$ select from stripe_customer_mapping where stripe_customer_id = 'cus_both' $$, 'A customer whose metadata has a user and an organization is not mapped');
select is((select owner_id from stripe_customers where id = 'cus_both'), null, 'A customer whose metadata has a user and an organization has no owner');
select is_empty($$ select from stripe_customer_mapping where stripe_customer_id like 'cus\_crossed%' $$, 'A customer whose metadata has an id under the wrong key is not mapped');
select is((select step from claim_customer('user_one', 'test_1')), 'known', 'The customer of a rebuilt user is known');
select is((select step from claim_customer('org_acme', 'test_1')), 'known', 'The customer of a rebuilt organization is known');
select is((select step from claim_customer('user_claiming', 'test_1')), 'create', 'A claimed mapping without a customer continues');

-- The other kinds, in their order

create temporary table steps as select * from second, pg_temp.page(run_id, 'product', '[{"id": "prod_1", "object": "product"}]') as step (next_kind, next_cursor, is_completed);
select is((select next_kind from steps), 'price', 'The last page of products is answered with the prices');
select results_eq(
  $$ select step.* from second, pg_temp.page(run_id, 'product', '[{"id": "prod_2", "object": "product"}]') as step $$, $$ values ('price', null::text, false) $$,
  'A repeated page of a kind that has ended is answered with the current kind'
);
select is_empty($$ select from stripe_products where id = 'prod_2' $$, 'A repeated page of a kind that has ended is not recorded');
select results_eq($$ select step.* from second, pg_temp.page(run_id, 'price', '[]') as step $$, $$ values ('subscription', null::text, false) $$, 'The last page of prices is answered with the subscriptions');
select claim_event('evt_before', 'customer.subscription.updated', 1, 'subscription', 'sub_1', 'test_1');
select results_eq(
  $$ select step.* from second, pg_temp.page(run_id, 'subscription', '[{"id": "sub_1", "object": "subscription", "customer": "cus_one"}]', 'sub_1') as step $$,
  $$ values ('subscription', 'sub_1', false) $$,
  'A page of subscriptions is answered with the cursor of the next'
);
select is((select outcome from billing.webhook_events), null, 'An event that was claimed after the run is not finished by it');
select is((select backfilling from billing.ledger_lag), 'subscription', 'ledger_lag has the kind that is being listed');

-- A third run, whose run id is larger than the event's ticket

select release_backfill(run_id, 'test_1') from second;
create temporary table third as select * from claim_backfill('test_1');
select results_eq('select kind, page_cursor, completed from third', $$ values ('subscription', 'sub_1', false) $$, 'A claim after a release does not wait');
select results_eq(
  $$ select step.* from third, pg_temp.page(run_id, 'subscription', '[{"id": "sub_1", "object": "subscription", "customer": "cus_one"}]') as step $$,
  $$ values ('invoice', null::text, false) $$,
  'The last page of subscriptions is answered with the invoices'
);
select is((select outcome from billing.webhook_events), 'covered', 'An event that was claimed before the run is finished by it');
select results_eq($$ select step.* from third, pg_temp.page(run_id, 'invoice', '[{"id": "in_1", "object": "invoice"}, {"id": "in_2", "object": "invoice"}]') as step $$, $$ values ('entitlements.active_entitlement_summary', null::text, false) $$, 'The last page of invoices is answered with the entitlements');

-- Entitlements, by customer

select is(list_customers_after('test_1', null, 3)::text, '["cus_a","cus_b","cus_both"]', 'Customers are listed by id');
select is(list_customers_after('test_1', 'cus_claiming', 5)::text, '["cus_crossed","cus_crossed_too","cus_elsewhere","cus_known","cus_machine"]', 'Customers are listed after a given id, without deleted ones');
select is(list_customers_after('test_1', 'cus_z')::text, '[]', 'Customers after the last one are none');
select throws_ok($$ select list_customers_after('test_1', null, 101) $$, '22023', null, 'A batch size above a hundred is refused');
select is((select completed_at from billing.backfill), null, 'The backfill is not complete before the last kind');
select results_eq(
  $$ select step.* from third, pg_temp.page(run_id, 'entitlements.active_entitlement_summary', '[{"id": "cus_one", "object": "entitlements.active_entitlement_summary"}]') as step $$,
  $$ values (null::text, null::text, true) $$,
  'The last page of entitlements completes the backfill'
);
select results_eq(
  'select kind, completed_at, started_at, lease_until, run_id, cursor, counts from billing.backfill, billing.jobs',
  $$ values (null::text, now(), now(), '-infinity'::timestamptz, null::bigint, null::text,
    '{"customer": 18, "product": 1, "price": 0, "subscription": 2, "invoice": 2, "entitlements.active_entitlement_summary": 1}'::jsonb) $$,
  'A completed backfill has counted every recorded object'
);
select results_eq(
  'select backfilled_from, polled_to from billing.reconcile',
  $$ values (floor(extract(epoch from now()))::bigint, floor(extract(epoch from now()))::bigint) $$,
  'After a completed backfill the reconcile reads the events since it began'
);
select results_eq(
  $$ select step.* from third, pg_temp.page(run_id, 'entitlements.active_entitlement_summary', '[]') as step $$, $$ values (null::text, null::text, null::boolean) $$,
  'A page after the completion is refused'
);
select results_eq(
  $$ select run_id, kind, completed, counts ->> 'customer' from claim_backfill('test_1') $$,
  $$ values (null::bigint, null::text, true, '18') $$,
  'A claim after the completion is answered completed'
);

-- A restart

update billing.backfill set started_at = now() - interval '1 day' where singleton;
create temporary table again as select * from claim_backfill('test_1', true);
select results_eq('select kind, page_cursor, counts::text, completed from again', $$ values ('customer', null::text, '{}', false) $$, 'A restart begins with the customers');
select results_eq('select started_at, completed_at from billing.backfill', $$ values (now(), null::timestamptz) $$, 'A restart begins now and is not completed');
select pg_temp.page(run_id, 'customer', '[]', 'cus_x'), release_backfill(run_id, 'test_1') from again;
create temporary table last as select * from claim_backfill('test_1', true);
select is((select page_cursor from last), null, 'A restart of an unfinished backfill begins without a cursor');
select is((select cursor from billing.jobs where name = 'backfill'), null, 'A restart clears the cursor');
select throws_ok($$ select pg_temp.page(run_id, 'customer', '[{"id": "ch_1", "object": "charge"}]') from last $$, '22023', null, 'A kind without a table is refused');

-- More customers than one batch

select record_objects(draw_ticket('test_1'), (select jsonb_agg(pg_temp.customer('cus_many_' || number, 'user_many_' || number)) from generate_series(1, 5) as number), 'test_1');
select is(billing.rebuild_mappings('cus_many', 2), 'cus_many_2', 'A full batch returns its last customer');
select results_eq(
  $$ select clerk_user_id, stripe_customer_id from stripe_customer_mapping where clerk_user_id like 'user\_many%' order by 1 $$,
  $$ values ('user_many_1', 'cus_many_1'), ('user_many_2', 'cus_many_2') $$,
  'A batch maps its owners'
);
select is(billing.rebuild_mappings('cus_many_2', 2), 'cus_many_4', 'The next batch returns its last customer');
select is(billing.rebuild_mappings('cus_twice', 2), null, 'A batch after the last customer returns null');

-- An owner whose customers are in several batches

select record_objects(draw_ticket('test_1'), jsonb_build_array(pg_temp.customer('cus_split_1', 'user_split', 20), pg_temp.customer('cus_split_2', 'user_split', 10)), 'test_1');
select billing.rebuild_mappings('cus_split', 1);
select is((select stripe_customer_id from stripe_customer_mapping where owner_id = 'user_split'), 'cus_split_2', 'The oldest customer is mapped although it is in a later batch');

select * from finish();
rollback;
