-- The deployment: the first call sets the mode and the account, and every later call has to match.

begin;
select plan(15);

select tests.empty_database();
select tests.be_the_server();

-- The mode

select throws_ok('select draw_ticket(null)', '22023', null, 'The first call without a mode is refused');
select is_empty('select from billing.deployment', 'A refused call sets no mode');
select lives_ok('select draw_ticket(true)', 'The first call with a mode is accepted');
select results_eq('select livemode, stripe_account from billing.deployment', $$ values (true, null::text) $$, 'The first call sets the mode and no account');
select throws_ok('select draw_ticket(false)', '55000', 'This database belongs to Stripe''s live mode', 'A test key is refused by a live database');
select lives_ok('select draw_ticket(true)', 'A live key is accepted by a live database');
select throws_ok('insert into billing.deployment (livemode) values (false)', '23505', null, 'A second deployment is refused');
select is((claim_customer('user_owner', true)).deployment_id, (select id from billing.deployment), 'A claim has the id of the deployment');

select tests.empty_database() from (select tests.be_the_owner_of_the_database()) as owner;
select tests.be_the_server();
select lives_ok('select draw_ticket(false)', 'An emptied database accepts the other mode');
select throws_ok('select draw_ticket(true)', '55000', 'This database belongs to Stripe''s test mode', 'A live key is refused by a test database');

-- The account

select throws_ok($$ select confirm_account(null, false) $$, '55000', null, 'A missing account is refused');
select throws_ok($$ select confirm_account('cus_1', false) $$, '23514', null, 'An id that is not an account''s is refused');
select lives_ok($$ select confirm_account('acct_1', false) $$, 'The first account is accepted');
select lives_ok($$ select confirm_account('acct_1', false) $$, 'The same account is accepted again');
select throws_ok($$ select confirm_account('acct_2', false) $$, '55000', 'This database belongs to another Stripe account than "acct_2"', 'Another account is refused');

select * from finish();
rollback;
