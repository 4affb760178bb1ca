-- From an owner to their customer, step by step. now() is constant in a transaction, so the tests change the rows instead.

begin;
select plan(89);

select tests.new_deployment();
select tests.be_the_server();

-- The first claim

select results_eq($$ select customer_id from find_customer('user_new', 'test_1') $$, array[null::text], 'find_customer of a new user returns no customer');
select is_empty('select from stripe_customer_mapping', 'find_customer writes nothing');
create temporary table claim as select * from claim_customer('user_new', 'test_1');
select results_eq('select step, customer_id, generation, retry_after from claim', $$ values ('create', null::text, 1, null::integer) $$, 'The first claim is to create');
select is((select ticket from claim), (select last_value from billing.tickets), 'The first claim draws a ticket');
select results_eq('select created_from, created_to from claim', $$ values (null::bigint, null::bigint) $$, 'The first claim has no times for a lookup');
select results_eq(
  $$ select claimed_at, lease_until, failed_at from stripe_customer_mapping where clerk_user_id = 'user_new' $$,
  $$ values (now(), now() + interval '30 seconds', null::timestamptz) $$,
  'The first claim holds the lease for 30 seconds'
);
select results_eq(
  $$ select step, generation, ticket, retry_after from claim_customer('user_new', 'test_1') $$,
  $$ values ('wait', 1, null::bigint, 30) $$,
  'A second claim waits for the end of the lease'
);

-- The holder of the lease crashes: the next continues in the same generation

update stripe_customer_mapping set claimed_at = now() - interval '31 seconds', lease_until = now() where clerk_user_id = 'user_new';
select results_eq($$ select step, generation from claim_customer('user_new', 'test_1') $$, $$ values ('create', 1) $$, 'A claim after the lease is to create in the same generation');
select is((select claimed_at from stripe_customer_mapping where clerk_user_id = 'user_new'), now() - interval '31 seconds', 'A second claim of a generation keeps the time of the first');

-- An inconclusive creation

select fail_customer('user_new', 2, 'test_1');
select is((select failed_at from stripe_customer_mapping where clerk_user_id = 'user_new'), null, 'A failure of a generation that has not begun changes nothing');
select fail_customer('user_new', 1, 'test_1');
select is((select failed_at from stripe_customer_mapping where clerk_user_id = 'user_new'), now() + interval '30 seconds', 'A failure dates from the end of the lease');
select results_eq($$ select step, retry_after from claim_customer('user_new', 'test_1') $$, $$ values ('wait', 90) $$, 'A claim after a failure waits for the lease and a minute');
update stripe_customer_mapping set lease_until = now() where clerk_user_id = 'user_new';
select results_eq($$ select step, retry_after from claim_customer('user_new', 'test_1') $$, $$ values ('wait', 90) $$, 'A claim after the lease still waits for the failure and a minute');
update stripe_customer_mapping set failed_at = now() - interval '20 seconds' where clerk_user_id = 'user_new';
select fail_customer('user_new', 1, 'test_1');
select is((select failed_at from stripe_customer_mapping where clerk_user_id = 'user_new'), now(), 'A second failure counts from its own time');
update stripe_customer_mapping set lease_until = null, failed_at = now() - interval '20 seconds' where clerk_user_id = 'user_new';
select fail_customer('user_new', 1, 'test_1');
select is((select failed_at from stripe_customer_mapping where clerk_user_id = 'user_new'), now(), 'A failure without a lease counts from now');
update stripe_customer_mapping set failed_at = now() + interval '1 second' where clerk_user_id = 'user_new';
select fail_customer('user_new', 1, 'test_1');
select is((select failed_at from stripe_customer_mapping where clerk_user_id = 'user_new'), now() + interval '1 second', 'A failure reported late does not shorten the wait');

