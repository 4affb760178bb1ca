-- The backfill: one run at a time, the next resumes where it stopped, and lost mappings are rebuilt from the customers.

begin;
select plan(71);

select tests.new_deployment();
select tests.be_the_server();

-- The ranges of a kind.
create function pg_temp.ranges(ranges json, kind text) returns text
language sql as $$
  select coalesce(string_agg(format('[%s,%s)', range ->> 'created_from', range ->> 'created_to') || coalesce(' after ' || (range ->> 'page_cursor'), ''), ' ' order by (range ->> 'id')::bigint), '')
  from json_array_elements(ranges) as range where range ->> 'kind' = kind
$$;
-- Records a page of the first range of a kind; what is left of the kind, or of everything; null if the run was overtaken.
create function pg_temp.page(run_id bigint, kind text, objects jsonb, cursor text default null, split_at bigint default null) returns text
language sql as $$
  select case when step.completed then 'completed' else pg_temp.ranges(step.ranges, page.kind) end
  from (select min(known.id) as id from billing.backfill_ranges as known where known.kind = page.kind and not known.completed) as open
  cross join lateral public.record_backfill_page(run_id, open.id, objects, 'test_1', cursor, split_at) as step
  where step.ranges is not null
$$;
create function pg_temp.customer(id text, metadata jsonb, created bigint default 1) returns jsonb
language sql as $$
  select jsonb_build_object('id', id, 'object', 'customer', 'created', created, 'metadata',
    jsonb_build_object('deployment_id', (select deployment.id::text from billing.deployment)) || metadata)
$$;
create function pg_temp.customer(id text, user_id text, created bigint default 1) returns jsonb
language sql as $$ select pg_temp.customer(id, jsonb_build_object('clerk_user_id', user_id), created) $$;
create function pg_temp.products(count integer, prefix text) returns jsonb
language sql as $$ select jsonb_agg(jsonb_build_object('id', prefix || number, 'object', 'product')) from generate_series(1, count) as number $$;

-- The first run

create temporary table first as select * from claim_backfill('test_1');
select is((select run_id from first), (select last_value from billing.tickets), 'The run id is a ticket');
select results_eq(
  $$ select range ->> 'kind', pg_temp.ranges(ranges, range ->> 'kind'), counts::text, completed from first, json_array_elements(ranges) as range $$,
  $$ select kind, '[,)', '{}', false from billing.mirrored_kinds order by position $$,
  'The first run lists each kind from its beginning until now'
);
select results_eq(
  $$ select run_id, ranges::text, completed from claim_backfill('test_1') $$, $$ values (null::bigint, null::text, false) $$,
  'A second claim during the lease has no run id'
);
select is((select run_id from claim_backfill('test_1', true)), null, 'A restart during the lease has no run id');

-- Mappings that exist

insert into stripe_customer_mapping (clerk_user_id, stripe_customer_id) values ('user_known', 'cus_known');
insert into stripe_customer_mapping (clerk_user_id, generation, claimed_at) values ('user_claiming', 3, now());
insert into stripe_customer_mapping (clerk_organization_id, generation, claimed_at) values ('org_claiming', 2, now());

-- Pages of customers

update billing.jobs set lease_until = now() + interval '1 second' where name = 'backfill';
select is(
  (select pg_temp.page(run_id, 'customer', jsonb_build_array(
    pg_temp.customer('cus_young', 'user_twice', 20), pg_temp.customer('cus_old', 'user_twice', 10), pg_temp.customer('cus_one', 'user_one')
  ), 'cus_one') from first),
  '[,) after cus_one',
  'A page is answered with the cursor of the next'
);
select is((select lease_until from billing.jobs), now() + interval '2 minutes', 'A page extends the lease');
select results_eq('select id, ticket from stripe_customers where id = ''cus_one''', $$ select 'cus_one', run_id from first $$, 'A page is recorded under the run id');
select is_empty($$ select from stripe_customer_mapping where clerk_user_id = 'user_one' $$, 'No mapping is rebuilt before all customers were listed');

-- The run stops; meanwhile an object is recorded; another run resumes

