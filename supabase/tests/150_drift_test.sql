-- Drift and pruning: the least recently fetched rows are listed, changes without an event are reported, and old rows are
-- deleted.

begin;
select plan(32);

select tests.new_deployment();
select tests.be_the_server();

-- One object of each kind, the customer fetched longest ago

select record_objects(draw_ticket('test_1'), '[
  {"id": "cus_1", "object": "customer"}, {"id": "prod_1", "object": "product"}, {"id": "price_1", "object": "price"},
  {"id": "sub_1", "object": "subscription"}, {"id": "in_1", "object": "invoice"},
  {"id": "cus_1", "object": "entitlements.active_entitlement_summary"}, {"id": "cus_gone", "object": "customer", "deleted": true}
]', 'test_1');
select results_eq(
  'select object, id, deleted from billing.mirror order by object, id',
  $$ values
    ('customer', 'cus_1', false), ('customer', 'cus_gone', true), ('entitlements.active_entitlement_summary', 'cus_1', false),
    ('invoice', 'in_1', false), ('price', 'price_1', false), ('product', 'prod_1', false), ('subscription', 'sub_1', false)
  $$,
  'billing.mirror has the rows of every kind'
);
select is(list_least_recently_fetched('test_1')::text, '[]', 'A row fetched today is not listed');
update stripe_customers set fetched_at = now() - interval '7 days' where true;
update stripe_subscriptions set fetched_at = now() - interval '6 days' where true;
update stripe_invoices set fetched_at = now() - interval '5 days' where true;
update stripe_entitlements set fetched_at = now() - interval '4 days' where true;
update stripe_prices set fetched_at = now() - interval '3 days' where true;
update stripe_products set fetched_at = now() - interval '1 day' where true;
select set_eq(
  $$ select object, object_id from json_to_recordset(list_least_recently_fetched('test_1')) as stale (object text, object_id text) $$,
  $$ values ('customer', 'cus_1'), ('subscription', 'sub_1'), ('invoice', 'in_1'), ('entitlements.active_entitlement_summary', 'cus_1'), ('price', 'price_1') $$,
  'Rows of all kinds fetched more than a day ago are listed, without tombstones'
);
select isnt(list_least_recently_fetched('test_1', 1) -> 0 ->> 'object', 'price', 'A small batch is chosen from the rows fetched longest ago');
select is(json_array_length(list_least_recently_fetched('test_1', 2)), 2, 'A batch has no more rows than its size');
select throws_ok($$ select list_least_recently_fetched('test_1', null) $$, '22023', null, 'A missing batch size is refused');

-- Fetched again

