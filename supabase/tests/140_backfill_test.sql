-- The backfill: one at a time, the next goes on where it stopped, and lost mappings come back with the customers.

begin;
select plan(47);

select tests.empty_database();
select tests.be_the_server();

create function pg_temp.page(run_id bigint, kind text, objects jsonb, cursor text default null) returns public.backfill_step
language sql as $$ select public.record_backfill_page(run_id, kind, objects, false, cursor) $$;
create function pg_temp.customer(id text, user_id text, created bigint default 1, deployment_id text default null) returns jsonb
language sql as $$
  select jsonb_build_object('id', id, 'object', 'customer', 'created', created, 'metadata', jsonb_build_object(
    'clerk_user_id', user_id, 'deployment_id', coalesce(deployment_id, (select deployment.id::text from billing.deployment))
  ))
$$;

-- The first

create temporary table first as select * from claim_backfill(false);
select is((select run_id from first), (select last_value from billing.tickets), 'The first has a run_id, which is a ticket');
select results_eq(
  'select kind, page_cursor, counts::text, completed, retry_after from first', $$ values ('customers', null::text, '{}', false, null::integer) $$,
  'It begins with the customers'
);
select results_eq(
  'select run_id, kind, completed, retry_after from claim_backfill(false)', $$ values (null::bigint, null::text, false, 120) $$,
  'The others wait for its lease to end'
);
select is((select retry_after from claim_backfill(false, true)), 120, 'Whoever wants to begin anew waits, too');

-- Who has which customer already

insert into stripe_customer_mapping (clerk_user_id, stripe_customer_id) values ('user_known', 'cus_known');
insert into stripe_customer_mapping (clerk_user_id, generation, claimed_at) values ('user_claiming', 3, now());

-- Pages of customers

update billing.backfill set lease_until = now() + interval '1 second' where singleton;
select results_eq(
  $$
    select step.* from first, pg_temp.page(run_id, 'customers', jsonb_build_array(
      pg_temp.customer('cus_young', 'user_twice', 20), pg_temp.customer('cus_old', 'user_twice', 10), pg_temp.customer('cus_one', 'user_one')
    ), 'cus_one') as step
  $$,
  $$ values ('customers', 'cus_one', false) $$,
  'A page is recorded, and where to go on'
);
select is((select lease_until from billing.backfill), now() + interval '2 minutes', 'Its lease is extended');
select results_eq('select id, ticket from stripe_customers where id = ''cus_one''', $$ select 'cus_one', run_id from first $$, 'It is in the mirror, under the run_id');
select is_empty($$ select from stripe_customer_mapping where clerk_user_id = 'user_one' $$, 'Nobody is mapped before all customers are known');

-- It stops; meanwhile somebody looks; another goes on

update billing.backfill set lease_until = now() where singleton;
create temporary table second as select * from claim_backfill(false);
select results_eq('select kind, page_cursor, counts::text, completed from second', $$ values ('customers', 'cus_one', '{"customers": 3}', false) $$, 'The next goes on after the last page');
select results_eq(
  $$ select step.* from first, pg_temp.page(run_id, 'customers', '[{"id": "cus_late", "object": "customer"}]', 'cus_late') as step $$,
  $$ values (null::text, null::text, null::boolean) $$,
  'The one before is told to stop'
);
select is_empty($$ select from stripe_customers where id = 'cus_late' $$, 'His page is not recorded');
select is((select lease_until from billing.backfill), now() + interval '2 minutes', 'He ends nothing') from (select release_backfill(run_id, false) from first) as released;
select record_objects(draw_ticket(false), '[{"id": "cus_gone", "object": "customer", "deleted": true}]', false);
select throws_ok($$ select pg_temp.page(run_id, 'customers', null) from second $$, '22023', null, 'A page that is none is refused');
select results_eq(
  $$
    select step.* from second, pg_temp.page(run_id, 'customers', jsonb_build_array(
      pg_temp.customer('cus_gone', 'user_gone'), pg_temp.customer('cus_elsewhere', 'user_elsewhere', 1, 'another deployment'),
      pg_temp.customer('cus_other', 'user_known'), pg_temp.customer('cus_claiming', 'user_claiming'), pg_temp.customer('cus_machine', 'mch_1'),
      pg_temp.customer('cus_known', 'user_thief'), pg_temp.customer('cus_a', 'user_same_second', 5), pg_temp.customer('cus_b', 'user_same_second', 5),
      '{"id": "cus_plain", "object": "customer", "email": "one@example.com"}'::jsonb
    )) as step
  $$,
  $$ values ('products', null::text, false) $$,
  'With the last page of customers the products begin'
);
select is((select deleted from stripe_customers where id = 'cus_gone'), true, 'What was looked at since is kept');

-- Lost mappings

select results_eq(
  'select clerk_user_id, stripe_customer_id, generation from stripe_customer_mapping order by clerk_user_id',
  $$ values
    ('user_claiming', null, 3), ('user_known', 'cus_known', 1), ('user_one', 'cus_one', 1), ('user_same_second', 'cus_a', 1), ('user_twice', 'cus_old', 1)
  $$,
  'A user without a row gets the oldest living customer that was made for him here; a row that is there stays as it is'
);
select is((select step from claim_customer('user_one', false)), 'known', 'He is known at his next call');
select is((select step from claim_customer('user_claiming', false)), 'create', 'Whoever was on the way goes on');

-- The other kinds, in their order

