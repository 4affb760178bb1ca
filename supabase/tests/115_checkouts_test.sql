-- Offers, the compare-and-set of a checkout, and trials.

begin;
select plan(32);

select tests.new_deployment();
select tests.be_the_server();

create function pg_temp.record(objects jsonb) returns void language sql as $$
  select record_objects(draw_ticket('test_1'), objects, 'test_1')
$$;
create function pg_temp.offer(price_metadata jsonb, product_metadata jsonb default '{}', slot_by text default 'customer') returns jsonb
language plpgsql as $$
begin
  perform pg_temp.record(jsonb_build_array(
    jsonb_build_object('id', 'prod_1', 'object', 'product', 'active', true, 'metadata', product_metadata),
    jsonb_build_object(
      'id', 'price_1', 'object', 'price', 'active', true, 'product', 'prod_1', 'currency', 'usd', 'unit_amount', 900,
      'type', 'recurring', 'recurring', '{"interval": "month", "usage_type": "licensed"}'::jsonb, 'metadata', price_metadata
    )
  ));
  return billing.find_offer('price_1', slot_by);
end
$$;

-- Offers

select is(billing.find_offer('price_none', 'customer'), null, 'An unknown price is not offered');
select is(pg_temp.offer('{}') ->> 'slot', 'plan:default', 'A plan is in the one slot of its owner');
select is(pg_temp.offer('{}', '{}', 'product') ->> 'slot', 'plan:prod_1', 'CHECKOUT_SLOT=product makes a slot of each product');
select is(pg_temp.offer('{}', '{"group": "addon"}') ->> 'slot', 'plan:addon', 'A group is a slot');
select is(pg_temp.offer('{}') -> 'amounts', '{"usd": 900}', 'An offer has its amounts');
select is(pg_temp.offer('{}') ->> 'quantity', '1-1', 'Without metadata one is sold');
select is(pg_temp.offer('{}', '{"trial_days": "14"}') ->> 'trial_days', '14', 'A product offers a trial');
select is(pg_temp.offer('{"trial_days": "7"}', '{"trial_days": "14"}') ->> 'trial_days', '7', 'The metadata of a price comes first');
select is(pg_temp.offer('{"checkout": "off"}'), null, 'A price that is off is not offered');
select is(pg_temp.offer('{}', '{"checkout": "off"}'), null, 'A price of a product that is off is not offered');
select is(
  (select jsonb_agg(pg_temp.offer(jsonb_build_object(bad.field, bad.value)) -> 'invalid' ->> 0) from (values
    ('checkout', 'on'), ('trial_days', '0'), ('trial_days', '731'), ('trial_days', '-1'), ('trial_card', 'yes'),
    ('quantity', '0-5'), ('quantity', '5-2'), ('quantity', '5'), ('quantity', '1-1000000'), ('quantity_adjustable', '1')
  ) as bad (field, value)),
  '["checkout", "trial_days", "trial_days", "trial_days", "trial_card", "quantity", "quantity", "quantity", "quantity", "quantity_adjustable"]',
  'A bad value is named'
);
select is(pg_temp.offer('{}', '{"purchase": "twice"}') -> 'invalid', '["purchase"]', 'A bad value of a product is named');

-- By lookup key

create function pg_temp.record_key(price_id text, key text, active boolean default true) returns void language sql as $$
  select pg_temp.record(jsonb_build_array(jsonb_build_object(
    'id', price_id, 'object', 'price', 'active', active, 'product', 'prod_1', 'currency', 'usd', 'unit_amount', 900,
    'type', 'recurring', 'recurring', '{"interval": "month", "usage_type": "licensed"}'::jsonb, 'lookup_key', key
  )))
