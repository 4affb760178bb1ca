-- From a user to his customer, step by step. now() stands still in a test, so the rows are moved instead.

begin;
select plan(67);

select tests.start_afresh();
select tests.be_the_server();

-- The first claim

select results_eq($$ select customer_id from find_customer('user_new', false) $$, array[null::text], 'A new user has no customer');
select is_empty('select from stripe_customer_mapping', 'Finding claims nothing');
create temporary table claim as select * from claim_customer('user_new', false);
select results_eq('select step, customer_id, generation, retry_after from claim', $$ values ('create', null::text, 1, null::integer) $$, 'The first claim creates');
select is((select ticket from claim), (select last_value from billing.tickets), 'It draws a ticket');
select results_eq('select created_from, created_to from claim', $$ values (null::bigint, null::bigint) $$, 'There is nothing to look for yet');
select results_eq(
  $$ select claimed_at, lease_until, failed_at from stripe_customer_mapping where clerk_user_id = 'user_new' $$,
  $$ values (now(), now() + interval '30 seconds', null::timestamptz) $$,
  'It holds the lease for 30 seconds'
);
select results_eq(
  $$ select step, generation, ticket, retry_after from claim_customer('user_new', false) $$,
  $$ values ('wait', 1, null::bigint, 30) $$,
  'The second waits for the lease to end'
);
select throws_ok($$ select claim_customer('org_1', false) $$, '23514', null, 'Only a user claims');

-- The holder crashes: the next goes on in the same generation

update stripe_customer_mapping set claimed_at = now() - interval '31 seconds', lease_until = now() where clerk_user_id = 'user_new';
select results_eq($$ select step, generation from claim_customer('user_new', false) $$, $$ values ('create', 1) $$, 'After the lease another creates, under the same key');
select is((select claimed_at from stripe_customer_mapping where clerk_user_id = 'user_new'), now() - interval '31 seconds', 'A generation is claimed once');

-- A creation ends without an answer

select fail_customer('user_new', 2, false);
select is((select failed_at from stripe_customer_mapping where clerk_user_id = 'user_new'), null, 'A generation that has not begun does not fail');
select fail_customer('user_new', 1, false);
select is((select failed_at from stripe_customer_mapping where clerk_user_id = 'user_new'), now() + interval '30 seconds', 'A generation fails at the end of the lease');
select results_eq($$ select step, retry_after from claim_customer('user_new', false) $$, $$ values ('wait', 90) $$, 'Everybody waits for the lease and a minute');
update stripe_customer_mapping set lease_until = now() where clerk_user_id = 'user_new';
select results_eq($$ select step, retry_after from claim_customer('user_new', false) $$, $$ values ('wait', 90) $$, 'So they do after it');
update stripe_customer_mapping set failed_at = now() - interval '20 seconds' where clerk_user_id = 'user_new';
select fail_customer('user_new', 1, false);
select is((select failed_at from stripe_customer_mapping where clerk_user_id = 'user_new'), now(), 'The minute is counted from the last failure');
update stripe_customer_mapping set lease_until = null, failed_at = now() - interval '20 seconds' where clerk_user_id = 'user_new';
select fail_customer('user_new', 1, false);
select is((select failed_at from stripe_customer_mapping where clerk_user_id = 'user_new'), now(), 'Without a lease it is counted from now');
update stripe_customer_mapping set failed_at = now() + interval '1 second' where clerk_user_id = 'user_new';
select fail_customer('user_new', 1, false);
select is((select failed_at from stripe_customer_mapping where clerk_user_id = 'user_new'), now() + interval '1 second', 'A failure reported late takes nothing back');

update stripe_customer_mapping set claimed_at = now() - interval '3 minutes', failed_at = now() - interval '1 minute' where clerk_user_id = 'user_new';
truncate claim;
insert into claim select * from claim_customer('user_new', false);
select is((select step from claim), 'lookup', 'After it one looks for what may have been created');
select results_eq(
  'select created_from, created_to from claim',
  $$ values (extract(epoch from now() - interval '8 minutes')::bigint, extract(epoch from now() + interval '4 minutes')::bigint) $$,
  'Between the claim and the failure, with five minutes to spare on both sides'
);
select is((select ticket from claim), (select last_value from billing.tickets), 'Under a ticket of its own');
select results_eq($$ select step, retry_after from claim_customer('user_new', false) $$, $$ values ('wait', 30) $$, 'While he looks the others wait');
update stripe_customer_mapping set lease_until = now() where clerk_user_id = 'user_new';
select is((select step from claim_customer('user_new', false)), 'lookup', 'If he stops, another looks: a generation that failed is never created again');

-- Nothing is found