update billing.jobs set lease_until = now() where name = 'backfill';
create temporary table second as select * from claim_backfill('test_1');
select results_eq(
  $$ select pg_temp.ranges(ranges, 'customer'), pg_temp.ranges(ranges, 'price'), counts::text, completed from second $$,
  $$ values ('[,) after cus_one', '[,)', '{"customer": 3}', false) $$,
  'The next run resumes after the last page of each range'
);
select is((select pg_temp.page(run_id, 'customer', '[{"id": "cus_late", "object": "customer"}]', 'cus_late') from first), null, 'A page of an overtaken run is refused');
select is_empty($$ select from stripe_customers where id = 'cus_late' $$, 'A page of an overtaken run is not recorded');
select is(pg_temp.page(null, 'customer', '[]'), null, 'A page without a run id is refused');
select is((select lease_until from billing.jobs), now() + interval '2 minutes', 'The release of an overtaken run changes nothing') from (select release_backfill(run_id, 'test_1') from first) as released;
select record_objects(draw_ticket('test_1'), '[{"id": "cus_gone", "object": "customer", "deleted": true}]', 'test_1');
select throws_ok($$ select pg_temp.page(run_id, 'customer', null) from second $$, '22023', null, 'A missing page is refused');
select is(
  (select pg_temp.page(run_id, 'customer', jsonb_build_array(
      pg_temp.customer('cus_gone', 'user_gone'), pg_temp.customer('cus_elsewhere', '{"clerk_user_id": "user_elsewhere", "deployment_id": "another deployment"}'::jsonb),
      pg_temp.customer('cus_other', 'user_known'), pg_temp.customer('cus_claiming', 'user_claiming'), pg_temp.customer('cus_machine', 'mch_1'),
      pg_temp.customer('cus_known', 'user_thief'), pg_temp.customer('cus_a', 'user_same_second', 5), pg_temp.customer('cus_b', 'user_same_second', 5),
      pg_temp.customer('cus_org', '{"clerk_organization_id": "org_acme"}'::jsonb, 7), pg_temp.customer('cus_org_young', '{"clerk_organization_id": "org_acme"}'::jsonb, 8),
      pg_temp.customer('cus_org_claiming', '{"clerk_organization_id": "org_claiming"}'::jsonb),
      pg_temp.customer('cus_both', '{"clerk_user_id": "user_both", "clerk_organization_id": "org_both"}'::jsonb),
      pg_temp.customer('cus_crossed', '{"clerk_user_id": "org_crossed"}'::jsonb), pg_temp.customer('cus_crossed_too', '{"clerk_organization_id": "user_crossed"}'::jsonb),
      '{"id": "cus_plain", "object": "customer", "email": "one@example.com"}'::jsonb
    )) from second),
  '',
  'After the last page of customers none are left'
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

-- Ranges

select is((select pg_temp.page(run_id, 'product', pg_temp.products(99, 'prod_a_'), 'prod_a_99', 900) from second), '[,) after prod_a_99', 'A range is not split before a full page was recorded');
select is((select pg_temp.page(run_id, 'product', pg_temp.products(1, 'prod_b_'), 'prod_b_1', 900) from second), '[900,) after prod_b_1 [,900)', 'A split leaves the older part to a range of its own');
select is((select pg_temp.page(run_id, 'product', '[]', 'prod_b_1', 950) from second), '[900,) after prod_b_1 [,900)', 'A range is not split while the kind has more ranges than full pages');
select pg_temp.page(run_id, 'product', pg_temp.products(1000, 'prod_c_'), 'prod_c_1000') from second;
select is((select pg_temp.page(run_id, 'product', '[]', 'prod_c_1000', 900) from second), '[900,) after prod_c_1000 [,900)', 'A range is not split at its beginning');
select is((select pg_temp.page(run_id, 'product', '[]', null, 950) from second), '[,900)', 'A range that was listed to its end is not split');
select is((select pg_temp.page(run_id, 'product', '[]', 'prod_d', 900) from second), '[,900) after prod_d', 'A range is not split at its end');
do $$
begin
  for split_at in reverse 800 .. 780 loop
    perform pg_temp.page(run_id, 'product', '[]', 'prod_d', split_at) from second;
    update billing.backfill_ranges set created_from = null, created_to = split_at where id = (select max(id) from billing.backfill_ranges);
    update billing.backfill_ranges set created_from = null where kind = 'product' and not completed;
  end loop;
end
$$;
select is((select count(*) from billing.backfill_ranges where kind = 'product' and not completed), 8::bigint, 'At most eight ranges of a kind are open');
update billing.backfill_ranges set completed = true where kind = 'product';
select is(billing.may_split(known, 100, 899), false, 'Ended ranges count as ranges') from billing.backfill_ranges as known where known.kind = 'product' limit 1;
select is(billing.may_split(known, 100, 900), true, 'Nine full pages allow a tenth range') from billing.backfill_ranges as known where known.kind = 'product' and known.page_cursor is not null and known.created_to is not null limit 1;
update billing.backfill_ranges set completed = false where id = (select min(id) from billing.backfill_ranges where kind = 'product');
select is((select pg_temp.page(run_id, 'product', '[]') from second), '', 'A kind ends with its last range');
select is((select counts ->> 'product' from billing.backfill), '1100', 'Every page of a kind is counted');

-- Events

select is((select pg_temp.page(run_id, 'price', '[]') from second), '', 'A kind may have no objects');
select tests.claim_event('evt_before', 'customer.subscription.updated', 1, 'subscription', 'sub_1', 'test_1');
select is(
  (select pg_temp.page(run_id, 'subscription', '[{"id": "sub_1", "object": "subscription", "customer": "cus_one", "status": "active"}]', 'sub_1') from second),
  '[,) after sub_1', 'A page of subscriptions is answered with the cursor of the next'
);
select is((select outcome from billing.webhook_events), null, 'An event that was claimed after the run is not finished by it');
select is((select backfilling from billing.ledger_lag), 'checkout.session, entitlements.active_entitlement_summary, invoice, payment_intent, product_features, subscription', 'ledger_lag has the kinds that are being listed');

-- A third run, whose run id is larger than the event's ticket

select release_backfill(run_id, 'test_1') from second;
create temporary table third as select * from claim_backfill('test_1');
select is((select pg_temp.ranges(ranges, 'subscription') from third), '[,) after sub_1', 'A claim after a release does not wait');
select is(
  (select pg_temp.page(run_id, 'subscription', '[{"id": "sub_1", "object": "subscription", "customer": "cus_one", "status": "active"}]') from third),
  '', 'After the last page of subscriptions none are left'
);
select is((select outcome from billing.webhook_events), 'covered', 'An event that was claimed before the run is finished by it');
select is((select pg_temp.page(run_id, 'invoice', '[{"id": "in_1", "object": "invoice"}, {"id": "in_2", "object": "invoice"}]') from third), '', 'After the last page of invoices none are left');

select is(pg_temp.page(run_id, kind, '[]'), '', format('A backfill ends the list of %s', kind))
from third, unnest(array['payment_intent', 'checkout.session', 'product_features']) as kind;

-- Entitlements, by customer

select record_objects(draw_ticket('test_1'), jsonb_agg(jsonb_build_object('id', 'sub_' || status, 'object', 'subscription', 'status', status, 'customer', 'cus_' || status)), 'test_1')
from unnest(array['incomplete', 'incomplete_expired', 'trialing', 'active', 'past_due', 'canceled', 'unpaid', 'paused']) as status;
select record_objects(draw_ticket('test_1'), '[
  {"id": "sub_again", "object": "subscription", "status": "active", "customer": "cus_active"},
  {"id": "cus_ended", "object": "entitlements.active_entitlement_summary", "entitlements": {"data": [{"lookup_key": "reports"}]}},
  {"id": "cus_without", "object": "entitlements.active_entitlement_summary", "entitlements": {"data": []}}
]', 'test_1');
select is(
  list_subscribers_after('test_1')::jsonb, '["cus_active", "cus_ended", "cus_incomplete", "cus_one", "cus_past_due", "cus_paused", "cus_trialing", "cus_unpaid"]',
  'Customers with a subscription that has not ended are listed once, by id, and those who have entitlements in the mirror'
);
select is(list_subscribers_after('test_1', 'cus_active', 2)::jsonb, '["cus_ended", "cus_incomplete"]', 'Subscribers are listed after a given id');
select is(list_subscribers_after('test_1', 'cus_z')::text, '[]', 'Subscribers after the last one are none');
select throws_ok($$ select list_subscribers_after('test_1', null, 101) $$, '22023', null, 'A batch size above a hundred is refused');
select is((select completed_at from billing.backfill), null, 'The backfill is not complete before the last range');
select is(
  (select pg_temp.page(run_id, 'entitlements.active_entitlement_summary', '[{"id": "cus_one", "object": "entitlements.active_entitlement_summary"}]') from third),
  'completed', 'The last page of the last range completes the backfill'
);
select results_eq(
  'select completed_at, started_at, lease_until, run_id, counts from billing.backfill, billing.jobs',
  $$ values (now(), now(), '-infinity'::timestamptz, null::bigint,
    '{"customer": 18, "product": 1100, "price": 0, "subscription": 2, "invoice": 2, "payment_intent": 0, "checkout.session": 0, "product_features": 0, "entitlements.active_entitlement_summary": 1}'::jsonb) $$,
  'A completed backfill has counted every listed object'
);
select results_eq(
  'select backfilled_from, polled_to from billing.reconcile',
  $$ values (floor(extract(epoch from now()))::bigint, floor(extract(epoch from now()))::bigint) $$,
  'After a completed backfill the reconcile reads the events since it began'
);
select is((select pg_temp.page(run_id, 'entitlements.active_entitlement_summary', '[]') from third), null, 'A page after the completion is refused');
select results_eq(
  $$ select run_id, ranges::text, completed, counts ->> 'customer' from claim_backfill('test_1') $$,
  $$ values (null::bigint, null::text, true, '18') $$,
  'A claim after the completion is answered completed'
);

-- A restart

update billing.backfill set started_at = now() - interval '1 day' where singleton;
create temporary table again as select * from claim_backfill('test_1', true);
select results_eq($$ select json_array_length(ranges), counts::text, completed from again $$, $$ values (9, '{}', false) $$, 'A restart lists every kind again');
select results_eq('select started_at, completed_at from billing.backfill', $$ values (now(), null::timestamptz) $$, 'A restart begins now and is not completed');
select pg_temp.page(run_id, 'customer', '[]', 'cus_x'), release_backfill(run_id, 'test_1') from again;
create temporary table last as select * from claim_backfill('test_1', true);
select is((select pg_temp.ranges(ranges, 'customer') from last), '[,)', 'A restart of an unfinished backfill begins without a cursor');
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

-- How far it is

select release_backfill(run_id, 'test_1') from last;
delete from billing.backfill_ranges where true;
update billing.backfill set started_at = to_timestamp(1000), completed_at = null, mapped_to = null where singleton;
insert into billing.backfill_ranges (kind, page_cursor, listed_from) values ('customer', 'cus_x', 600);
select is(billing.backfill_share(), null, 'The share is not known before a list was read to its end');
insert into billing.backfill_ranges (kind, completed, listed_from) values ('price', true, 200), ('product', true, null);
select is(billing.backfill_share(), 0.5::double precision, 'The share is that of the time since the oldest object of a list that was read to its end');
update billing.backfill_ranges set created_from = 500 where kind = 'customer';
insert into billing.backfill_ranges (kind, created_to) values ('customer', 500);
select is(billing.backfill_share(), 0.5::double precision, 'A split range leaves the share as it is');
insert into billing.backfill_ranges (kind, page_cursor, listed_from) values ('invoice', 'in_x', 300), ('subscription', 'sub_x', 800);
insert into billing.backfill_ranges (kind, page_cursor) values ('entitlements.active_entitlement_summary', 'cus_x');
select is(billing.backfill_share(), 0.25::double precision, 'The share is that of the kind that is the furthest behind, of those that are listed by time');
update billing.backfill_ranges set listed_from = 100 where kind = 'invoice';
select is(billing.backfill_share(), null, 'The share is not known when a list has an older object');
update billing.backfill_ranges set completed = true where kind <> 'entitlements.active_entitlement_summary';
select is(billing.backfill_share(), null, 'The share is not known when no list by time is left');

create temporary table share as select * from claim_backfill('test_1', true);
select pg_temp.page(run_id, 'price', '[{"id": "price_old", "object": "price", "created": 5}]') from share;
select pg_temp.page(run_id, 'customer', jsonb_build_array(pg_temp.customer('cus_new', 'user_new', 20), pg_temp.customer('cus_less', 'user_less', 15)), 'cus_less') from share;
update billing.backfill set started_at = to_timestamp(25) where singleton;
select is(release_backfill(run_id, 'test_1'), 0.5::double precision, 'A page says how far its range is, and the release of a run returns the share') from share;

select * from finish();
rollback;
