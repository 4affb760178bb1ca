-- Recording: the largest ticket of each object wins, and deleted objects leave tombstones.

begin;
select plan(31);

select tests.new_deployment();
select tests.be_the_server();

-- Tickets

select cmp_ok(draw_ticket('test_1'), '<', draw_ticket('test_1'), 'A ticket is greater than every earlier ticket');
select throws_ok($$ select record_objects((select last_value + 1 from billing.tickets), '[]', 'test_1') $$, '55000', null, 'A ticket that was never drawn is refused');
select throws_ok($$ select record_objects(null, '[{"id": "prod_1", "object": "product"}]', 'test_1') $$, '23502', null, 'A missing ticket is refused');

create temporary table tickets as select draw_ticket('test_1') as early, draw_ticket('test_1') as late;

-- Objects

select record_objects(early, '[
  {"id": "prod_1", "object": "product", "active": true, "created": 1700000000, "name": "One"},
  {"id": "cus_1", "object": "customer", "email": "one@example.com", "name": "One", "deleted": false},
  {"id": "price_1", "object": "price", "active": true, "created": 1700000001, "product": "prod_1", "currency": "usd", "type": "recurring",
   "recurring": {"interval": "month"}, "lookup_key": "one_monthly", "unit_amount": 999},
  {"id": "price_2", "object": "price", "active": true, "created": 1700000002, "product": "prod_none", "currency": "usd", "type": "one_time",
   "recurring": null, "lookup_key": null, "unit_amount": null, "unit_amount_decimal": "0.5"}
]', 'test_1') from tickets;
select results_eq('select id, deleted, email, name from stripe_customers', $$ values ('cus_1', false, 'one@example.com', 'One') $$, 'A customer is recorded');
select results_eq('select id, deleted, active, name, created from stripe_products', $$ values ('prod_1', false, true, 'One', 1700000000::bigint) $$, 'A product is recorded');
select results_eq(
  'select id, product, currency, type, recurring_interval, lookup_key, unit_amount, created from stripe_prices order by id',
  $$ values
    ('price_1', 'prod_1', 'usd', 'recurring', 'month', 'one_monthly', 999::bigint, 1700000001::bigint),
    ('price_2', 'prod_none', 'usd', 'one_time', null, null, null, 1700000002::bigint)
  $$,
  'A price is recorded, also before its product and without an amount'
);
select is((select ticket from stripe_products), (select early from tickets), 'An object is recorded under its ticket');
select is((select fetched_at from stripe_products), now(), 'An object is recorded with the time');
select is((select data from stripe_prices where id = 'price_2') ->> 'unit_amount_decimal', '0.5', 'An object is recorded with all its fields');
select throws_ok($$ update stripe_products set name = 'Two' where id = 'prod_1' $$, '428C9', null, 'Writing a generated column is refused');
select throws_ok($$ insert into stripe_products (ticket, data) values (1, '{"id": "price_1", "object": "price"}') $$, '23514', null, 'A price in the table of products is refused');
select throws_ok($$ insert into stripe_products (ticket, data) values (1, '{"id": "prod_3"}') $$, '23514', null, 'An object without a kind is refused by its table');

-- The largest ticket wins

select record_objects(late, '[{"id": "prod_1", "object": "product", "active": true, "created": 1700000000, "name": "Late"}]', 'test_1') from tickets;
select is((select name from stripe_products), 'Late', 'A larger ticket overwrites');
update stripe_products set fetched_at = now() - interval '1 hour' where id = 'prod_1';
select record_objects(early, '[{"id": "prod_1", "object": "product", "active": false, "created": 1700000000, "name": "Early"}]', 'test_1') from tickets;
select results_eq('select name, active, ticket = (select late from tickets) from stripe_products', $$ values ('Late', true, true) $$, 'A smaller ticket changes nothing');
select is((select fetched_at from stripe_products), now() - interval '1 hour', 'A smaller ticket does not change the time of the fetch');
select record_objects(late, '[{"id": "prod_1", "object": "product", "active": true, "created": 1700000000, "name": "Again"}]', 'test_1') from tickets;
select results_eq('select name, fetched_at from stripe_products', $$ values ('Again', now()) $$, 'The same ticket overwrites');
select record_objects(draw_ticket('test_1'), '[
  {"id": "prod_1", "object": "product", "name": "First"},
  {"id": "prod_1", "object": "product", "name": "Second"}
]', 'test_1');
select is((select name from stripe_products), 'Second', 'Of an object that is listed twice the last is recorded');

-- Tombstones

select record_objects(draw_ticket('test_1'), '[{"id": "prod_1", "object": "product", "deleted": true}, {"id": "price_1", "object": "price", "deleted": true}]', 'test_1');
select results_eq('select deleted, active, name, created from stripe_products', $$ values (true, null::boolean, null::text, null::bigint) $$, 'A deleted product leaves a tombstone');
select results_eq(
  $$ select deleted, active, product, unit_amount, created from stripe_prices where id = 'price_1' $$,
  $$ values (true, null::boolean, null::text, null::bigint, null::bigint) $$,
  'A deleted price leaves a tombstone'
);
select record_objects(early, '[{"id": "prod_1", "object": "product", "name": "Early"}]', 'test_1') from tickets;
select is((select deleted from stripe_products), true, 'A smaller ticket does not replace a tombstone');
select record_objects(draw_ticket('test_1'), '[{"id": "prod_2", "object": "product", "deleted": true}]', 'test_1');
select is((select deleted from stripe_products where id = 'prod_2'), true, 'A deleted object that was never mirrored leaves a tombstone');

-- Invalid objects

select throws_ok($$ select record_objects(1, '[{"id": "ch_1", "object": "charge"}]', 'test_1') $$, '22023', 'No table mirrors a Stripe "charge"', 'An unknown kind is refused');
select throws_ok($$ select record_objects(1, '[{"id": "prod_3"}]', 'test_1') $$, '22023', null, 'An object without a kind is refused');
select throws_ok($$ select record_objects(1, '[null]', 'test_1') $$, '22023', null, 'A null object is refused');
select throws_ok($$ select record_objects(1, '[{"object": "product"}]', 'test_1') $$, '23502', null, 'An object without an id is refused');
select throws_ok($$ select record_objects(1, '{"id": "prod_3", "object": "product"}', 'test_1') $$, '22023', null, 'An object outside an array is refused');
select throws_ok($$ select record_objects(1, null, 'test_1') $$, '22023', null, 'A missing array is refused');
select throws_ok($$ select record_objects(1, '[{"id": "prod_3", "object": "product"}, {"id": "ch_1", "object": "charge"}]', 'test_1') $$, '22023', null, 'A valid object beside an unknown kind is refused');
select is_empty($$ select from stripe_products where id = 'prod_3' $$, 'A refused call records nothing');
select lives_ok($$ select record_objects(1, '[]', 'test_1') $$, 'An empty array is accepted');

-- A restore with a sequence that is behind the rows

insert into stripe_products (ticket, data) values ((select last_value + 1000 from billing.tickets), '{"id": "prod_ahead", "object": "product"}');
select throws_like(
  $$ select record_objects(draw_ticket('test_1'), '[{"id": "prod_ahead", "object": "product", "name": "Lost"}]', 'test_1') $$,
  'Ticket % of "prod_ahead" in stripe_products was never drawn: set billing.tickets ahead of it',
  'A write to a row ahead of the sequence is refused'
);

select * from finish();
rollback;
