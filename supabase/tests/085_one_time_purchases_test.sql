-- One-time purchases: which sessions are mirrored, what they grant, and who may read them.

begin;
select plan(35);

select tests.new_deployment();

-- A session of a product, and its payment.
create function pg_temp.session(id text, owner text, product text, more jsonb default '{}') returns jsonb language sql as $$
  select jsonb_build_object(
    'id', session.id, 'object', 'checkout.session', 'mode', 'payment', 'status', 'complete', 'payment_status', 'paid',
    'customer', 'cus_' || owner, 'payment_intent', 'pi_' || session.id, 'created', 1,
    'metadata', jsonb_build_object('owner', owner, 'deployment_id', deployment.id),
    'lines', jsonb_build_object('data', jsonb_build_array(
      jsonb_build_object('quantity', 2, 'price', jsonb_build_object('id', 'price_' || product, 'product', product))
    ))
  ) || more
  from billing.deployment as deployment
$$;
create function pg_temp.payment(session text, owner text, more jsonb default '{}') returns jsonb language sql as $$
  select jsonb_build_object(
    'id', 'pi_' || session, 'object', 'payment_intent', 'status', 'succeeded', 'amount_received', 100,
    'metadata', jsonb_build_object('owner', owner, 'deployment_id', deployment.id),
    'latest_charge', jsonb_build_object('amount_refunded', 0), 'disputes', '{"data": []}'::jsonb
  ) || more
  from billing.deployment as deployment
$$;
create function pg_temp.record(variadic objects jsonb[]) returns void language sql as $$
  select record_objects(draw_ticket('test_1'), to_jsonb(objects), 'test_1')
$$;
create function pg_temp.features(product text, variadic keys text[]) returns jsonb language sql as $$
  select jsonb_build_object('id', product, 'object', 'product_features', 'features', jsonb_build_object('data', coalesce(
    jsonb_agg(jsonb_build_object('entitlement_feature', jsonb_build_object('lookup_key', key))), '[]'
  )))
  from unnest(keys) as key
$$;

select pg_temp.record(
  pg_temp.features('prod_life', 'lifetime', 'exports'), pg_temp.features('prod_secret', 'secrets'), pg_temp.features('prod_plan', 'plan'),
  '{"id": "prod_life", "object": "product", "active": false}', '{"id": "prod_secret", "object": "product", "active": false}',
  '{"id": "prod_plan", "object": "product", "active": true}'
);

-- Mirrored or not

select pg_temp.record(
  pg_temp.session('cs_1', 'user_owner', 'prod_life'), pg_temp.payment('cs_1', 'user_owner'),
  pg_temp.session('cs_acme', 'org_acme', 'prod_secret'), pg_temp.payment('cs_acme', 'org_acme')
);
select tests.claim_event('evt_1', 'checkout.session.completed', 1, 'checkout.session', 'cs_link', 'test_1');
select pg_temp.record(
  pg_temp.session('cs_link', 'user_owner', 'prod_secret', '{"metadata": {}, "client_reference_id": "user_owner"}'),
  pg_temp.session('cs_other', 'user_owner', 'prod_secret', '{"metadata": {"owner": "user_owner", "deployment_id": "7d2a2a7e-0000-0000-0000-000000000000"}}'),
  pg_temp.session('cs_subscription', 'user_owner', 'prod_secret', '{"mode": "subscription"}'),
  pg_temp.session('cs_open', 'user_owner', 'prod_secret', '{"status": "open"}'),
  pg_temp.payment('cs_link', 'user_owner', '{"metadata": {"owner": "user_owner"}}')
);
select set_eq('select id from stripe_checkout_sessions', array['cs_1', 'cs_acme'], 'Only complete sessions in payment mode of this deployment are mirrored');
select set_eq('select id from stripe_payment_intents', array['pi_cs_1', 'pi_cs_acme'], 'Only payments of this deployment are mirrored');
select is((select outcome from billing.webhook_events), 'covered', 'An event of a session that is not mirrored is finished');
select is(billing.is_mirrored('{"object": "checkout.session", "deleted": true}'), true, 'A tombstone is mirrored');
select is(billing.is_mirrored('{"object": "product"}'), true, 'Every product is mirrored');
select is(billing.is_mirrored('{"object": "charge"}'), false, 'A kind without a table is not mirrored');

-- A list that shows sessions of others

update billing.jobs set lease_until = '-infinity' where true;
create temporary table run as select run_id from claim_reconcile('test_1');
insert into billing.backfill (completed_at) values (now());
create temporary table page as select * from run, claim_drift_page(run_id, '[{"kind": "checkout.session", "scope": "all"}]', 'test_1');
select is(
  (record_drift_page(run_id, kind, scope, ticket, jsonb_build_array(
    pg_temp.session('cs_link', 'user_owner', 'prod_secret', '{"metadata": {}}'), pg_temp.session('cs_1', 'user_owner', 'prod_life'),
    pg_temp.session('cs_acme', 'org_acme', 'prod_secret')
  ), '{}', 'test_1')).drifted, 0, 'Sessions of others in a list are no drift'
) from page;

-- Products whose features are fetched