update stripe_customer_mapping set claimed_at = now() - interval '3 minutes', failed_at = now() - interval '1 minute' where clerk_user_id = 'user_new';
truncate claim;
insert into claim select * from claim_customer('user_new', 'test_1');
select is((select step from claim), 'lookup', 'A claim a minute after the failure is to look up');
select results_eq(
  'select created_from, created_to from claim',
  $$ values (extract(epoch from now() - interval '8 minutes')::bigint, extract(epoch from now() + interval '4 minutes')::bigint) $$,
  'The lookup covers the time from the claim to the failure, with five minutes on both sides'
);
select is((select ticket from claim), (select last_value from billing.tickets), 'The lookup has a ticket of its own');
select results_eq($$ select step, retry_after from claim_customer('user_new', 'test_1') $$, $$ values ('wait', 30) $$, 'A claim during the lookup waits');
update stripe_customer_mapping set lease_until = now() where clerk_user_id = 'user_new';
select is((select step from claim_customer('user_new', 'test_1')), 'lookup', 'A claim after an abandoned lookup is to look up again, never to create');

-- The lookup of an account with many customers takes several leases

select record_lookup('user_new', 1, extract(epoch from now())::bigint + 60, 'test_1');
update stripe_customer_mapping set lease_until = now() where clerk_user_id = 'user_new';
select results_eq(
  $$ select step, created_from, created_to from claim_customer('user_new', 'test_1') $$,
  $$ values ('lookup', extract(epoch from now() - interval '8 minutes')::bigint, extract(epoch from now())::bigint + 60) $$,
  'The next lookup resumes where the last one stopped'
);
select record_lookup('user_new', 1, extract(epoch from now())::bigint + 90, 'test_1');
select is((select extract(epoch from looked_up_to)::bigint from stripe_customer_mapping where clerk_user_id = 'user_new'), extract(epoch from now())::bigint + 60, 'A late record of a slower lookup does not undo the progress');
select record_lookup('user_new', 2, extract(epoch from now())::bigint, 'test_1');
select record_lookup('user_none', 1, extract(epoch from now())::bigint, 'test_1');
select is((select extract(epoch from looked_up_to)::bigint from stripe_customer_mapping where clerk_user_id = 'user_new'), extract(epoch from now())::bigint + 60, 'A record of another generation changes nothing');
update stripe_customer_mapping set failed_at = now() + interval '1 hour' where clerk_user_id = 'user_new';
select fail_customer('user_new', 1, 'test_1');
select isnt((select looked_up_to from stripe_customer_mapping where clerk_user_id = 'user_new'), null, 'A late report of a failure keeps the progress: its request took effect before the lookup began, or never');
update stripe_customer_mapping set failed_at = now() - interval '1 minute' where clerk_user_id = 'user_new';

-- Nothing is found

select is((select step from renew_customer('user_new', 2, 'test_1')), 'wait', 'Renewing a generation that has not begun waits');
truncate claim;
insert into claim select * from renew_customer('user_new', 1, 'test_1');
select results_eq('select step, generation from claim', $$ values ('create', 2) $$, 'Renewing the current generation is to create in the next');
select is((select ticket from claim), (select last_value from billing.tickets), 'Renewing draws a ticket');
select is((select deployment_id from claim), (select id from billing.deployment), 'Renewing returns the deployment of the idempotency key');
select results_eq(
  $$ select claimed_at, lease_until, failed_at from stripe_customer_mapping where clerk_user_id = 'user_new' $$,
  $$ values (now(), now() + interval '30 seconds', null::timestamptz) $$,
  'The next generation begins now, without a failure, with a lease of the caller'
);
select is((select looked_up_to from stripe_customer_mapping where clerk_user_id = 'user_new'), null, 'The lookup of the next generation would begin at its own end');
select record_lookup('user_new', 2, 1, 'test_1');
select is((select looked_up_to from stripe_customer_mapping where clerk_user_id = 'user_new'), null, 'A lookup of a generation without a failure is not recorded');
select results_eq($$ select step, retry_after, ticket from renew_customer('user_new', 1, 'test_1') $$, $$ values ('wait', 1, null::bigint) $$, 'Renewing the same generation again waits');
select is((select step from claim_customer('user_new', 'test_1')), 'wait', 'A claim during the next generation waits');
select is((select step from renew_customer('user_none', 1, 'test_1')), 'wait', 'Renewing for a user who never claimed waits');

-- Completion

