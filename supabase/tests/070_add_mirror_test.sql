-- add_mirror: one call makes a table the mirror of a kind, in every part of the product.

begin;
select plan(29);

select tests.new_deployment();

-- A kind is added, after a completed backfill

select draw_ticket('test_1');
insert into billing.backfill (completed_at, started_at, counts) values (now(), now(), '{"customer": 1}');
create table public.stripe_coupons (
  like billing.mirrored_row including all,
  percent_off numeric generated always as ((data ->> 'percent_off')::numeric) stored
);
comment on table public.stripe_coupons is 'Coupons. Signed-in users read them.';
comment on column public.stripe_coupons.percent_off is 'In percent.';
select billing.add_mirror('public.stripe_coupons', 'coupon');

select col_description('public.stripe_coupons'::regclass, attnum) is not null as commented, attname into temporary comments
from pg_attribute where attrelid = 'public.stripe_coupons'::regclass and attnum > 0;
select is_empty('select attname from comments where not commented', 'The common columns of a new mirror have comments');

-- Recorded, under tickets

select tests.be_the_server();
create temporary table tickets as select draw_ticket('test_1') as early, draw_ticket('test_1') as late;
select record_objects(late, '[{"id": "coupon_1", "object": "coupon", "percent_off": 20}, {"id": "prod_1", "object": "product"}]', 'test_1') from tickets;
select results_eq('select id, percent_off, deleted from stripe_coupons', $$ values ('coupon_1', 20::numeric, false) $$, 'An object of a new kind is recorded');
select is((select count(*) from stripe_products), 1::bigint, 'An object of an old kind is still recorded');
select record_objects(early, '[{"id": "coupon_1", "object": "coupon", "percent_off": 10}]', 'test_1') from tickets;
select is((select percent_off from stripe_coupons), 20::numeric, 'A smaller ticket does not overwrite an object of a new kind');
select throws_ok($$ insert into stripe_coupons (ticket, data) values (1, '{"id": "prod_1", "object": "product"}') $$, '23514', null, 'An object of another kind in the new table is refused');
select throws_ok($$ select record_objects(1, '[{"id": "ch_1", "object": "charge"}]', 'test_1') $$, '22023', 'No table mirrors a Stripe "charge"', 'A kind without a table is still refused');
select doesnt_match((select prosrc from pg_proc where oid = 'billing.write_objects'::regproc), 'execute', 'Objects are written by statements that are planned once a session');
select tests.claim_event('evt_1', 'coupon.updated', 1, 'coupon', 'coupon_1', 'test_1');
select record_objects(draw_ticket('test_1'), '[{"id": "coupon_1", "object": "coupon", "percent_off": 25}]', 'test_1');
select is((select outcome from billing.webhook_events), 'covered', 'Recording an object of a new kind finishes its events');
select is(
  (select pg_stat_get_xact_tuples_hot_updated(mirror.oid) - pg_stat_get_xact_tuples_updated(mirror.oid) from pg_class as mirror where mirror.relname = 'stripe_coupons' and pg_stat_get_xact_tuples_updated(mirror.oid) > 0),
  0::bigint, 'An update of a new mirror''s rows writes no index'
);

-- In the mirror as a whole, and in the search for drift

select results_eq($$ select id from billing.mirror where object = 'coupon' $$, array['coupon_1'], 'billing.mirror has the rows of a new kind');
select is(detect_drift(draw_ticket('test_1'), '[{"id": "coupon_1", "object": "coupon", "percent_off": 30}]', '{}', 'test_1'), 1, 'A change of a new kind without an event is drift');
select has_index('public', 'stripe_coupons', 'stripe_coupons_in_the_order_of_lists', 'A new mirror has an index in the order of Stripe''s lists');

-- Backfilled, last

create temporary table run as select * from claim_backfill('test_1');
select results_eq(
  $$ select string_agg(range ->> 'kind', ','), counts::text from run, json_array_elements(ranges) as range group by counts::text $$, $$ values ('coupon', '{"customer": 1}') $$,
  'A completed backfill continues with the new kind'
);
select results_eq(
  $$ select step.ranges::text, step.completed from run, record_backfill_page(run_id, (run.ranges -> 0 ->> 'id')::bigint, '[{"id": "coupon_2", "object": "coupon"}]', 'test_1') as step $$,
  $$ values ('[]', true) $$,
  'The backfill is complete after the new kind'
);
select is((select counts from billing.backfill), '{"customer": 1, "coupon": 1}', 'The objects of the new kind are counted');
select results_eq(
  $$ select range ->> 'kind' from claim_backfill('test_1', true), json_array_elements(ranges) as range $$,
  array['customer', 'product', 'price', 'subscription', 'invoice', 'payment_intent', 'checkout.session', 'product_features', 'entitlements.active_entitlement_summary', 'coupon'],
  'A backfill from the beginning lists the kinds in the order in which they were added'
);

-- Hidden from users without a policy, and from visitors

select tests.be_the_owner_of_the_database();
select is((select relrowsecurity from pg_class where oid = 'public.stripe_coupons'::regclass), true, 'A new mirror has row-level security enabled');
select tests.sign_in('user_owner');
select is_empty('select from stripe_coupons', 'A user reads no row of a new mirror without a policy');
select tests.be_the_owner_of_the_database();
create policy "Signed-in users may read coupons" on public.stripe_coupons for select to authenticated using ((select public.clerk_user_id()) is not null);
select tests.sign_in('user_owner');
select isnt_empty('select from stripe_coupons', 'A user reads the rows of a new mirror that its policy allows');
select tests.be_the_owner_of_the_database();
select is(
  tests.outcome(persona, statement) || ' ' || persona, '42501 ' || persona, format('%s may not execute: %s', persona, statement)
)
from (values
  ('anon', 'select from stripe_coupons'),
  ('owner', 'insert into stripe_coupons (ticket, data) values (1, ''{}'')'),
  ('owner', 'update stripe_coupons set ticket = 1 where true'),
  ('owner', 'delete from stripe_coupons where true'),
  ('service_role', 'truncate stripe_coupons')
) as attempt (persona, statement);

-- Switched, but not forgotten

select ok('public.stripe_coupons'::regclass in (select billing.deployment_tables()), 'A new mirror belongs to the deployment');
select billing.switch_deployment('acct_live', true);
select is_empty('select from stripe_coupons', 'A switch empties a new mirror');
select is((select count(*) from billing.mirrored_kinds), 10::bigint, 'A switch keeps the registry of kinds');

-- Refused

select throws_ok($$ select billing.add_mirror('public.stripe_coupons', 'coupon') $$, '42710', null, 'Adding a mirror again is refused');
create table public.stripe_more (like billing.mirrored_row including all);
select throws_ok($$ select billing.add_mirror('public.stripe_more', 'coupon') $$, '23505', null, 'A second table for a kind is refused');

select * from finish();
rollback;
