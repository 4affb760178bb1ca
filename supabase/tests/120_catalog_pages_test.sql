-- Pages of products and prices: their content, order and cursors.

begin;
select plan(57);

select tests.new_deployment();

-- Five active products, three of them of the same second, one archived, one deleted; prices of all kinds.

select record_objects(draw_ticket('test_1'), '[
  {"id": "prod_a", "object": "product", "active": true,  "created": 1, "name": "A"},
  {"id": "prod_b", "object": "product", "active": true,  "created": 2, "name": "B"},
  {"id": "prod_c", "object": "product", "active": true,  "created": 2, "name": "C"},
  {"id": "prod_d", "object": "product", "active": true,  "created": 2, "name": "D"},
  {"id": "prod_e", "object": "product", "active": true,  "created": 3, "name": "E"},
  {"id": "prod_z", "object": "product", "active": false, "created": 4, "name": "Archived"},
  {"id": "prod_x", "object": "product", "deleted": true},

  {"id": "price_month", "object": "price", "active": true,  "created": 1, "product": "prod_a", "currency": "usd", "type": "recurring", "recurring": {"interval": "month"}, "lookup_key": "a_month"},
  {"id": "price_year",  "object": "price", "active": true,  "created": 1, "product": "prod_a", "currency": "usd", "type": "recurring", "recurring": {"interval": "year"}, "lookup_key": "a_year"},
  {"id": "price_euro",  "object": "price", "active": true,  "created": 1, "product": "prod_a", "currency": "eur", "type": "recurring", "recurring": {"interval": "month"}},
  {"id": "price_once",  "object": "price", "active": true,  "created": 2, "product": "prod_b", "currency": "usd", "type": "one_time", "recurring": null, "lookup_key": "b_once"},
  {"id": "price_old",   "object": "price", "active": false, "created": 3, "product": "prod_a", "currency": "usd", "type": "one_time"},
  {"id": "price_of_z",  "object": "price", "active": true,  "created": 4, "product": "prod_z", "currency": "usd", "type": "one_time", "lookup_key": "z_once"},
  {"id": "price_early", "object": "price", "active": true,  "created": 5, "product": "prod_unseen", "currency": "usd", "type": "one_time"},
  {"id": "price_x",     "object": "price", "deleted": true}
]', 'test_1');

create function pg_temp.ids(page json) returns text[] language sql as $$
  select coalesce(array_agg(object ->> 'id' order by place), '{}') from json_array_elements(page -> 'data') with ordinality as row (object, place)
$$;

-- Page after page to the end.
create function pg_temp.walk(list text) returns text[] language plpgsql as $$
declare
  page json;
  seen text[] := '{}';
begin
  for round in 1..20 loop
    execute format(list, page ->> 'next_cursor') into page;
    seen := seen || pg_temp.ids(page);
    exit when not (page ->> 'has_more')::boolean;
  end loop;
  return seen;
end
$$;
grant execute on all functions in schema pg_temp to public;

-- A signed-in user reads the tables

select tests.sign_in('user_anyone');
select results_eq('select id from stripe_products order by id', array['prod_a', 'prod_b', 'prod_c', 'prod_d', 'prod_e'], 'A user reads active products only');
select results_eq('select id from stripe_prices order by id', array['price_euro', 'price_month', 'price_once', 'price_year'], 'A user reads active prices of active products only');
select throws_ok($$ update stripe_products set ticket = 1 where id = 'prod_a' $$, '42501', null, 'A user may not update a product');
select throws_ok($$ select list_products('test_1') $$, '42501', null, 'A user may not call list_products');
select throws_ok($$ select list_prices('test_1') $$, '42501', null, 'A user may not call list_prices');

-- A user, in a session with pending tasks, and a user of Supabase's own Auth

select tests.sign_in('user_anyone', '{"sts": "pending"}');
select is_empty('select from stripe_products', 'A pending session reads no product');
select is_empty('select from stripe_prices', 'A pending session reads no price');
select tests.sign_in('5b0a3c4e-3f0e-4c1d-9a57-0c8f2d3b1a6e');
select is_empty('select from stripe_products', 'A user of Supabase Auth reads no product');
select is_empty('select from stripe_prices', 'A user of Supabase Auth reads no price');

