-- Due events by lists: enough new objects of a kind are claimed together, under one ticket.

begin;
select plan(17);

select tests.new_deployment();
select tests.be_the_server();

create function pg_temp.enter(kind text, count integer, first integer default 1, type text default 'created') returns void
language sql as $$
  insert into billing.webhook_events (id, type, object, object_id, created, ticket)
  select format('evt_%s_%s_%s', kind, type, n), kind || '.' || type, kind, kind || '_' || n, 1700000000 + n, nextval('billing.tickets')
  from generate_series(first, first + count - 1) as n
$$;
create function pg_temp.claim() returns table (kind text, ticket bigint, ids text[], created_from bigint, created_to bigint)
language sql as $$
  select page.kind, page.ticket, array(select json_array_elements_text(page.ids)), page.created_from, page.created_to
  from json_to_record(claim_due_page('{product,price}', 'test_1')) as page (kind text, ticket bigint, ids json, created_from bigint, created_to bigint)
$$;

select is(claim_due_page('{product,price}', 'test_1')::text, null, 'Without due events no page is claimed');
select pg_temp.enter('product', 19);
select is(claim_due_page('{product,price}', 'test_1')::text, null, 'Few objects are not claimed');
select pg_temp.enter('product', 30, 1, 'updated');
select is(claim_due_page('{product,price}', 'test_1')::text, null, 'Objects that were updated are not, because their creation is not known');
select pg_temp.enter('product', 1, 20);
select pg_temp.enter('invoice', 50);
create temporary table page as select * from pg_temp.claim();
select is((select kind from page), 'product', 'Enough new objects of a kind are claimed, and no other kind');
select is((select cardinality(ids) from page), 20, 'Each once');
select results_eq('select created_from, created_to from page', 'values (1700000001::bigint, 1700000020::bigint)', 'With the time in which they were created');
select is((select ticket from page), (select last_value from billing.tickets), 'The claim draws a ticket');
select results_eq(
  $$ select event.type, count(*), bool_and(event.lease_until = now() + interval '60 seconds'), bool_and(event.due_at = now() + interval '60 seconds'), sum(event.attempts)
     from billing.webhook_events as event join page on page.ticket = event.ticket group by event.type order by event.type $$,
  $$ values ('product.created', 20::bigint, true, true, 20::bigint), ('product.updated', 20, true, true, 20) $$,
  'All due events of the objects are leased for a minute under it'
);
select is(claim_due_page('{product,price}', 'test_1')::text, null, 'They are claimed once');
select record_objects(ticket, (select jsonb_agg(jsonb_build_object('id', id, 'object', 'product', 'created', 1700000000)) from unnest(ids) as id where id <> 'product_7'), 'test_1') from page;
select results_eq(
  $$ select distinct object_id from billing.webhook_events join page using (ticket) where processed_at is null $$, array['product_7'],
  'What is recorded under the ticket is finished, the rest is not'
);
update billing.webhook_events set lease_until = now(), due_at = now() where object_id = 'product_7';
select is(claim_due_page('{product,price}', 'test_1')::text, null, 'What a list did not show is not listed again');

-- The newest hundred

select pg_temp.enter('price', 150);
truncate page;
insert into page select * from pg_temp.claim();
select results_eq('select kind, cardinality(ids), created_from, created_to from page', 'values (''price'', 100, 1700000051::bigint, 1700000150::bigint)', 'The newest hundred are claimed');
select is((select cardinality(ids) from pg_temp.claim()), 50, 'Then the others');

-- Only where the list is full of them

insert into stripe_products (ticket, data)
select 1, jsonb_build_object('id', 'prod_old_' || n, 'object', 'product', 'created', 1700001000 + n % 40) from generate_series(1, 400) as n;
select pg_temp.enter('product', 40, 1000);
select is((select kind from pg_temp.claim()), null, 'Objects among more than nine times as many are not claimed');
delete from stripe_products where id like 'prod\_old\_%' and id like '%0';
select is((select cardinality(ids) from pg_temp.claim()), 40, 'Among fewer they are');

select throws_ok($$ select claim_due_page('{product}', null) $$, '22023', null, 'A missing key is refused');
select is(tests.outcome('owner', $$ select claim_due_page('{product}', 'test_1') $$), '42501', 'The owner may not claim a page');

select * from finish();
rollback;
