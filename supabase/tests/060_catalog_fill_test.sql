-- The fill: one filler at a time, the next goes on where it stopped, and what is no longer listed is gone.

begin;
select plan(43);

select tests.start_afresh();
select tests.be_the_server();

-- Before anything was listed

select is(list_products(false) ->> 'catalog', 'empty', 'A catalog that was never filled is empty');
select record_objects(draw_ticket(false), '[
  {"id": "prod_kept", "object": "product", "active": true, "created": 1},
  {"id": "prod_gone", "object": "product", "active": true, "created": 2},
  {"id": "price_gone", "object": "price", "active": true, "created": 2, "product": "prod_gone"}
]', false);
select is(list_products(false) ->> 'catalog', 'empty', 'So it is with what events brought');

-- One fills

create temporary table first as select * from claim_catalog_fill(false);
select is((select ticket from first), (select last_value from billing.tickets), 'The filler holds a ticket');
select results_eq('select cursor, retry_after from first', $$ values (null::text, null::integer) $$, 'He begins at the beginning');
select results_eq('select ticket, cursor, retry_after from claim_catalog_fill(false)', $$ values (null::bigint, null::text, 30) $$, 'The others wait for his lease to end');
update billing.catalog_fill set lease_until = now() + interval '1 second' where singleton;
select is((select record_catalog_page(ticket, '[{"id": "prod_kept", "object": "product", "active": true, "created": 1, "name": "Seen"}]', 'products prod_kept', false) from first), true, 'He records a page');
select is((select name from stripe_products where id = 'prod_kept'), 'Seen', 'It is in the mirror');
select is((select ticket from stripe_products where id = 'prod_kept'), (select ticket from first), 'Under his ticket');
select is((select lease_until from billing.catalog_fill), now() + interval '30 seconds', 'His lease is extended');
select is(list_products(false) ->> 'catalog', 'empty', 'Half of a catalog is none');

-- He stops, another goes on

update billing.catalog_fill set lease_until = now() where singleton;
create temporary table second as select * from claim_catalog_fill(false);
select cmp_ok((select ticket from second), '>', (select ticket from first), 'Another draws a ticket');
select is((select cursor from second), 'products prod_kept', 'He goes on from the last page');
select is((select record_catalog_page(ticket, '[{"id": "prod_kept", "object": "product", "name": "Overtaken"}]', 'products prod_kept', false) from first), false, 'The one before is told to stop');
select is((select name from stripe_products where id = 'prod_kept'), 'Seen', 'His page is not recorded');
select is((select complete_catalog_fill(ticket, 60, false) from first), false, 'He completes nothing');
select fail_catalog_fill(ticket, 3600, false) from first;
select results_eq('select lease_until, due_at from billing.catalog_fill', $$ values (now() + interval '30 seconds', '-infinity'::timestamptz) $$, 'He fails nothing');
select is((select record_catalog_page(ticket, '[{"id": "prod_b", "object": "product", "active": true, "created": 3}]', 'prices', false) from second), true, 'The other goes on');
select throws_ok($$ select record_catalog_page(ticket, null, 'prices', false) from second $$, '22023', null, 'A page that is none is refused');

-- Meanwhile somebody else sees an object, and somebody who looked before the fill records late

select record_objects(draw_ticket(false), '[{"id": "prod_new", "object": "product", "active": true, "created": 4}]', false);
select record_objects((select ticket - 1 from first), '[{"id": "prod_late", "object": "product", "active": true, "created": 0}]', false);

-- He completes

select is((select complete_catalog_fill(ticket, 60, false) from second), true, 'The fill completes');
select results_eq(
  'select id from stripe_products where not deleted order by id', array['prod_b', 'prod_kept', 'prod_new'],
  'What neither filler listed is gone, what the first listed and what came meanwhile stays'
);
select results_eq('select id, deleted from stripe_prices', $$ values ('price_gone', true) $$, 'So are prices');
select results_eq(
  $$ select ticket, data from stripe_products where id = 'prod_gone' $$,
  $$ select ticket, '{"id": "prod_gone", "object": "product", "deleted": true}'::jsonb from first $$,
  'It is gone as of the first ticket'
);
select is((select complete_catalog_fill(ticket, 60, false) from second), false, 'It completes once');
select is((select record_catalog_page(ticket, '[]', null, false) from second), false, 'Afterwards nothing is added');
select is(list_products(false) ->> 'catalog', 'fresh', 'The catalog is fresh');
select results_eq('select ticket, cursor, retry_after from claim_catalog_fill(false)', $$ values (null::bigint, null::text, 60) $$, 'Nobody fills it for as long as it is');
select results_eq('select started_at, first_ticket, cursor, pages from billing.catalog_fill', $$ values (null::timestamptz, null::bigint, null::text, 0) $$, 'The next fill will begin at the beginning');

-- It is due

update billing.catalog_fill set due_at = now() where singleton;
select is(list_products(false) ->> 'catalog', 'due', 'A catalog is due');
select is(list_prices(false) ->> 'catalog', 'due', 'Its prices are, too');
create temporary table third as select * from claim_catalog_fill(false);
select is(list_products(false) ->> 'catalog', 'fresh', 'With a filler at work it is as fresh as it gets');
select fail_catalog_fill(ticket, 5, false) from third;
select is(list_products(false) ->> 'catalog', 'fresh', 'After a failure it is left alone for a while');
select is((select retry_after from claim_catalog_fill(false)), 5, 'For as long as the filler said');
update billing.catalog_fill set due_at = now() where singleton;
select isnt((select ticket from claim_catalog_fill(false)), null, 'Then another tries');
select fail_catalog_fill(ticket, -5, false) from billing.catalog_fill;
select is(list_products(false) ->> 'catalog', 'due', 'A failure to be tried again at once is due at once');
select throws_ok($$ select fail_catalog_fill(ticket, null, false) from billing.catalog_fill $$, '23502', null, 'A failure says when to try again');

-- A long catalog

create temporary table long as select * from claim_catalog_fill(false);
update billing.catalog_fill set started_at = now() - interval '10 seconds', pages = 24 where singleton;
select record_catalog_page(ticket, '[]', 'prices', false) from long;
select throws_ok('select complete_catalog_fill(ticket, null, false) from long', '23502', null, 'A completion says when to look again');
select complete_catalog_fill(ticket, 60, false) from long;
select is((select due_at from billing.catalog_fill), now() - interval '10 seconds' + interval '150 seconds', 'Twenty-five pages last two and a half times as long, from the beginning');
select is((select count(*) from stripe_products where not deleted), 0::bigint, 'A catalog that lists nothing has nothing');
select is(list_products(false) ->> 'catalog', 'fresh', 'It is not empty for that: everything was listed');

-- Everybody else

select tests.sign_in('user_anyone');
select throws_ok('select claim_catalog_fill(false)', '42501', null, 'A user fills nothing');
select throws_ok($$ select record_catalog_page(1, '[]', null, false) $$, '42501', null, 'A user records no page');
select tests.sign_out();
select throws_ok('select complete_catalog_fill(1, 60, false)', '42501', null, 'A visitor completes nothing');
select throws_ok('select fail_catalog_fill(1, 60, false)', '42501', null, 'A visitor fails nothing');

select * from finish();
rollback;
