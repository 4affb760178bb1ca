-- Closing a deployment: every call is refused while it is being moved, and for ever after.

begin;
select plan(11);

select tests.new_deployment();

select tests.be_the_owner_of_the_database();
select lives_ok($$ select billing.close_deployment(now() + interval '1 minute') $$, 'The owner closes the deployment');
select tests.be_the_server();
select throws_ok($$ select draw_ticket('test_1') $$, '25006', null, 'A call is refused while the deployment is closed');
select throws_ok($$ select confirm_account('acct_1', 'test_2') $$, '25006', null, 'No key is confirmed while the deployment is closed');
select throws_ok($$ select draw_ticket('live_1') $$, '55000', null, 'A key of the other mode is refused as such');
select throws_ok($$ select billing.open_deployment() $$, '42501', null, 'The server cannot open it');

select tests.be_the_owner_of_the_database();
select billing.close_deployment(clock_timestamp() - interval '1 second');
select tests.be_the_server();
select lives_ok($$ select draw_ticket('test_1') $$, 'It is open again by itself when the time is over');

select tests.be_the_owner_of_the_database();
select billing.close_deployment('infinity'), billing.close_deployment(now());
select tests.be_the_server();
select throws_ok($$ select draw_ticket('test_1') $$, '25006', null, 'A deployment that was moved stays closed');

insert into billing.jobs (name, run_id, lease, lease_until) values ('backfill', 1, '1 minute', now() + interval '1 minute');
select tests.be_the_owner_of_the_database();
select lives_ok('select billing.open_deployment()', 'The owner opens it');
select is((select lease_until from billing.jobs), '-infinity', 'No worker has a job then');
select tests.be_the_server();
select lives_ok($$ select draw_ticket('test_1') $$, 'A call is accepted again');

select tests.be_the_owner_of_the_database();
select set_eq(
  'select moved::text from billing.moved_tables() as moved',
  $$
    select oid::regclass::text from pg_class
    where relkind = 'r'
      and (relnamespace = 'billing'::regnamespace or relnamespace = 'public'::regnamespace and relname like 'stripe\_%')
      and oid::regclass::text not in ('billing.mirrored_kinds', 'billing.mirrored_row', 'billing.schedule_calls', 'stripe_changes')
  $$,
  'Every table moves, except what the migrations write and what belongs to one database'
);

select * from finish();
rollback;