-- A visitor

select tests.sign_out();
select throws_ok('select from stripe_products', '42501', null, 'A visitor may not read products');
select throws_ok('select from stripe_prices', '42501', null, 'A visitor may not read prices');
select throws_ok($$ select list_products('test_1') $$, '42501', null, 'A visitor may not call list_products');

-- The server lists products

select tests.be_the_server();
select is(pg_temp.ids(list_products('test_1')), array['prod_e', 'prod_d', 'prod_c', 'prod_b', 'prod_a'], 'Products are listed newest first, those of the same second by descending id');
select is(list_products('test_1')::jsonb - '{data,version}'::text[], '{"has_more": false, "next_cursor": null, "catalog": "empty"}', 'A page with all products has no next page');
select is(list_products('test_1', page_size => 5) ->> 'has_more', 'false', 'A full page with all products has no next page');
select is(list_products('test_1', page_size => 2)::jsonb - '{data,version}'::text[], '{"has_more": true, "next_cursor": "prod_d", "catalog": "empty"}', 'A page with a next page has its cursor');
select is((list_products('test_1') #> '{data,4}')::jsonb, '{"id": "prod_a", "name": "A", "active": true, "object": "product", "created": 1}', 'A product is returned as Stripe returned it');
select is(
  pg_temp.walk($$ select list_products('test_1', page_size => 1, starting_after => %L) $$), array['prod_e', 'prod_d', 'prod_c', 'prod_b', 'prod_a'],
  'Pages of one list every object once'
);
select is(
  pg_temp.walk($$ select list_products('test_1', page_size => 2, starting_after => %L) $$), array['prod_e', 'prod_d', 'prod_c', 'prod_b', 'prod_a'],
  'Pages of two list every object once'
);
select is(
  pg_temp.walk($$ select list_products('test_1', page_size => 5, starting_after => %L) $$), array['prod_e', 'prod_d', 'prod_c', 'prod_b', 'prod_a'],
  'Pages of five list every object once'
);
select is(pg_temp.ids(list_products('test_1', active => false)), array['prod_z'], 'Archived products are listed on request');
select is(pg_temp.ids(list_products('test_1', active => null)), '{}', 'Products that are neither active nor archived are none');
select is(pg_temp.ids(list_products('test_1', starting_after => 'prod_a')), '{}', 'A page after the last product is empty');
select is(pg_temp.ids(list_products('test_1', starting_after => 'prod_z')), array['prod_e', 'prod_d', 'prod_c', 'prod_b', 'prod_a'], 'An archived product is a valid cursor');
select throws_ok($$ select list_products('test_1', starting_after => 'prod_x') $$, '22023', null, 'A deleted product as the cursor is refused');
select throws_ok($$ select list_products('test_1', starting_after => 'prod_none') $$, '22023', 'Unknown cursor: "prod_none" is not in public.stripe_products', 'An unknown product as the cursor is refused');
select throws_ok($$ select list_products('test_1', starting_after => 'price_month') $$, '22023', null, 'A price as the cursor of products is refused');
select throws_ok($$ select list_products('test_1', starting_after => '') $$, '22023', null, 'An empty cursor is refused');
select throws_ok($$ select list_products('test_1', page_size => 0) $$, '22023', 'Invalid page size 0: expected 1 to 100', 'A page size of zero is refused');
select throws_ok($$ select list_products('test_1', page_size => -1) $$, '22023', null, 'A negative page size is refused');
select throws_ok($$ select list_products('test_1', page_size => 101) $$, '22023', null, 'A page size above a hundred is refused');
select throws_ok($$ select list_products('test_1', page_size => null) $$, '22023', null, 'A missing page size is refused');
select lives_ok($$ select list_products('test_1', page_size => 100) $$, 'A page size of a hundred is accepted');

-- Products with their prices

select is((list_products('test_1') #> '{data,4,prices}')::jsonb, null, 'A product has no prices by default');
select is(jsonb_path_query_array(list_products('test_1', expand => '{prices}')::jsonb, '$.data[4].prices[*].id'), '["price_year", "price_month", "price_euro"]', 'A product expanded by prices has its active prices, newest first');
select is((list_products('test_1', expand => '{prices}') #> '{data,0,prices}')::jsonb, '[]', 'A product without prices expanded by prices has an empty array');
select is((list_products('test_1', active => false, expand => '{prices}') #> '{data,0,prices}')::jsonb, '[]', 'An archived product expanded by prices has an empty array');

-- The server lists prices

select is(pg_temp.ids(list_prices('test_1')), array['price_once', 'price_year', 'price_month', 'price_euro'], 'Prices of archived and of unknown products are not listed');
select is(
  pg_temp.walk($$ select list_prices('test_1', page_size => 1, starting_after => %L) $$), array['price_once', 'price_year', 'price_month', 'price_euro'],
  'Pages of one list every object once'
);
select is(pg_temp.ids(list_prices('test_1', active => false)), array['price_old'], 'Archived prices of active products are listed on request');
select is(pg_temp.ids(list_prices('test_1', product => 'prod_b')), array['price_once'], 'Prices are filtered by product');
select is(pg_temp.ids(list_prices('test_1', product => 'prod_z')), '{}', 'Prices of an archived product are not listed by product');
select is(pg_temp.ids(list_prices('test_1', currency => 'eur')), array['price_euro'], 'Prices are filtered by currency');
select is(pg_temp.ids(list_prices('test_1', type => 'one_time')), array['price_once'], 'Prices are filtered by type');
select is(pg_temp.ids(list_prices('test_1', recurring_interval => 'month')), array['price_month', 'price_euro'], 'Prices are filtered by interval');
select is(pg_temp.ids(list_prices('test_1', lookup_keys => '{a_year}')), array['price_year'], 'Prices are filtered by a lookup key');
select is(pg_temp.ids(list_prices('test_1', lookup_keys => '{a_month,b_once,z_once,none}')), array['price_once', 'price_month'], 'Prices are filtered by several lookup keys');
select is(pg_temp.ids(list_prices('test_1', lookup_keys => '{}')), '{}', 'Prices filtered by an empty list of lookup keys are none');
select is(
  pg_temp.ids(list_prices('test_1', product => 'prod_a', currency => 'usd', type => 'recurring', recurring_interval => 'year', lookup_keys => '{a_year,a_month}')), array['price_year'],
  'Prices are filtered by all filters at once'
);
select is(
  pg_temp.walk($$ select list_prices('test_1', recurring_interval => 'month', page_size => 1, starting_after => %L) $$), array['price_month', 'price_euro'],
  'Pages of one list every price that a filter matches'
);
select throws_ok($$ select list_prices('test_1', starting_after => 'price_x') $$, '22023', null, 'A deleted price as the cursor is refused');
select throws_ok($$ select list_prices('test_1', starting_after => 'prod_a') $$, '22023', 'Unknown cursor: "prod_a" is not in public.stripe_prices', 'A product as the cursor of prices is refused');
select throws_ok($$ select list_prices('test_1', page_size => 101) $$, '22023', null, 'A page size of prices above a hundred is refused');
select is(list_prices('test_1') #>> '{data,0,product}', 'prod_b', 'A price has the id of its product by default');
select is(list_prices('test_1', expand => '{product}') #>> '{data,0,product,name}', 'B', 'A price expanded by its product has the product');

-- A plan for one combination of filters is not used for another

select matches((select proconfig::text from pg_proc where oid = 'list_prices'::regproc), 'plan_cache_mode=force_custom_plan', 'list_prices is planned for each call');

-- More prices than a product is expanded by

select record_objects(draw_ticket('test_1'), (
  select jsonb_agg(jsonb_build_object('id', 'price_' || n, 'object', 'price', 'active', true, 'created', n, 'product', 'prod_e'))
  from generate_series(101, 205) as n
), 'test_1');
select is(
  jsonb_path_query_array(list_products('test_1', expand => '{prices}')::jsonb, '$.data[0].prices[*].created'),
  (select jsonb_agg(n order by n desc) from generate_series(106, 205) as n),
  'A product expanded by prices has its newest hundred'
);

select * from finish();
rollback;
