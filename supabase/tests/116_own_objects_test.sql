-- An owner's objects for the endpoints, pages of invoices, and plan changes.

begin;
select plan(25);

select tests.new_deployment();
select tests.be_the_server();
insert into stripe_customer_mapping (clerk_user_id, stripe_customer_id) values ('user_owner', 'cus_owner'), ('user_stranger', 'cus_stranger');
insert into stripe_customer_mapping (clerk_organization_id, stripe_customer_id) values ('org_acme', 'cus_acme');

create function pg_temp.record(objects jsonb) returns void language sql as $$
  select record_objects(draw_ticket('test_1'), objects, 'test_1')
$$;
select pg_temp.record('[
  {"id": "sub_owner", "object": "subscription", "customer": "cus_owner", "status": "active", "created": 1},
  {"id": "sub_acme", "object": "subscription", "customer": "cus_acme", "status": "active", "created": 1},
  {"id": "sub_unowned", "object": "subscription", "customer": "cus_unowned", "status": "active", "created": 1},
  {"id": "in_1", "object": "invoice", "customer": "cus_owner", "status": "paid", "created": 1, "lines": {"data": []}},
  {"id": "in_2", "object": "invoice", "customer": "cus_owner", "status": "open", "created": 2, "lines": {"data": []}},
  {"id": "in_3", "object": "invoice", "customer": "cus_owner", "status": "void", "created": 2, "lines": {"data": []}},
  {"id": "in_draft", "object": "invoice", "customer": "cus_owner", "status": "draft", "created": 9},
  {"id": "in_stranger", "object": "invoice", "customer": "cus_stranger", "status": "paid", "created": 5},
  {"id": "in_acme", "object": "invoice", "customer": "cus_acme", "status": "paid", "created": 5}
]');

-- find_own_object

create function pg_temp.find(owner text, object text, id text) returns text language sql as $$
  select concat_ws(' ', own.customer_id, own.data ->> 'id', own.ticket is not null, own.is_fresh)
  from find_own_object(owner, object, id, 'test_1') as own
$$;
select is(pg_temp.find('user_owner', 'subscription', 'sub_owner'), 'cus_owner sub_owner t t', 'The owner finds their subscription, with a ticket');
select is(pg_temp.find('org_acme', 'subscription', 'sub_acme'), 'cus_acme sub_acme t t', 'An organization finds its own');
select is(pg_temp.find('user_stranger', 'subscription', 'sub_owner'), 'cus_stranger f', 'Another owner finds nothing and gets no ticket');
select is(pg_temp.find('user_owner', 'subscription', 'sub_acme'), 'cus_owner f', 'A user does not find what an organization has');
select is(pg_temp.find('org_acme', 'subscription', 'sub_owner'), 'cus_acme f', 'An organization does not find what a user has');
select is(pg_temp.find('user_owner', 'subscription', 'sub_none'), 'cus_owner f', 'An unknown id is answered like that of another owner');
select is(pg_temp.find('user_owner', 'invoice', 'sub_owner'), 'cus_owner f', 'An id of another kind is unknown');
select is(pg_temp.find('user_none', 'subscription', 'sub_unowned'), 'f', 'An owner without a customer finds nothing, also nothing that has no owner');
select is((find_own_object('user_owner', 'invoice', 'in_1', 'test_1')).data ? 'lines', false, 'An invoice comes without its lines');
reset role;
update stripe_invoices set fetched_at = now() - interval '4 seconds' where id = 'in_1';
select tests.be_the_server();
select is(pg_temp.find('user_owner', 'invoice', 'in_1'), 'cus_owner in_1 t f', 'An invoice that was fetched four seconds ago is not fresh');
select throws_ok($$ select find_own_object('user_owner', 'invoice', 'in_1', 'test_2') $$, null, null, 'A key of another account is refused');

-- list_invoices

create function pg_temp.page(owner text, size integer default 20, cursor text default null) returns jsonb language sql as $$
  select jsonb_build_object('ids', jsonb_path_query_array(page, '$.data[*].id'), 'more', page -> 'has_more', 'next', page -> 'next_cursor')
  from (select list_invoices(owner, 'test_1', size, cursor)::jsonb) as called (page)
