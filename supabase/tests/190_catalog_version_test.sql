-- The version of the catalog: grows with every change of a product or a price, and with nothing else.

begin;
select plan(15);

select tests.new_deployment();
select tests.be_the_server();
select draw_ticket('test_1');

-- The version before the last step.
create temporary table before as select version from read_catalog_version('test_1');
create function pg_temp.has_grown() returns boolean language plpgsql as $$
declare
  known constant bigint := (select version from before);
begin
  update before set version = (read_catalog_version('test_1')).version where true;
  return (select version from before) > known;
end
$$;

select is((read_catalog_version('test_1')).catalog, 'empty', 'Before the first fill the version says that the catalog is empty');
select record_objects(draw_ticket('test_1'), '[{"id": "prod_a", "object": "product", "active": true, "created": 1}]', 'test_1');
select ok(pg_temp.has_grown(), 'The version grows with a new product');
select record_objects(draw_ticket('test_1'), '[{"id": "prod_a", "object": "product", "active": true, "created": 1}]', 'test_1');
select ok(not pg_temp.has_grown(), 'The version stays when the same product is recorded again');
select record_objects(draw_ticket('test_1'), '[{"id": "prod_a", "object": "product", "active": true, "created": 1, "name": "A"}]', 'test_1');
select ok(pg_temp.has_grown(), 'The version grows with a changed product');
select record_objects(draw_ticket('test_1'), '[{"id": "price_a", "object": "price", "active": true, "created": 1, "product": "prod_a"}]', 'test_1');
select ok(pg_temp.has_grown(), 'The version grows with a new price');
select record_objects(draw_ticket('test_1'), '[{"id": "price_a", "object": "price", "deleted": true}]', 'test_1');
select ok(pg_temp.has_grown(), 'The version grows with a tombstone');
select record_objects(1, '[{"id": "prod_a", "object": "product", "name": "Older"}]', 'test_1');
select ok(not pg_temp.has_grown(), 'The version stays when an older fetch is dropped');
select record_objects(draw_ticket('test_1'), '[{"id": "cus_a", "object": "customer"}, {"id": "in_a", "object": "invoice"}]', 'test_1');
select ok(not pg_temp.has_grown(), 'The version stays with objects that are not of the catalog');
delete from stripe_prices where id = 'price_a';
select ok(pg_temp.has_grown(), 'The version grows with a deleted row');
select is((list_products('test_1') ->> 'version')::bigint, (select version from before), 'A page has the version');

-- Many changes

do $$
begin
  for change in 1..500 loop
    perform public.record_objects(public.draw_ticket('test_1'), jsonb_build_array(jsonb_build_object('id', 'prod_a', 'object', 'product', 'name', change)), 'test_1');
  end loop;
end
$$;
select is((read_catalog_version('test_1')).version, (select version + 500 from before), 'The version counts each of many changes');
select cmp_ok((select count(*) from billing.catalog_changes), '<=', 51::bigint, 'Many changes are added up to few rows');
select pg_temp.has_grown();

-- The switch

select tests.be_the_owner_of_the_database();
select billing.switch_deployment('acct_live', true);
select tests.be_the_server();
select confirm_account('acct_live', 'live_1');
select cmp_ok((read_catalog_version('live_1')).version, '>', (select version from before), 'After the switch the version continues');
select throws_ok($$ select read_catalog_version('test_1') $$, '55000', null, 'After the switch the old key reads no version');

-- The cost

select cmp_ok(tests.blocks($$ select read_catalog_version('live_1') $$), '<', 20::bigint, 'The version is read from few blocks');

select * from finish();
rollback;