select is(billing.list_featured_products(null, 10), array['prod_life', 'prod_plan', 'prod_secret'], 'Features are fetched of products that have some or were bought');
select results_eq('select billing.list_bought_products(null, 10)', array['prod_life', 'prod_secret'], 'Bought products are listed by id');
select is(billing.list_featured_products('prod_life', 1), array['prod_plan'], 'Products are listed after a given id');
select is(list_featured_products_after('test_1')::jsonb, '["prod_life", "prod_plan", "prod_secret"]', 'The backfill gets the same products');
select throws_ok($$ select list_featured_products_after('test_1', null, 101) $$, '22023', null, 'A batch size above a hundred is refused');

-- The owner

select tests.sign_in('user_owner');
select results_eq(
  'select session, owner_id, customer, product, price, quantity, created, status from stripe_purchases',
  $$ values ('cs_1', 'user_owner', 'cus_user_owner', 'prod_life', 'price_prod_life', 2::bigint, 1::bigint, 'paid') $$,
  'The owner reads their own purchase and no other'
);
select is(has_entitlement('lifetime'), true, 'The owner has an entitlement of their purchase, without a customer');
select is(has_purchased('exports'), true, 'The owner has every feature of the product');
select is(has_entitlement('secrets'), false, 'The owner does not have a feature of another product');
select is(has_entitlement('plan'), false, 'The owner does not have a feature of a product that they did not buy');
select is(has_entitlement(null), false, 'The owner does not have the feature null');
select set_eq('select id from stripe_product_features', array['prod_life'], 'The owner reads the features of what they bought');
select tests.sign_in('user_owner', '{"sts": "pending"}');
select is(has_entitlement('lifetime'), false, 'A pending session has no entitlement');

-- Others

select tests.sign_in('user_stranger');
select is_empty('select from stripe_purchases', 'Another user reads no purchase');
select is_empty('select from stripe_payment_intents', 'Another user reads no payment');
select is(has_entitlement('lifetime'), false, 'Another user does not have the owner''s entitlement');
select is_empty('select from stripe_product_features', 'Another user reads no features');
select tests.sign_in_to('org_acme', 'member', 'user_member');
select results_eq('select session from stripe_purchases', array['cs_acme'], 'A member reads the purchases of the active organization');
select is(has_entitlement('secrets'), true, 'A member has the entitlement of the active organization');
select tests.sign_in('user_member');
select is(has_entitlement('secrets'), false, 'A member without an active organization does not have it');
select is(tests.outcome('anon', statement), '42501', format('A visitor may not execute: %s', statement))
from unnest(array['select from stripe_purchases', 'select from stripe_product_features', 'select has_purchased(''lifetime'')']) as statement;
select tests.be_the_server();
select is(has_entitlement('lifetime'), false, 'The server has no entitlement');
select tests.be_the_owner_of_the_database();

-- Every state of a payment

create temporary table states (more, session, status) as values
  ('{"latest_charge": {"amount_refunded": 99}}'::jsonb, '{}'::jsonb, 'paid'),
  ('{"latest_charge": {"amount_refunded": 100}}', '{}', 'refunded'),
  ('{"disputes": {"data": [{"status": "warning_needs_response"}]}}', '{}', 'paid'),
  ('{"disputes": {"data": [{"status": "needs_response"}]}}', '{}', 'disputed'),
  ('{"disputes": {"data": [{"status": "under_review"}]}}', '{}', 'disputed'),
  ('{"disputes": {"data": [{"status": "won"}]}}', '{}', 'paid'),
  ('{"disputes": {"data": [{"status": "won"}, {"status": "lost"}]}}', '{}', 'disputed'),
  ('{"status": "processing", "amount_received": 0}', '{"payment_status": "unpaid"}', 'processing'),
  ('{"status": "requires_payment_method", "amount_received": 0}', '{"payment_status": "unpaid"}', 'failed'),
  ('{"status": "canceled", "amount_received": 0}', '{"payment_status": "unpaid"}', 'failed'),
  ('{"deleted": true}', '{"payment_intent": "pi_unknown"}', 'processing'),
  ('{}', '{"payment_intent": null, "payment_status": "no_payment_required"}', 'paid');
create function pg_temp.status_of(more jsonb, session jsonb) returns text language plpgsql as $$
begin
  perform pg_temp.record(pg_temp.session('cs_1', 'user_owner', 'prod_life', session), pg_temp.payment('cs_1', 'user_owner', more));
  perform tests.sign_in('user_owner');
  return (select status || case when public.has_entitlement('lifetime') then ' and entitled' else '' end from public.stripe_purchases);
end
$$;
create temporary table found (want, have) as values ('', '');
do $$
declare
  state record;
  have  text;
begin
  for state in select * from states loop
    have := pg_temp.status_of(state.more, state.session);
    perform tests.be_the_owner_of_the_database();
    insert into found values (state.status || case state.status when 'paid' then ' and entitled' else '' end, have);
  end loop;
end
$$;
select is_empty('select * from found where want is distinct from have', 'A purchase entitles in exactly the states that leave money received');
select is((select count(*) from found), 13::bigint, 'Every state was tried');

-- Deleted customer

select pg_temp.record('{"id": "cus_user_owner", "object": "customer", "deleted": true}');
select tests.sign_in('user_owner');
select is(has_entitlement('lifetime'), true, 'A purchase entitles after its customer was deleted at Stripe');
select tests.be_the_owner_of_the_database();
select pg_temp.record('{"id": "prod_life", "object": "product_features", "deleted": true}');
select tests.sign_in('user_owner');
select is(has_entitlement('lifetime'), false, 'A deleted product has no features');

select * from finish();
rollback;
