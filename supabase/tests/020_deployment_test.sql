-- The deployment: the first use decides, and every later one is held to it.

begin;
select plan(15);

select tests.start_afresh();
select tests.be_the_server();

-- The mode

select throws_ok('select draw_ticket(null)', '22023', null, 'Not even the first use may leave the mode open');
select is_empty('select from billing.deployment', 'It decides nothing');
select lives_ok('select draw_ticket(true)', 'The first use decides the mode');
select results_eq('select livemode, stripe_account from billing.deployment', $$ values (true, null::text) $$, 'It is written down, for an account not yet known');
select throws_ok('select draw_ticket(false)', '55000', 'This database belongs to Stripe''s live mode', 'A test key is refused by a live database');
select lives_ok('select draw_ticket(true)', 'A live key is not');
select throws_ok('insert into billing.deployment (livemode) values (false)', '23505', null, 'There is no second deployment');
select is((claim_customer('user_owner', true)).deployment_id, (select id from billing.deployment), 'A claim names it');

select tests.start_afresh() from (select tests.be_the_owner_of_the_database()) as owner;
select tests.be_the_server();
select lives_ok('select draw_ticket(false)', 'An emptied database is decided anew');
select throws_ok('select draw_ticket(true)', '55000', 'This database belongs to Stripe''s test mode', 'A live key is refused by a test database');

-- The account

select throws_ok($$ select confirm_account(null, false) $$, '55000', null, 'No account is another account');
select throws_ok($$ select confirm_account('cus_1', false) $$, '23514', null, 'Only an account can be confirmed');
select lives_ok($$ select confirm_account('acct_1', false) $$, 'The first account that is confirmed decides');
select lives_ok($$ select confirm_account('acct_1', false) $$, 'It is confirmed again');
select throws_ok($$ select confirm_account('acct_2', false) $$, '55000', 'This database belongs to another Stripe account than "acct_2"', 'Another is refused');

select * from finish();
rollback;
