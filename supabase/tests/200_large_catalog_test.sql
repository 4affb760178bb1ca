-- A catalog of 50,000 products and 100,000 prices: no filter, cursor or step of a fill reads it to its end.

begin;
select plan(30);

select tests.new_deployment();
select tests.be_the_server();
select draw_ticket('test_1');
select tests.be_the_owner_of_the_database();

-- One price in euro, the oldest; yearly prices in dollars and monthly ones in yen, but no pair of the others.
insert into stripe_products (ticket, data)
select 1, jsonb_build_object('id', 'prod_' || number, 'object', 'product', 'active', true, 'created', number) from generate_series(1, 50000) as number;
insert into stripe_prices (ticket, data)
select 1, jsonb_build_object(
  'id', 'price_' || number, 'object', 'price', 'active', number <= 90000, 'created', number, 'product', 'prod_' || (number % 50000 + 1),
  'currency', case when number = 1 then 'eur' when number % 2 = 0 then 'usd' else 'jpy' end, 'type', 'recurring',
  'recurring', jsonb_build_object('interval', case when number % 2 = 0 then 'year' else 'month' end), 'lookup_key', 'key_' || number
)
from generate_series(1, 100000) as number;

-- How many rows of the catalog a statement reads, by index or not.
create function pg_temp.rows_read(statement text) returns bigint language plpgsql as $$
declare
  before constant bigint := (select sum(pg_stat_get_xact_tuples_returned(oid) + pg_stat_get_xact_tuples_fetched(oid)) from pg_class where relname like any ('{stripe\_products%,stripe\_prices%}'));
begin
  execute statement;
  return (select sum(pg_stat_get_xact_tuples_returned(oid) + pg_stat_get_xact_tuples_fetched(oid)) from pg_class where relname like any ('{stripe\_products%,stripe\_prices%}')) - before;
end
$$;

create temporary table lists (what, list) as values
  ('a currency without a price', $$ list_prices('test_1', currency => 'xaf') $$),
  ('a currency of one price, the oldest', $$ list_prices('test_1', currency => 'eur') $$),
  ('a type without a price', $$ list_prices('test_1', type => 'one_time') $$),
  ('an interval without a price', $$ list_prices('test_1', recurring_interval => 'day') $$),
  ('a type that has no interval', $$ list_prices('test_1', type => 'one_time', recurring_interval => 'month') $$),
  ('a currency and an interval without a common price', $$ list_prices('test_1', currency => 'usd', recurring_interval => 'month') $$),
  ('a currency, a type and an interval without a common price', $$ list_prices('test_1', currency => 'usd', type => 'recurring', recurring_interval => 'month') $$),
  ('a currency and a type without a common price', $$ list_prices('test_1', currency => 'usd', type => 'one_time') $$),
  ('an unknown product', $$ list_prices('test_1', product => 'prod_none') $$),
  ('an unknown lookup key', $$ list_prices('test_1', lookup_keys => '{none}') $$),
  ('archived prices', $$ list_prices('test_1', active => false) $$),
  ('archived products', $$ list_products('test_1', active => false) $$),
  ('no filter', $$ list_prices('test_1') $$);

select cmp_ok(pg_temp.rows_read('select ' || list), '<', 200::bigint, 'Without statistics, a page reads few rows with ' || what) from lists;
analyze stripe_products, stripe_prices;
select cmp_ok(pg_temp.rows_read('select ' || list), '<', 200::bigint, 'With statistics, a page reads few rows with ' || what) from lists;
select cmp_ok(
  pg_temp.rows_read($$ do 'begin perform public.list_prices(''test_1'', starting_after => ''price_none''); exception when invalid_parameter_value then end' $$), '<', 10::bigint,
  'An unknown cursor reads no row'
);

-- The end of a fill

select tests.be_the_server();
create temporary table run as select (claim_catalog_fill('test_1')).run_id;
select cmp_ok(pg_temp.rows_read($$ select list_unlisted_catalog(run_id, 8, 'test_1') from run $$), '<', 200::bigint, 'With a whole catalog that was not listed, few rows are read');
update billing.catalog_fill set first_ticket = 1 where singleton;
select cmp_ok(pg_temp.rows_read($$ select list_unlisted_catalog(run_id, 8, 'test_1') from run $$), '<', 200::bigint, 'With a catalog that was all listed, few rows are read');
select cmp_ok(pg_temp.rows_read($$ select complete_catalog_fill(run_id, 60, 'test_1') from run $$), '<', 10::bigint, 'The end of a fill reads no row of the catalog');

select * from finish();
rollback;
