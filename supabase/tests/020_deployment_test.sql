-- The deployment: confirm_account binds the database to one Stripe account in one mode, and every other call needs one of
-- its keys.

begin;
select plan(25);

select tests.empty_database();
select tests.be_the_server();

-- Before the first use

select throws_ok('select draw_ticket(null)', '22023', null, 'A call without a key is refused');
select throws_ok($$ select draw_ticket('sk_test_1') $$, '22023', 'Missing Stripe key: pass its mode and the beginning of its SHA-256, such as test_3f9c', 'A secret key in place of its hash is refused, and not repeated');
select throws_ok($$ select draw_ticket('live_1') $$, 'KEY01', null, 'The first key is refused until it is confirmed');
select throws_ok($$ select confirm_account(null, 'live_1') $$, '55000', null, 'A missing account is refused');
select throws_ok($$ select confirm_account('acct_1', null) $$, '22023', null, 'The confirmation of a missing key is refused');
select throws_ok($$ select confirm_account('acct_1', 'sk_test_1') $$, '22023', null, 'The confirmation of a secret key is refused');
select throws_ok($$ select confirm_account('cus_1', 'live_1') $$, '23514', null, 'An id that is not an account''s is refused');
select is_empty('select from billing.deployment', 'A refused call binds the database to nothing');

-- The mode and the account

select lives_ok($$ select confirm_account('acct_1', 'live_1') $$, 'The first account is accepted');
select results_eq('select livemode, stripe_account from billing.deployment', $$ values (true, 'acct_1') $$, 'The first account binds the database to itself and its mode');
select lives_ok($$ select draw_ticket('live_1') $$, 'A confirmed key is accepted');
select is((claim_customer('user_owner', 'live_1')).deployment_id, (select id from billing.deployment), 'A claim has the id of the deployment');
select throws_ok($$ select draw_ticket('test_1') $$, '55000', 'This database belongs to Stripe''s live mode', 'A test key is refused by a live database');
select throws_ok($$ select confirm_account('acct_1', 'test_1') $$, '55000', 'This database belongs to Stripe''s live mode', 'A test key of the same account cannot be confirmed');
select throws_ok($$ insert into billing.deployment (livemode, stripe_account) values (false, 'acct_2') $$, '23505', null, 'A second deployment is refused');

-- Other keys in the same mode

select throws_ok($$ select draw_ticket('live_2') $$, 'KEY01', 'Unknown Stripe key: call confirm_account with its account, then repeat the call', 'Another key in the same mode is refused until it is confirmed');
select throws_ok($$ select confirm_account('acct_2', 'live_2') $$, '55000', 'This database belongs to another Stripe account than "acct_2"', 'A key of another account cannot be confirmed');
select throws_ok($$ select draw_ticket('live_2') $$, 'KEY01', null, 'A key of another account stays refused');
select lives_ok($$ select confirm_account('acct_1', 'live_3'), confirm_account('acct_1', 'live_3') $$, 'Another key of the same account is confirmed, also twice');
select lives_ok($$ select draw_ticket('live_3'), draw_ticket('live_1') $$, 'Both keys of the account are accepted');
select is((select confirmed_keys from billing.deployment), array['live_1', 'live_3'], 'The deployment keeps each key once');

select confirm_account('acct_1', 'live_a' || digit) from generate_series(1, 9) as digit;
select is(
  (select confirmed_keys from billing.deployment), array['live_3'] || array(select 'live_a' || digit from generate_series(1, 9) as digit),
  'The deployment keeps the last ten keys'
);
select throws_ok($$ select draw_ticket('live_1') $$, 'KEY01', null, 'The oldest key has to be confirmed again');

-- An emptied database

select tests.empty_database() from (select tests.be_the_owner_of_the_database()) as owner;
select tests.be_the_server();
select lives_ok($$ select confirm_account('acct_2', 'test_1') $$, 'An emptied database accepts another account and mode');
select throws_ok($$ select draw_ticket('live_3') $$, '55000', 'This database belongs to Stripe''s test mode', 'A live key is refused by a test database');

select * from finish();
rollback;
