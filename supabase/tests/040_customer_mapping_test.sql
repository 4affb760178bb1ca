-- The mapping and the mirrored customer: what their owner, another user, a visitor and the server may do.

begin;
select plan(42);

-- Two users have a customer each.

select tests.new_deployment();
insert into stripe_customer_mapping (clerk_user_id, stripe_customer_id) values ('user_owner', 'cus_owner'), ('user_stranger', 'cus_stranger');
select record_objects(draw_ticket('test_1'), '[
  {"id": "cus_owner", "object": "customer", "email": "owner@example.com"},
  {"id": "cus_stranger", "object": "customer", "email": "stranger@example.com"}
]', 'test_1');

-- The owner

select tests.sign_in('user_owner');
select results_eq('select owner_id, stripe_customer_id from stripe_customer_mapping', $$ values ('user_owner', 'cus_owner') $$, 'The owner reads their own mapping and no other');
select results_eq('select email from stripe_customers', array['owner@example.com'], 'The owner reads their own customer and no other');
select is(stripe_customer_id(), 'cus_owner', 'stripe_customer_id is the owner''s customer');
select is(stripe_organization_customer_id(), null, 'stripe_organization_customer_id is null without an active organization');
select throws_ok($$ insert into stripe_customer_mapping (clerk_user_id) values ('user_owner2') $$, '42501', null, 'The owner may not insert a mapping');
select throws_ok($$ update stripe_customer_mapping set stripe_customer_id = 'cus_stranger' where clerk_user_id = 'user_owner' $$, '42501', null, 'The owner may not update a mapping');
select throws_ok($$ delete from stripe_customer_mapping where clerk_user_id = 'user_owner' $$, '42501', null, 'The owner may not delete a mapping');
select throws_ok('truncate stripe_customer_mapping', '42501', null, 'The owner may not truncate the mapping');
select throws_ok($$ select claim_customer('user_owner', 'test_1') $$, '42501', null, 'The owner may not call claim_customer');
select throws_ok($$ select find_customer('user_owner', 'test_1') $$, '42501', null, 'The owner may not call find_customer');
select throws_ok($$ select complete_customer('user_owner', 1, 1, '{}', 'test_1') $$, '42501', null, 'The owner may not call complete_customer');
select throws_ok($$ select fail_customer('user_owner', 1, 'test_1') $$, '42501', null, 'The owner may not call fail_customer');
select throws_ok($$ select renew_customer('user_owner', 1, 'test_1') $$, '42501', null, 'The owner may not call renew_customer');
select throws_ok($$ select record_objects(1, '[]', 'test_1') $$, '42501', null, 'The owner may not call record_objects');

-- The owner, in a session with pending tasks

select tests.sign_in('user_owner', '{"sts": "pending"}');
select is_empty('select from stripe_customer_mapping', 'A pending session reads no mapping');
select is_empty('select from stripe_customers', 'A pending session reads no customer');
select is(stripe_customer_id(), null, 'A pending session has no customer');

-- Another user

select tests.sign_in('user_stranger');
select is_empty($$ select from stripe_customer_mapping where clerk_user_id = 'user_owner' $$, 'Another user does not read the owner''s mapping');
select is_empty($$ select from stripe_customers where id = 'cus_owner' $$, 'Another user does not read the owner''s customer');
select is(stripe_customer_id(), 'cus_stranger', 'stripe_customer_id of another user is their own customer');

-- A user without a customer

select tests.sign_in('user_new');
select is_empty('select from stripe_customer_mapping', 'A user without a mapping reads no mapping');
select is_empty('select from stripe_customers', 'A user without a mapping reads no customer');
select is(stripe_customer_id(), null, 'A user without a mapping has no customer');

-- A visitor

select tests.sign_out();
select throws_ok('select from stripe_customer_mapping', '42501', null, 'A visitor may not read the mapping');
select throws_ok('select from stripe_customers', '42501', null, 'A visitor may not read customers');
select throws_ok($$ insert into stripe_customer_mapping (clerk_user_id) values ('user_visitor') $$, '42501', null, 'A visitor may not insert a mapping');
select throws_ok($$ update stripe_customer_mapping set generation = 2 where clerk_user_id = 'user_owner' $$, '42501', null, 'A visitor may not update a mapping');
select throws_ok($$ delete from stripe_customer_mapping where clerk_user_id = 'user_owner' $$, '42501', null, 'A visitor may not delete a mapping');
select throws_ok($$ select claim_customer('user_owner', 'test_1') $$, '42501', null, 'A visitor may not call claim_customer');

-- The server

select tests.be_the_server();
select is((select count(*) from stripe_customer_mapping), 2::bigint, 'The server reads every mapping');
select throws_ok($$ insert into stripe_customer_mapping (clerk_user_id, stripe_customer_id) values ('user_thief', 'cus_owner') $$, '23505', null, 'A second owner of a customer is refused');
select throws_ok($$ insert into stripe_customer_mapping (clerk_user_id) values ('user_owner') $$, '23505', null, 'A second row of a user is refused');
select throws_ok($$ insert into stripe_customer_mapping (clerk_user_id) values ('org_1') $$, '23514', null, 'An organization''s id as the user is refused');
select throws_ok($$ insert into stripe_customer_mapping (clerk_organization_id) values ('user_1') $$, '23514', null, 'A user''s id as the organization is refused');
select throws_ok($$ insert into stripe_customer_mapping (clerk_user_id, clerk_organization_id) values ('user_x', 'org_x') $$, '23514', null, 'A user and an organization in one row are refused');
select throws_ok($$ insert into stripe_customer_mapping (generation) values (1) $$, '23502', null, 'A row without an owner is refused');
select throws_ok($$ insert into stripe_customer_mapping (clerk_user_id, owner_id) values ('user_x', 'org_x') $$, '428C9', null, 'Writing the owner''s id directly is refused');
select lives_ok($$ insert into stripe_customer_mapping (clerk_organization_id) values ('org_1') $$, 'A row of an organization is accepted');
select throws_ok($$ insert into stripe_customer_mapping (clerk_organization_id) values ('org_1') $$, '23505', null, 'A second row of an organization is refused');
select throws_ok($$ insert into stripe_customer_mapping (clerk_user_id, stripe_customer_id) values ('user_x', 'prod_1') $$, '23514', null, 'An id that is not a customer''s is refused');
select throws_ok($$ update stripe_customer_mapping set lease_until = now() where clerk_user_id = 'user_owner' $$, '23514', null, 'A lease on a known customer is refused');
select lives_ok($$ delete from stripe_customer_mapping where clerk_user_id = 'user_owner' $$, 'The server may delete a mapping');

select * from finish();
rollback;