$$;
select is(pg_temp.page('user_owner'), '{"ids": ["in_3", "in_2", "in_1"], "more": false, "next": null}', 'The owner has their invoices, newest first, without drafts');
select is(pg_temp.page('user_owner', 2), '{"ids": ["in_3", "in_2"], "more": true, "next": "in_2"}', 'A page names the next');
select is(pg_temp.page('user_owner', 1, 'in_3'), '{"ids": ["in_2"], "more": true, "next": "in_2"}', 'A page begins in the middle of a second');
select is(pg_temp.page('user_owner', 2, 'in_2'), '{"ids": ["in_1"], "more": false, "next": null}', 'The last page ends');
select is(pg_temp.page('org_acme'), '{"ids": ["in_acme"], "more": false, "next": null}', 'An organization has its own');
select is(pg_temp.page('user_none'), '{"ids": [], "more": false, "next": null}', 'An owner without a customer has none');
select throws_ok($$ select pg_temp.page('user_owner', 2, 'in_stranger') $$, '22023', null, 'A cursor of another owner is refused');
select throws_ok($$ select pg_temp.page('user_owner', 2, 'in_none') $$, '22023', null, 'as is an unknown one');
select throws_ok($$ select pg_temp.page('user_owner', 0) $$, '22023', null, 'An empty page is refused');
select throws_ok($$ select pg_temp.page('user_owner', 101) $$, '22023', null, 'A page over a hundred is refused');

-- find_plan_change

select pg_temp.record('[
  {"id": "prod_1", "object": "product", "active": true, "metadata": {}},
  {"id": "prod_addon", "object": "product", "active": true, "metadata": {"group": "addon"}},
  {"id": "price_month", "object": "price", "active": true, "product": "prod_1", "currency": "usd", "unit_amount": 9, "type": "recurring", "recurring": {"interval": "month", "interval_count": 1}},
  {"id": "price_year", "object": "price", "active": true, "product": "prod_1", "currency": "usd", "unit_amount": 90, "type": "recurring", "recurring": {"interval": "year", "interval_count": 1}},
  {"id": "price_bad", "object": "price", "active": true, "product": "prod_1", "currency": "usd", "unit_amount": 9, "type": "recurring", "recurring": {"interval": "month", "interval_count": 1}, "metadata": {"quantity": "many"}},
  {"id": "price_addon", "object": "price", "active": true, "product": "prod_addon", "currency": "usd", "unit_amount": 9, "type": "recurring", "recurring": {"interval": "month", "interval_count": 1}},
  {"id": "price_once", "object": "price", "active": true, "product": "prod_1", "currency": "usd", "unit_amount": 9, "type": "one_time"}
]');
select results_eq(
  $$
    select wanted.price, change #>> '{offer,price}', change ->> 'changes_interval'
    from (values (1, 'price_year'), (2, 'price_month'), (3, 'price_bad'), (4, 'price_addon'), (5, 'price_once'), (6, 'price_none')) as wanted (position, price)
    cross join lateral (select find_plan_change('prod_1', 'price_month', wanted.price, 'customer', 'test_1')::jsonb) as called (change)
    order by wanted.position
  $$,
  $$ values
    ('price_year', 'price_year', 'true'), ('price_month', 'price_month', 'false'), ('price_bad', null, 'false'),
    ('price_addon', null, 'false'), ('price_once', null, 'true'), ('price_none', null, 'false')
  $$,
  'An offer of the slot can be changed to; bad metadata, another slot, a one-time price and an unknown one cannot'
);

-- Only the server may call them.

select tests.sign_in('user_owner');
select throws_ok($$ select find_own_object('user_owner', 'invoice', 'in_1', 'test_1') $$, '42501', null, 'A user does not call find_own_object');
select throws_ok($$ select list_invoices('user_owner', 'test_1') $$, '42501', null, 'nor list_invoices');
select throws_ok($$ select find_plan_change('prod_1', 'price_month', 'price_year', 'customer', 'test_1') $$, '42501', null, 'nor find_plan_change');

select * from finish();
rollback;
