-- The mapping and the mirrored customer: what their owner, a stranger, a visitor and the server may do.

begin;
select plan(35);

-- The owner has a customer, the stranger another.

select tests.start_afresh();
insert into stripe_customer_mapping (clerk_user_id, stripe_customer_id) values ('user_owner', 'cus_owner'), ('user_stranger', 'cus_stranger');
select record_objects(draw_ticket(false), '[
  {"id": "cus_owner", "object": "customer", "email": "owner@example.com"},
  {"id": "cus_stranger", "object": "customer", "email": "stranger@example.com"}
]', false);

-- The owner

select tests.sign_in('user_owner');
select results_eq('select stripe_customer_id from stripe_customer_mapping', array['cus_owner'], 'The owner reads his own mapping and no other');
select results_eq('select email from stripe_customers', array['owner@example.com'], 'The owner reads his own customer and no other');
select is(stripe_customer_id(), 'cus_owner', 'The owner is told his customer');
select throws_ok($$ insert into stripe_customer_mapping (clerk_user_id) values ('user_owner2') $$, '42501', null, 'The owner inserts nothing');
select throws_ok($$ update stripe_customer_mapping set stripe_customer_id = 'cus_stranger' where clerk_user_id = 'user_owner' $$, '42501', null, 'The owner updates nothing');
select throws_ok($$ delete from stripe_customer_mapping where clerk_user_id = 'user_owner' $$, '42501', null, 'The owner deletes nothing');
select throws_ok('truncate stripe_customer_mapping', '42501', null, 'The owner empties nothing');
select throws_ok($$ select claim_customer('user_owner', false) $$, '42501', null, 'The owner claims nothing');
select throws_ok($$ select find_customer('user_owner', false) $$, '42501', null, 'The owner is found by the server only');
select throws_ok($$ select complete_customer('user_owner', 1, 1, '{}', false) $$, '42501', null, 'The owner completes nothing');
select throws_ok($$ select fail_customer('user_owner', 1, false) $$, '42501', null, 'The owner fails nothing');
select throws_ok($$ select renew_customer('user_owner', 1, false) $$, '42501', null, 'The owner renews nothing');
select throws_ok($$ select record_objects(1, '[]', false) $$, '42501', null, 'The owner records nothing');

-- The owner, in a session with pending tasks

select tests.sign_in('user_owner', '{"sts": "pending"}');
select is_empty('select from stripe_customer_mapping', 'A pending session reads no mapping');
select is_empty('select from stripe_customers', 'A pending session reads no customer');
select is(stripe_customer_id(), null, 'A pending session has no customer');

-- A stranger

select tests.sign_in('user_stranger');
select is_empty($$ select from stripe_customer_mapping where clerk_user_id = 'user_owner' $$, 'A stranger does not read the owner''s mapping');
select is_empty($$ select from stripe_customers where id = 'cus_owner' $$, 'A stranger does not read the owner''s customer');
select is(stripe_customer_id(), 'cus_stranger', 'A stranger is told his own customer');

-- A stranger without a customer

select tests.sign_in('user_new');
select is_empty('select from stripe_customer_mapping', 'A user without a mapping reads none');
select is_empty('select from stripe_customers', 'A user without a mapping reads no customer');
select is(stripe_customer_id(), null, 'A user without a mapping has no customer');

-- A visitor

select tests.sign_out();
select throws_ok('select from stripe_customer_mapping', '42501', null, 'A visitor reads no mapping');
select throws_ok('select from stripe_customers', '42501', null, 'A visitor reads no customer');
select throws_ok($$ insert into stripe_customer_mapping (clerk_user_id) values ('user_visitor') $$, '42501', null, 'A visitor inserts nothing');
select throws_ok($$ update stripe_customer_mapping set generation = 2 where clerk_user_id = 'user_owner' $$, '42501', null, 'A visitor updates nothing');
select throws_ok($$ delete from stripe_customer_mapping where clerk_user_id = 'user_owner' $$, '42501', null, 'A visitor deletes nothing');
select throws_ok($$ select claim_customer('user_owner', false) $$, '42501', null, 'A visitor claims nothing');

-- The server

select tests.be_the_server();
select is((select count(*) from stripe_customer_mapping), 2::bigint, 'The server reads every mapping');
select throws_ok($$ insert into stripe_customer_mapping (clerk_user_id, stripe_customer_id) values ('user_thief', 'cus_owner') $$, '23505', null, 'A customer belongs to one user');
select throws_ok($$ insert into stripe_customer_mapping (clerk_user_id) values ('user_owner') $$, '23505', null, 'A user has one row');
select throws_ok($$ insert into stripe_customer_mapping (clerk_user_id) values ('org_1') $$, '23514', null, 'Only a user has a customer');
select throws_ok($$ insert into stripe_customer_mapping (clerk_user_id, stripe_customer_id) values ('user_x', 'prod_1') $$, '23514', null, 'Only a customer is one');
select throws_ok($$ update stripe_customer_mapping set lease_until = now() where clerk_user_id = 'user_owner' $$, '23514', null, 'Nobody is at a known customer');
select lives_ok($$ delete from stripe_customer_mapping where clerk_user_id = 'user_owner' $$, 'The server may delete a mapping');

select * from finish();
rollback;