select results_eq(
  $$ select customer_id, won from complete_customer('user_new', 1, draw_ticket('test_1'), '{"id": "cus_late", "object": "customer"}', 'test_1') $$,
  $$ values (null::text, false) $$,
  'A completion of the previous generation maps nothing'
);
select is((select id from stripe_customers), 'cus_late', 'Its customer is recorded in the mirror');
select results_eq(
  $$ select customer_id, won from complete_customer('user_none', 1, draw_ticket('test_1'), '{"id": "cus_late", "object": "customer"}', 'test_1') $$,
  $$ values (null::text, false) $$,
  'A completion for a user who never claimed maps nothing'
);
select fail_customer('user_new', 2, 'test_1');
select record_lookup('user_new', 2, 1, 'test_1');
select results_eq(
  $$ select customer_id, won from complete_customer('user_new', 2, draw_ticket('test_1'), '{"id": "cus_new", "object": "customer"}', 'test_1') $$,
  $$ values ('cus_new', true) $$,
  'The first completion of the current generation maps the customer'
);
select results_eq(
  $$ select generation, lease_until, failed_at from stripe_customer_mapping where clerk_user_id = 'user_new' $$,
  $$ values (2, null::timestamptz, null::timestamptz) $$,
  'The completion clears the lease and the failure'
);
select is((select looked_up_to from stripe_customer_mapping where clerk_user_id = 'user_new'), null, 'The completion clears the progress of the lookup');
select record_lookup('user_new', 2, 1, 'test_1');
select is((select looked_up_to from stripe_customer_mapping where clerk_user_id = 'user_new'), null, 'A late record after the completion changes nothing');
select results_eq(
  $$ select customer_id, won from complete_customer('user_new', 2, draw_ticket('test_1'), '{"id": "cus_new", "object": "customer"}', 'test_1') $$,
  $$ values ('cus_new', false) $$,
  'A second completion with the same customer changes nothing'
);
select results_eq(
  $$ select customer_id, won from complete_customer('user_new', 2, draw_ticket('test_1'), '{"id": "cus_other", "object": "customer"}', 'test_1') $$,
  $$ values ('cus_new', false) $$,
  'A second completion with another customer changes nothing'
);
select fail_customer('user_new', 2, 'test_1');
select is((select failed_at from stripe_customer_mapping where clerk_user_id = 'user_new'), null, 'A failure of a completed generation changes nothing');
select is((select step from renew_customer('user_new', 2, 'test_1')), 'wait', 'Renewing a completed generation waits');

select claim_customer('user_other', 'test_1');
select throws_ok(
  $$ select complete_customer('user_other', 1, draw_ticket('test_1'), '{"id": "cus_new", "object": "customer"}', 'test_1') $$,
  '22023',
  'Customer "cus_new" belongs to another owner than "user_other": correct its metadata at Stripe',
  'A completion with another user''s customer is refused'
);
select throws_ok($$ select complete_customer('user_other', 1, 0, '{"id": "prod_1", "object": "card"}', 'test_1') $$, '22023', null, 'A completion with an unknown kind of object is refused');
select results_eq(
  $$ select customer_id, won from complete_customer('user_other', 1, 0, '{"id": "prod_1", "object": "product"}', 'test_1') $$,
  $$ values (null::text, false) $$,
  'A completion with a product maps nothing'
);

-- A known customer

select results_eq(
  $$ select step, customer_id, stale, ticket from claim_customer('user_new', 'test_1') $$,
  $$ values ('known', 'cus_new', false, null::bigint) $$,
  'A claim after the completion returns the customer'
);
select results_eq($$ select customer_id from find_customer('user_new', 'test_1') $$, array['cus_new'], 'find_customer after the completion returns the customer');
select results_eq($$ select customer_id from find_customer('user_other', 'test_1') $$, array[null::text], 'find_customer of another user returns no customer');
update stripe_customers set fetched_at = now() - interval '24 hours' where id = 'cus_new';
select is((select stale from claim_customer('user_new', 'test_1')), false, 'A customer fetched a day ago is not stale');
update stripe_customers set fetched_at = now() - interval '25 hours' where id = 'cus_new';
select is((select stale from claim_customer('user_new', 'test_1')), true, 'A customer fetched more than a day ago is stale');
select record_objects(draw_ticket('test_1'), '[{"id": "cus_new", "object": "customer"}]', 'test_1');
select is((select stale from claim_customer('user_new', 'test_1')), false, 'A customer that was fetched again is not stale');
delete from stripe_customers where id = 'cus_new';
select is((select stale from claim_customer('user_new', 'test_1')), true, 'A customer that is not mirrored is stale');