create temporary table steps as select * from second, pg_temp.page(run_id, 'products', '[{"id": "prod_1", "object": "product"}]') as step (next_kind, next_cursor, is_completed);
select is((select next_kind from steps), 'prices', 'After the products the prices');
select results_eq(
  $$ select step.* from second, pg_temp.page(run_id, 'products', '[{"id": "prod_2", "object": "product"}]') as step $$, $$ values ('prices', null::text, false) $$,
  'A page of what has ended is answered with what comes next'
);
select is_empty($$ select from stripe_products where id = 'prod_2' $$, 'and not recorded');
select results_eq($$ select step.* from second, pg_temp.page(run_id, 'prices', '[]') as step $$, $$ values ('subscriptions', null::text, false) $$, 'After the prices the subscriptions');
select claim_event('evt_before', 'customer.subscription.updated', 1, 'subscription', 'sub_1', false);
select results_eq(
  $$ select step.* from second, pg_temp.page(run_id, 'subscriptions', '[{"id": "sub_1", "object": "subscription", "customer": "cus_one"}]', 'sub_1') as step $$,
  $$ values ('subscriptions', 'sub_1', false) $$,
  'Page after page'
);
select is((select outcome from billing.webhook_events), null, 'An event that came after the run_id is not finished by it');
select is((select backfilling from billing.ledger_lag), 'subscriptions', 'An operator sees how far it came');

-- A third goes on: his run_id is later than the event

select release_backfill(run_id, false) from second;
create temporary table third as select * from claim_backfill(false);
select results_eq('select kind, page_cursor, completed from third', $$ values ('subscriptions', 'sub_1', false) $$, 'After a stretch the next need not wait');
select results_eq(
  $$ select step.* from third, pg_temp.page(run_id, 'subscriptions', '[{"id": "sub_1", "object": "subscription", "customer": "cus_one"}]') as step $$,
  $$ values ('invoices', null::text, false) $$,
  'After the subscriptions the invoices'
);
select is((select outcome from billing.webhook_events), 'covered', 'He looked after the event had come');
select results_eq($$ select step.* from third, pg_temp.page(run_id, 'invoices', '[{"id": "in_1", "object": "invoice"}, {"id": "in_2", "object": "invoice"}]') as step $$, $$ values ('entitlements', null::text, false) $$, 'After the invoices the entitlements');

-- Entitlements, customer by customer

select is(list_customers_after(false, null, 3)::text, '["cus_a","cus_b","cus_claiming"]', 'Customers are listed by id');
select is(list_customers_after(false, 'cus_claiming', 3)::text, '["cus_elsewhere","cus_known","cus_machine"]', 'From where one stopped, without the deleted');
select is(list_customers_after(false, 'cus_z')::text, '[]', 'To the end');
select throws_ok('select list_customers_after(false, null, 101)', '22023', null, 'Not all at once');
select is((select completed_at from billing.backfill), null, 'Nothing is complete yet');
select results_eq(
  $$ select step.* from third, pg_temp.page(run_id, 'entitlements', '[{"id": "cus_one", "object": "entitlements.active_entitlement_summary"}]') as step $$,
  $$ values (null::text, null::text, true) $$,
  'After them it is complete'
);
select results_eq(
  'select kind, completed_at, started_at, lease_until, counts from billing.backfill',
  $$ values (null::text, now(), now(), '-infinity'::timestamptz,
    '{"customers": 12, "products": 1, "prices": 0, "subscriptions": 2, "invoices": 2, "entitlements": 1}'::jsonb) $$,
  'What was recorded is counted'
);
select results_eq(
  'select backfilled_from, polled_to from billing.reconcile',
  $$ values (floor(extract(epoch from now()))::bigint, floor(extract(epoch from now()))::bigint) $$,
  'The reconcile reads the events since it began'
);
select results_eq(
  $$ select step.* from third, pg_temp.page(run_id, 'entitlements', '[]') as step $$, $$ values (null::text, null::text, null::boolean) $$,
  'Nobody goes on with what is complete'
);
select results_eq(
  $$ select run_id, kind, completed, counts ->> 'customers', retry_after from claim_backfill(false) $$,
  $$ values (null::bigint, null::text, true, '12', null::integer) $$,
  'Nor claims it'
);

-- Anew

update billing.backfill set started_at = now() - interval '1 day' where singleton;
create temporary table again as select * from claim_backfill(false, true);
select results_eq('select kind, page_cursor, counts::text, completed from again', $$ values ('customers', null::text, '{}', false) $$, 'A restart begins anew');
select results_eq('select started_at, completed_at from billing.backfill', $$ values (now(), null::timestamptz) $$, 'Now');
select pg_temp.page(run_id, 'customers', '[]', 'cus_x'), release_backfill(run_id, false) from again;
select is((select page_cursor from claim_backfill(false, true)), null, 'So it does half-way');
select throws_ok($$ select pg_temp.page(run_id, 'customers', '[{"id": "ch_1", "object": "charge"}]') from billing.backfill $$, '22023', null, 'What no table mirrors is refused');

-- More users than one call rebuilds

select record_objects(draw_ticket(false), (select jsonb_agg(pg_temp.customer('cus_many_' || number, 'user_many_' || number)) from generate_series(1, 5) as number), false);
select is(billing.rebuild_mappings('user_many', 2), 'user_many_2', 'As many users as are asked for are looked at');
select results_eq(
  $$ select clerk_user_id, stripe_customer_id from stripe_customer_mapping where clerk_user_id like 'user\_many%' order by 1 $$,
  $$ values ('user_many_1', 'cus_many_1'), ('user_many_2', 'cus_many_2') $$,
  'They are mapped'
);
select is(billing.rebuild_mappings('user_many_2', 2), 'user_many_4', 'Then the next');
select is(billing.rebuild_mappings('user_twice', 2), null, 'Until there are no more');

select * from finish();
rollback;