select is((select step from renew_customer('user_new', 2, false)), 'wait', 'A generation that has not begun is not renewed');
truncate claim;
insert into claim select * from renew_customer('user_new', 1, false);
select results_eq('select step, generation from claim', $$ values ('create', 2) $$, 'A new generation begins');
select is((select ticket from claim), (select last_value from billing.tickets), 'Under another ticket');
select is((select deployment_id from claim), (select id from billing.deployment), 'With all that the key is made of');
select results_eq(
  $$ select claimed_at, lease_until, failed_at from stripe_customer_mapping where clerk_user_id = 'user_new' $$,
  $$ values (now(), now() + interval '30 seconds', null::timestamptz) $$,
  'It begins now, has not failed, and is the caller''s'
);
select results_eq($$ select step, retry_after, ticket from renew_customer('user_new', 1, false) $$, $$ values ('wait', 1, null::bigint) $$, 'It begins once');
select is((select step from claim_customer('user_new', false)), 'wait', 'The others wait for it');
select is((select step from renew_customer('user_none', 1, false)), 'wait', 'A user who never claimed has nothing to renew');

-- Completion

select results_eq(
  $$ select customer_id, won from complete_customer('user_new', 1, draw_ticket(false), '{"id": "cus_late", "object": "customer"}', false) $$,
  $$ values (null::text, false) $$,
  'A customer of the generation before is refused'
);
select is((select id from stripe_customers), 'cus_late', 'It was seen all the same');
select results_eq(
  $$ select customer_id, won from complete_customer('user_none', 1, draw_ticket(false), '{"id": "cus_late", "object": "customer"}', false) $$,
  $$ values (null::text, false) $$,
  'A user who never claimed completes nothing'
);
select fail_customer('user_new', 2, false);
select results_eq(
  $$ select customer_id, won from complete_customer('user_new', 2, draw_ticket(false), '{"id": "cus_new", "object": "customer"}', false) $$,
  $$ values ('cus_new', true) $$,
  'The first to complete wins'
);
select results_eq(
  $$ select generation, lease_until, failed_at from stripe_customer_mapping where clerk_user_id = 'user_new' $$,
  $$ values (2, null::timestamptz, null::timestamptz) $$,
  'Lease and failure are over'
);
select results_eq(
  $$ select customer_id, won from complete_customer('user_new', 2, draw_ticket(false), '{"id": "cus_new", "object": "customer"}', false) $$,
  $$ values ('cus_new', false) $$,
  'To complete again changes nothing'
);
select results_eq(
  $$ select customer_id, won from complete_customer('user_new', 2, draw_ticket(false), '{"id": "cus_other", "object": "customer"}', false) $$,
  $$ values ('cus_new', false) $$,
  'Another customer does not take its place'
);
select fail_customer('user_new', 2, false);
select is((select failed_at from stripe_customer_mapping where clerk_user_id = 'user_new'), null, 'A completed generation fails no more');
select is((select step from renew_customer('user_new', 2, false)), 'wait', 'A completed generation is not renewed');

select claim_customer('user_other', false);
select throws_ok(
  $$ select complete_customer('user_other', 1, draw_ticket(false), '{"id": "cus_new", "object": "customer"}', false) $$,
  '22023',
  'Customer "cus_new" belongs to another user than "user_other": correct its metadata at Stripe',
  'Another user''s customer is refused'
);
select throws_ok($$ select complete_customer('user_other', 1, 0, '{"id": "prod_1", "object": "card"}', false) $$, '22023', null, 'What is no customer is refused');
select results_eq(
  $$ select customer_id, won from complete_customer('user_other', 1, 0, '{"id": "prod_1", "object": "product"}', false) $$,
  $$ values (null::text, false) $$,
  'A product is nobody''s customer'
);

-- From then on it is known

select results_eq(
  $$ select step, customer_id, stale, ticket from claim_customer('user_new', false) $$,
  $$ values ('known', 'cus_new', false, null::bigint) $$,
  'From then on it is known'
);
select results_eq($$ select customer_id from find_customer('user_new', false) $$, array['cus_new'], 'And found');
select results_eq($$ select customer_id from find_customer('user_other', false) $$, array[null::text], 'By nobody else');
update stripe_customers set fetched_at = now() - interval '24 hours' where id = 'cus_new';
select is((select stale from claim_customer('user_new', false)), false, 'For a day it is believed');
update stripe_customers set fetched_at = now() - interval '25 hours' where id = 'cus_new';
select is((select stale from claim_customer('user_new', false)), true, 'Then somebody should look');
select record_objects(draw_ticket(false), '[{"id": "cus_new", "object": "customer"}]', false);
select is((select stale from claim_customer('user_new', false)), false, 'SyncResult at, it is believed again');
delete from stripe_customers where id = 'cus_new';
select is((select stale from claim_customer('user_new', false)), true, 'One that was never seen should be looked at');