-- Deleted at Stripe

update stripe_customer_mapping set claimed_at = now() - interval '2 hours' where clerk_user_id = 'user_new';
select record_objects(draw_ticket('test_1'), '[{"id": "cus_new", "object": "customer", "deleted": true}]', 'test_1');
select results_eq(
  $$ select stripe_customer_id, generation, claimed_at, lease_until, failed_at from stripe_customer_mapping where clerk_user_id = 'user_new' $$,
  $$ values (null::text, 3, null::timestamptz, null::timestamptz, null::timestamptz) $$,
  'Recording a deletion unmaps the customer and begins a generation that is not claimed'
);
select results_eq($$ select customer_id from find_customer('user_new', 'test_1') $$, array[null::text], 'find_customer of a deleted customer returns no customer');
select record_objects(draw_ticket('test_1'), '[{"id": "cus_new", "object": "customer", "deleted": true}]', 'test_1');
select is((select generation from stripe_customer_mapping where clerk_user_id = 'user_new'), 3, 'Recording the deletion again changes nothing');
select results_eq($$ select step, generation from claim_customer('user_new', 'test_1') $$, $$ values ('create', 3) $$, 'The next claim is to create in the new generation');
select is((select claimed_at from stripe_customer_mapping where clerk_user_id = 'user_new'), now(), 'The new generation begins with the claim');
select results_eq(
  $$ select customer_id, won from complete_customer('user_new', 3, 1, '{"id": "cus_new", "object": "customer"}', 'test_1') $$,
  $$ values (null::text, false) $$,
  'A completion under an older ticket does not map the deleted customer'
);
select is((select deleted from stripe_customers where id = 'cus_new'), true, 'A completion under an older ticket leaves the tombstone');
select results_eq(
  $$ select customer_id, won from complete_customer('user_new', 3, draw_ticket('test_1'), '{"id": "cus_new", "object": "customer", "deleted": true}', 'test_1') $$,
  $$ values (null::text, false) $$,
  'A completion with a deleted customer maps nothing'
);
select record_objects(draw_ticket('test_1'), '[{"id": "cus_unknown", "object": "customer", "deleted": true}]', 'test_1');
select results_eq(
  $$ select clerk_user_id, generation from stripe_customer_mapping order by 1 $$,
  $$ values ('user_new', 3), ('user_other', 1) $$,
  'The deletion of an unmapped customer changes no mapping'
);
select complete_customer('user_new', 3, draw_ticket('test_1'), '{"id": "cus_third", "object": "customer"}', 'test_1');
select complete_customer('user_other', 1, draw_ticket('test_1'), '{"id": "cus_theirs", "object": "customer"}', 'test_1');
select record_objects(draw_ticket('test_1'), '[{"id": "cus_third", "object": "customer", "deleted": true}, {"id": "cus_theirs", "object": "customer", "deleted": true}]', 'test_1');
select results_eq(
  $$ select clerk_user_id, stripe_customer_id, generation from stripe_customer_mapping order by 1 $$,
  $$ values ('user_new', null::text, 4), ('user_other', null, 2) $$,
  'Two deletions in one call unmap two customers'
);

-- A generation that is not completed within an hour