$$;
select pg_temp.offer('{}');
select pg_temp.record_key('price_keyed', 'pro_monthly');
select is(billing.find_offer('pro_monthly', 'customer') ->> 'price', 'price_keyed', 'A price is found by its lookup key');
select is(billing.find_offer('price_keyed', 'customer') ->> 'price', 'price_keyed', 'and by its id');
select pg_temp.record_key('price_newer', 'pro_monthly');
select is(billing.find_price('pro_monthly'), 'price_newer', 'Of two prices with one lookup key the newer row counts');
select pg_temp.record_key('price_archived', 'pro_monthly', false);
select is(billing.find_price('pro_monthly'), 'price_newer', 'An active price comes before an archived one');
select pg_temp.record_key('price_disguised', 'price_1');
select is(billing.find_price('price_1'), 'price_1', 'An id comes before a lookup key');

-- The compare-and-set

select is(begin_checkout('user_1', 'price_none', 'customer', 'test_1') -> 'offer' #>> '{}', null, 'A price that is not offered begins nothing');
select is((select count(*) from billing.checkouts), 0::bigint, 'and writes nothing');
select pg_temp.offer('{}');
select results_eq(
  $$ select begun ->> 'attempt', begun ->> 'sessions', begun ->> 'trial_used', begun ->> 'closed' from begin_checkout('user_1', 'price_1', 'customer', 'test_1') as begun $$,
  $$ values ('0', '{}', 'false', 'false') $$, 'A first checkout begins at attempt 0'
);
select is(hand_out_checkout('user_1', 0, 'plan:default', 'cs_1', true, 'test_1'), true, 'A session of the unchanged attempt is handed out');
select is(hand_out_checkout('user_1', 0, 'plan:addon', 'cs_2', false, 'test_1'), false, 'attempt moves between begin and hand-out: nothing is handed out');
select is(hand_out_checkout('user_1', 1, 'plan:addon', 'cs_3', false, 'test_1', '{"checkout": 2}'), true, 'The next attempt hands out');
select results_eq(
  'select attempt, sessions, trial_session, handed_out_at from billing.checkouts',
  $$ values (2::bigint, '{"plan:default": "cs_1", "plan:addon": "cs_3"}'::jsonb, 'cs_1', now()) $$,
  'The row has the session of each slot, and the one with the trial'
);
select is((select sum(reads) from billing.stripe_reads where purpose = 'checkout'), 2::numeric, 'The reads are counted');
update billing.checkouts set closed_at = now() where owner_id = 'user_1';
select is(hand_out_checkout('user_1', 2, 'plan:default', 'cs_4', false, 'test_1'), false, 'A closed owner gets nothing');
select is(hand_out_checkout('user_none', 0, 'plan:default', 'cs_4', false, 'test_1'), false, 'An owner who began nothing gets nothing');
select is(find_slots(array['prod_1', 'prod_none'], 'customer', 'test_1')::jsonb, '{"prod_1": "plan:default"}', 'find_slots leaves out an unknown product');

-- Trials

select claim_customer('user_2', 'test_1');
select complete_customer('user_2', 1, draw_ticket('test_1'), '{"id": "cus_2", "object": "customer"}', 'test_1');
select pg_temp.record('[{"id": "sub_0", "object": "subscription", "customer": "cus_2", "trial_start": null}]');
select is_empty($$ select from billing.checkouts where owner_id = 'user_2' $$, 'A subscription without a trial is no trial');
select pg_temp.record('[{"id": "sub_1", "object": "subscription", "customer": "cus_2", "trial_start": 1}]');
select is((select trial_used_at from billing.checkouts where owner_id = 'user_2'), now(), 'A recorded trial counts for the owner of the customer');
select pg_temp.record(jsonb_build_array(
  jsonb_build_object('id', 'sub_2', 'object', 'subscription', 'customer', 'cus_gone', 'trial_start', 1, 'metadata',
    jsonb_build_object('owner', 'org_3', 'deployment_id', (select id from billing.deployment))),
  jsonb_build_object('id', 'sub_3', 'object', 'subscription', 'customer', 'cus_gone', 'trial_start', 1, 'metadata',
    '{"owner": "org_4", "deployment_id": "other"}'::jsonb)
));
select is((select trial_used_at from billing.checkouts where owner_id = 'org_3'), now(), 'Of a deleted customer the metadata names the owner');
select is_empty($$ select from billing.checkouts where owner_id = 'org_4' $$, 'Metadata of another deployment names no owner');

select * from finish();
rollback;