select is(detect_drift(draw_ticket('test_1'), '[{"object": "subscription", "id": "sub_1"}]', 'test_1'), 0, 'An unchanged object is not drift');
select is((select fetched_at from stripe_subscriptions), now(), 'An unchanged object has the time of the new fetch');
select is(detect_drift(draw_ticket('test_1'), '[
  {"id": "sub_1", "object": "subscription", "status": "canceled", "customer": "cus_1"},
  {"id": "in_1", "object": "invoice", "deleted": true},
  {"id": "price_1", "object": "price"}
]', 'test_1'), 2, 'Changes without an event are drift');
select results_eq(
  'select object, object_id, found_at, fields from billing.drift order by object',
  $$ values ('invoice', 'in_1', now(), '{deleted}'::text[]), ('subscription', 'sub_1', now(), '{customer,status}') $$,
  'Drift is reported with the names of the changed fields'
);
select results_eq('select status from stripe_subscriptions', array['canceled'], 'A drifted object is recorded');
select is((select deleted from stripe_invoices), true, 'A deletion without an event is recorded');
select claim_event('evt_1', 'customer.subscription.updated', 1, 'subscription', 'sub_1', 'test_1');
select is(detect_drift(draw_ticket('test_1'), '[{"id": "sub_1", "object": "subscription", "status": "active"}]', 'test_1'), 0, 'A change with a pending event is not drift');
select is((select outcome from billing.webhook_events), 'covered', 'Recording the change finishes its event');
select is(detect_drift((select ticket - 1 from stripe_subscriptions), '[{"id": "sub_1", "object": "subscription", "status": "past_due"}]', 'test_1'), 0, 'A change under a smaller ticket than the row''s is not drift');
select is((select status from stripe_subscriptions), 'active', 'A change under a smaller ticket is not recorded');
select is(detect_drift(draw_ticket('test_1'), '[{"id": "sub_2", "object": "subscription"}]', 'test_1'), 0, 'An object that was never mirrored is not drift');
select is((select count(*) from stripe_subscriptions), 2::bigint, 'An object that was never mirrored is recorded');
delete from billing.drift where true;
select is(detect_drift(draw_ticket('test_1'), '[{"id": "sub_2", "object": "subscription", "a": 1}, {"id": "sub_2", "object": "subscription", "a": 1}]', 'test_1'), 1, 'An object that is listed twice is one drift');
select throws_ok($$ select detect_drift(1, null, 'test_1') $$, '22023', null, 'A missing array is refused');
select throws_ok($$ select detect_drift(1, '[{"id": "ch_1", "object": "charge"}]', 'test_1') $$, '22023', null, 'A kind without a table is refused');
insert into billing.drift (found_at, object, object_id, fields) values (now() - interval '1 hour', 'subscription', 'sub_3', '{a,b}');
select results_eq(
  'select object, field, objects, first_found_at, last_found_at from billing.drift_report',
  $$ values ('subscription', 'a', 2::bigint, now() - interval '1 hour', now()), ('subscription', 'b', 1, now() - interval '1 hour', now() - interval '1 hour') $$,
  'drift_report has the fields that drift most'
);

-- Pruning

delete from billing.webhook_events where true;
delete from billing.drift where true;
select is(prune_ledger('test_1'), 0, 'Pruning an empty ledger deletes nothing');
insert into billing.webhook_events (id, type, object, object_id, created, ticket, received_at, processed_at, outcome) values
  ('evt_old', 'a', 'price', 'price_1', 1, 1, now() - interval '36 days', now(), 'processed'),
  ('evt_covered', 'a', 'price', 'price_1', 1, 1, now() - interval '36 days', now(), 'covered'),
  ('evt_new', 'a', 'price', 'price_1', 1, 1, now() - interval '34 days', now(), 'processed'),
  ('evt_dead', 'a', 'price', 'price_1', 1, 1, now() - interval '36 days', now(), 'dead'),
  ('evt_pending', 'a', 'price', 'price_1', 1, 1, now() - interval '36 days', null, null);
insert into billing.drift (found_at, object, object_id, fields) values
  (now() - interval '36 days', 'price', 'price_1', '{a}'), (now() - interval '34 days', 'price', 'price_1', '{a}');
select is(prune_ledger('test_1'), 3, 'Pruning deletes finished events and drift older than 35 days');
select results_eq('select id from billing.webhook_events order by id', array['evt_dead', 'evt_new', 'evt_pending'], 'Pruning keeps dead, newer and pending events');
select is((select found_at from billing.drift), now() - interval '34 days', 'Pruning keeps newer drift');
insert into billing.webhook_events (id, type, object, object_id, created, ticket, received_at, processed_at, outcome)
select 'evt_' || number, 'a', 'price', 'price_1', 1, 1, now() - interval '40 days' - make_interval(secs => number), now(), 'processed' from generate_series(1, 20003) as number;
select is(prune_ledger('test_1'), 20000, 'Pruning deletes at most twenty thousand events, twice as many as 10,000 events a minute need');
select results_eq($$ select count(*), max(received_at) from billing.webhook_events where id like 'evt\_%' and received_at < now() - interval '39 days' $$, $$ values (3::bigint, now() - interval '40 days 1 second') $$, 'Pruning deletes the oldest events first');
select is(prune_ledger('test_1'), 3, 'Pruning again deletes the rest');

-- The ledger's constraints

select throws_ok($$ update billing.webhook_events set outcome = 'processed' where id = 'evt_pending' $$, '23514', null, 'An outcome without a time is refused');
select throws_ok($$ update billing.webhook_events set processed_at = now() where id = 'evt_pending' $$, '23514', null, 'A time without an outcome is refused');
select throws_ok($$ update billing.webhook_events set outcome = 'ignored', processed_at = now() where id = 'evt_pending' $$, '23514', null, 'An unknown outcome is refused');

select * from finish();
rollback;