-- Deleted at Stripe

update stripe_customer_mapping set claimed_at = now() - interval '2 hours' where clerk_user_id = 'user_new';
select record_objects(draw_ticket(false), '[{"id": "cus_new", "object": "customer", "deleted": true}]', false);
select results_eq(
  $$ select stripe_customer_id, generation, claimed_at, lease_until, failed_at from stripe_customer_mapping where clerk_user_id = 'user_new' $$,
  $$ values (null::text, 3, null::timestamptz, null::timestamptz, null::timestamptz) $$,
  'A customer deleted at Stripe is nobody''s, and a new generation waits to be claimed'
);
select results_eq($$ select customer_id from find_customer('user_new', false) $$, array[null::text], 'It is found no more');
select record_objects(draw_ticket(false), '[{"id": "cus_new", "object": "customer", "deleted": true}]', false);
select is((select generation from stripe_customer_mapping where clerk_user_id = 'user_new'), 3, 'Hearing of it twice changes nothing');
select results_eq($$ select step, generation from claim_customer('user_new', false) $$, $$ values ('create', 3) $$, 'The next claim creates another');
select is((select claimed_at from stripe_customer_mapping where clerk_user_id = 'user_new'), now(), 'In a generation that begins now');
select results_eq(
  $$ select customer_id, won from complete_customer('user_new', 3, 1, '{"id": "cus_new", "object": "customer"}', false) $$,
  $$ values (null::text, false) $$,
  'One who saw it before does not complete it again'
);
select is((select deleted from stripe_customers where id = 'cus_new'), true, 'It stays deleted');
select results_eq(
  $$ select customer_id, won from complete_customer('user_new', 3, draw_ticket(false), '{"id": "cus_new", "object": "customer", "deleted": true}', false) $$,
  $$ values (null::text, false) $$,
  'Nor does one who sees it deleted'
);
select record_objects(draw_ticket(false), '[{"id": "cus_unknown", "object": "customer", "deleted": true}]', false);
select results_eq(
  $$ select clerk_user_id, generation from stripe_customer_mapping order by 1 $$,
  $$ values ('user_new', 3), ('user_other', 1) $$,
  'The deletion of anybody else''s customer retires nobody'
);
select complete_customer('user_new', 3, draw_ticket(false), '{"id": "cus_third", "object": "customer"}', false);
select complete_customer('user_other', 1, draw_ticket(false), '{"id": "cus_theirs", "object": "customer"}', false);
select record_objects(draw_ticket(false), '[{"id": "cus_third", "object": "customer", "deleted": true}, {"id": "cus_theirs", "object": "customer", "deleted": true}]', false);
select results_eq(
  $$ select clerk_user_id, stripe_customer_id, generation from stripe_customer_mapping order by 1 $$,
  $$ values ('user_new', null::text, 4), ('user_other', null, 2) $$,
  'Two deletions at once retire two users'
);

-- A generation that came to nothing

select claim_customer('user_new', false);
update stripe_customer_mapping set claimed_at = now() - interval '59 minutes', lease_until = now() - interval '58 minutes' where clerk_user_id = 'user_new';
select is((select step from claim_customer('user_new', false)), 'create', 'Within an hour a generation is created under its key');
update stripe_customer_mapping set claimed_at = now() - interval '61 minutes' where clerk_user_id = 'user_new';
select is((select step from claim_customer('user_new', false)), 'wait', 'After it, the last lease is waited for');
update stripe_customer_mapping set lease_until = now() - interval '59 seconds' where clerk_user_id = 'user_new';
select results_eq($$ select step, retry_after from claim_customer('user_new', false) $$, $$ values ('wait', 1) $$, 'And a minute more');
update stripe_customer_mapping set lease_until = now() - interval '50 minutes' where clerk_user_id = 'user_new';
select is((select step from claim_customer('user_new', false)), 'lookup', 'Then it is looked for, though nobody reported a failure');
select is((select failed_at from stripe_customer_mapping where clerk_user_id = 'user_new'), now() - interval '50 minutes', 'It counts as failed when its last lease ended');
update stripe_customer_mapping set claimed_at = now() - interval '2 hours', lease_until = null, failed_at = null where clerk_user_id = 'user_new';
select is((select step from claim_customer('user_new', false)), 'lookup', 'Without a lease too');
select is((select failed_at from stripe_customer_mapping where clerk_user_id = 'user_new'), now() - interval '2 hours', 'It then counts as failed when it was claimed');

select tests.sign_in('user_new');
select results_eq('select stripe_customer_id from stripe_customer_mapping', array[null::text], 'Meanwhile the user reads that he has none');

select * from finish();
rollback;