select claim_customer('user_new', 'test_1');
update stripe_customer_mapping set claimed_at = now() - interval '59 minutes', lease_until = now() - interval '58 minutes' where clerk_user_id = 'user_new';
select is((select step from claim_customer('user_new', 'test_1')), 'create', 'A claim within an hour is to create in the same generation');
update stripe_customer_mapping set claimed_at = now() - interval '61 minutes' where clerk_user_id = 'user_new';
select is((select step from claim_customer('user_new', 'test_1')), 'wait', 'A claim after an hour waits for the last lease');
update stripe_customer_mapping set lease_until = now() - interval '59 seconds' where clerk_user_id = 'user_new';
select results_eq($$ select step, retry_after from claim_customer('user_new', 'test_1') $$, $$ values ('wait', 1) $$, 'A claim after the last lease waits a minute more');
update stripe_customer_mapping set lease_until = now() - interval '50 minutes' where clerk_user_id = 'user_new';
select is((select step from claim_customer('user_new', 'test_1')), 'lookup', 'A claim a minute later is to look up, without a reported failure');
select is((select failed_at from stripe_customer_mapping where clerk_user_id = 'user_new'), now() - interval '50 minutes', 'An abandoned generation counts as failed at the end of its last lease');
update stripe_customer_mapping set claimed_at = now() - interval '2 hours', lease_until = null, failed_at = null where clerk_user_id = 'user_new';
select is((select step from claim_customer('user_new', 'test_1')), 'lookup', 'A claim of an abandoned generation without a lease is to look up');
select is((select failed_at from stripe_customer_mapping where clerk_user_id = 'user_new'), now() - interval '2 hours', 'An abandoned generation without a lease counts as failed when it was claimed');

-- An organization

select results_eq($$ select step, generation from claim_customer('org_acme', 'test_1') $$, $$ values ('create', 1) $$, 'The first claim of an organization is to create');
select results_eq(
  $$ select owner_id, clerk_user_id from stripe_customer_mapping where clerk_organization_id = 'org_acme' $$, $$ values ('org_acme', null::text) $$,
  'An organization has a row of its own, without a user'
);
select is((select step from claim_customer('org_acme', 'test_1')), 'wait', 'A second claim of an organization waits');
select fail_customer('org_acme', 1, 'test_1');
select is((select failed_at from stripe_customer_mapping where owner_id = 'org_acme'), now() + interval '30 seconds', 'A failure of an organization dates from the end of the lease');
select results_eq($$ select step, generation from renew_customer('org_acme', 1, 'test_1') $$, $$ values ('create', 2) $$, 'Renewing for an organization is to create in the next generation');
select results_eq(
  $$ select customer_id, won from complete_customer('org_acme', 2, draw_ticket('test_1'), '{"id": "cus_acme", "object": "customer"}', 'test_1') $$,
  $$ values ('cus_acme', true) $$,
  'A completion maps the organization''s customer'
);
select results_eq($$ select step, customer_id from claim_customer('org_acme', 'test_1') $$, $$ values ('known', 'cus_acme') $$, 'A claim after the completion returns the organization''s customer');
select is((select customer_id from find_customer('org_acme', 'test_1')), 'cus_acme', 'find_customer returns the organization''s customer');
select claim_customer('user_member', 'test_1');
select throws_ok(
  $$ select complete_customer('user_member', 1, draw_ticket('test_1'), '{"id": "cus_acme", "object": "customer"}', 'test_1') $$, '22023', null,
  'A completion of a user with an organization''s customer is refused'
);

-- What is not an owner

select throws_ok(statement, '22023', 'Invalid owner "mch_1": expected the id of a Clerk user or organization', function || ' refuses an id that is neither a user''s nor an organization''s')
from (values
  ('claim_customer', $$ select claim_customer('mch_1', 'test_1') $$),
  ('find_customer', $$ select find_customer('mch_1', 'test_1') $$),
  ('complete_customer', $$ select complete_customer('mch_1', 1, 1, '{"id": "cus_1", "object": "customer"}', 'test_1') $$),
  ('fail_customer', $$ select fail_customer('mch_1', 1, 'test_1') $$),
  ('record_lookup', $$ select record_lookup('mch_1', 1, 1, 'test_1') $$),
  ('renew_customer', $$ select renew_customer('mch_1', 1, 'test_1') $$)
) as call (function, statement);

-- What the user reads meanwhile

select tests.sign_in('user_new');
select results_eq('select stripe_customer_id from stripe_customer_mapping', array[null::text], 'The user reads their mapping without a customer');

select * from finish();
rollback;
