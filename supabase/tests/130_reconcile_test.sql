-- The reconcile: one run at a time, and a window counts only once it was read to its end, by however many runs.

begin;
select plan(57);

select tests.new_deployment();
select tests.be_the_server();

create function pg_temp.ago(days numeric, seconds numeric default 0) returns bigint
language sql as $$ select floor(extract(epoch from now()) - days * 86400 - seconds)::bigint $$;
create function pg_temp.page(variadic ids text[]) returns jsonb
language sql as $$
  select jsonb_agg(jsonb_build_object('id', id, 'type', 'price.updated', 'created', 1, 'object', 'price', 'object_id', 'price_of_' || id, 'api_version', null))
  from unnest(ids) as id
$$;
create function pg_temp.end_lease(job text) returns void
language sql as $$ update billing.jobs set lease_until = now() where name = job $$;
create function pg_temp.make_poll_due(due interval default '-1 day') returns void
language sql as $$ update billing.reconcile set poll_due_at = now() + due where singleton $$;

-- A claim, and whether a backfill is due after it.
create function pg_temp.claim() returns table (run_id bigint, window_from bigint, window_to bigint, window_cursor text, backfill_due boolean) language plpgsql as $$
begin
  select * into run_id, window_from, window_to, window_cursor from claim_reconcile('test_1');
  backfill_due := (select lag.backfill_due from billing.ledger_lag as lag);
  return next;
end
$$;

-- The first run, of a database that has been in use for long

select draw_ticket('test_1');
update billing.deployment set created_at = now() - interval '40 days' where true;
create temporary table first as select * from claim_reconcile('test_1');
select is((select run_id from first), (select last_value from billing.tickets), 'The run id is a ticket');
select results_eq(
  'select window_from, window_to, window_cursor, backfill_due from first, billing.ledger_lag',
  $$ values (pg_temp.ago(29), pg_temp.ago(0), null::text, true) $$,
  'The first run reads 29 days, and a backfill is due for the time before'
);
select results_eq(
  $$ select run_id, window_to from claim_reconcile('test_1') $$, $$ values (null::bigint, null::bigint) $$,
  'A second claim during the lease has no run id'
);
select is((select due_events_processed_at from billing.reconcile), null, 'A claim does not count as processing due events');

-- Pages

update billing.jobs set lease_until = now() + interval '1 second' where name = 'reconcile';
select tests.claim_event('evt_known', 'price.updated', 1, 'price', 'price_of_evt_known', 'test_1');
create temporary table known as select * from billing.webhook_events;
select is((select record_events_page(run_id, pg_temp.page('evt_b', 'evt_known', 'evt_a'), 'test_1', 'evt_a') from first), 2, 'A page enters its unknown events and returns how many there were');
select results_eq(
  $$ select id, object, object_id, attempts, due_at, lease_until, outcome from billing.webhook_events where id <> 'evt_known' order by id $$,
  $$ values
    ('evt_a', 'price', 'price_of_evt_a', 0, now(), '-infinity'::timestamptz, null::text),
    ('evt_b', 'price', 'price_of_evt_b', 0, now(), '-infinity', null)
  $$,
  'An unknown event is due at once'
);
select results_eq($$ select * from billing.webhook_events where id = 'evt_known' $$, 'select * from known', 'A known event is unchanged');
select results_eq('select lease_until, cursor from billing.jobs', $$ values (now() + interval '2 minutes', 'evt_a') $$, 'A page extends the lease and sets the cursor');
select is((select polled_to from billing.reconcile), null, 'A window that was not read to its end does not count');
select record_objects((select run_id from first), '[{"id": "price_of_evt_a", "object": "price"}]', 'test_1');
select is((select outcome from billing.webhook_events where id = 'evt_a'), null, 'An object fetched before the page does not finish its events');
select record_objects(draw_ticket('test_1'), '[{"id": "price_of_evt_a", "object": "price"}]', 'test_1');
select is((select outcome from billing.webhook_events where id = 'evt_a'), 'covered', 'An object fetched after the page finishes its events');
select throws_ok($$ select record_events_page(run_id, null, 'test_1') from first $$, '22023', null, 'A missing page is refused');
select throws_ok($$ select record_events_page(run_id, '[{"id": "evt_x", "type": "price.updated", "created": 1}]', 'test_1') from first $$, '23502', null, 'An event without an object is refused');

-- The run stops half-way; another resumes, later

select pg_temp.end_lease('reconcile');
update billing.reconcile set window_from = window_from - 600, window_to = window_to - 600 where singleton;
create temporary table second as select * from claim_reconcile('test_1');
select cmp_ok((select run_id from second), '>', (select run_id from first), 'The next run has a larger run id');
select results_eq(
  'select window_from, window_to, window_cursor from second', $$ values (pg_temp.ago(29, 600), pg_temp.ago(0, 600), 'evt_a') $$,
  'The next run resumes the same window after the last event that was read'
);
select is((select record_events_page(run_id, pg_temp.page('evt_c'), 'test_1') from first), null, 'A page of an overtaken run is refused');
select is_empty($$ select from billing.webhook_events where id = 'evt_c' $$, 'A page of an overtaken run is not entered');
select is((select lease_until from billing.jobs), now() + interval '2 minutes', 'The release of an overtaken run changes nothing') from (select release_reconcile(run_id, 'test_1') from first) as released;
select is((select record_events_page(run_id, '[]', 'test_1') from second), 0, 'An empty page without a cursor ends the window');
select results_eq(
  'select polled_to, window_from, window_to, cursor from billing.reconcile, billing.jobs',
  $$ values (pg_temp.ago(0, 600), null::bigint, null::bigint, null::text) $$,
  'The events are complete up to the end of the window, and no further'
);
select is((select record_events_page(run_id, '[]', 'test_1') from second), 0, 'Ending the window again is accepted');
select is((select polled_to from billing.reconcile), pg_temp.ago(0, 600), 'Ending the window again changes nothing');

-- The state of the ledger, and the end of a run

update billing.webhook_events set outcome = 'dead', processed_at = now() where id = 'evt_known';
select tests.claim_event('evt_leased', 'price.updated', 1, 'price', 'price_2', 'test_1');
select results_eq($$ select state.* from second, release_reconcile(run_id, 'test_1') as state $$, $$ values (1::bigint, 2::bigint, 1::bigint, true) $$, 'The release returns the due, pending and dead events');
select pg_temp.make_poll_due();
create temporary table third as select * from claim_reconcile('test_1');
select isnt((select run_id from third), null, 'A claim after a release does not wait');
select results_eq(
  'select window_from, window_to, window_cursor from third', $$ values (pg_temp.ago(0, 900), pg_temp.ago(0), null::text) $$,
  'The next window begins where the last one ended, five minutes earlier'
);
select release_reconcile(run_id, 'test_1') from third;

-- When a run polls

create function pg_temp.polls(due interval default null) returns boolean language plpgsql as $$
declare
  claim public.reconcile_claim;
begin
  if due is not null then
    perform pg_temp.make_poll_due(due);
  end if;
  perform pg_temp.end_lease('reconcile');
  claim := claim_reconcile('test_1');
  if claim.window_from is not null then
    perform record_events_page(claim.run_id, '[]', 'test_1');
  end if;
  return claim.window_from is not null;
end
$$;
create function pg_temp.poll_finds(variadic ids text[]) returns void language plpgsql as $$
declare
  claim public.reconcile_claim;
begin
  perform pg_temp.make_poll_due();
  perform pg_temp.end_lease('reconcile');
  claim := claim_reconcile('test_1');
  perform record_events_page(claim.run_id, pg_temp.page(variadic ids), 'test_1', 'evt_cursor');
  perform record_events_page(claim.run_id, '[]', 'test_1');
end
$$;
create temporary table ledger as select * from billing.webhook_events;
delete from billing.webhook_events where true;
select is(pg_temp.polls('-1 day'), true, 'A run polls when a poll is due');
select is((select poll_due_at from billing.reconcile), now() + interval '15 minutes', 'After a poll that found nothing the next is due in 15 minutes');
select is(pg_temp.polls(), false, 'A run before that does not poll');
select isnt((select run_id from billing.jobs where name = 'reconcile'), null, 'A run that does not poll has a run id');
select is(pg_temp.polls('1 second'), false, 'A poll is not due until the time has come');
select is(pg_temp.polls('0'), true, 'A poll is due when the time has come');
select tests.claim_event('evt_new', 'price.updated', 1, 'price', 'price_new', 'test_1');
select is(pg_temp.polls('1 second'), false, 'An event that is being processed makes no poll due');
update billing.webhook_events set received_at = now() - interval '3 minutes' where id = 'evt_new';
select is(pg_temp.polls('11 minutes'), false, 'Events that wait make no poll due within five minutes after the last');
select is(pg_temp.polls('10 minutes'), true, 'An event that waits for minutes makes a poll due after five minutes');
update billing.webhook_events set received_at = now(), last_error = 'x' where id = 'evt_new';
select is(pg_temp.polls('10 minutes'), true, 'An event that failed makes a poll due after five minutes');
delete from billing.webhook_events where true;
select is(pg_temp.polls('10 minutes'), false, 'Without it no poll is due');
select pg_temp.poll_finds('evt_missed');
delete from billing.webhook_events where true;
select is(pg_temp.polls(), true, 'After a poll that found an event, on whichever page, the next run polls');
select is(pg_temp.polls(), false, 'Until a poll finds nothing');
select pg_temp.end_lease('reconcile');
select release_reconcile(run_id, 'test_1', 900) from claim_reconcile('test_1');
select is((select poll_due_at from billing.reconcile), now() + interval '15 minutes', 'A refused poll is repeated when the run says');
insert into billing.webhook_events select * from ledger;
update billing.reconcile set polled_to = pg_temp.ago(0, 600), window_from = null where singleton;

-- A backfill

create function pg_temp.backfill_begun(ago interval) returns void language plpgsql as $$
declare
  claim public.backfill_claim := claim_backfill('test_1', true);
begin
  update billing.backfill set started_at = now() - ago where singleton;
  perform record_backfill_page(claim.run_id, known.id, '[]', 'test_1') from billing.backfill_ranges as known;
end
$$;
select pg_temp.backfill_begun('1 hour');
select is((select backfill_due from pg_temp.claim()), false, 'After a backfill that began after the gap no backfill is due');
select is((select polled_to from billing.reconcile), pg_temp.ago(0, 600), 'A backfill does not move the end of the complete events back');

-- Without a run for long

select pg_temp.end_lease('reconcile'), pg_temp.make_poll_due();
update billing.reconcile set window_from = null, polled_to = pg_temp.ago(28.9) where singleton;
select results_eq('select window_from, backfill_due from pg_temp.claim()', $$ values (pg_temp.ago(28.9, 300), false) $$, 'Nearly 29 days without a run are read from the list');
select pg_temp.end_lease('reconcile'), pg_temp.make_poll_due();
update billing.reconcile set window_from = null, polled_to = pg_temp.ago(29, 1), backfilled_from = pg_temp.ago(29, 1) where singleton;
create temporary table away as select * from pg_temp.claim();
select results_eq('select window_from, backfill_due from away', $$ values (pg_temp.ago(29), true) $$, 'More than 29 days without a run leave a gap');
select record_events_page(run_id, '[]', 'test_1') from away;
select is((select state.backfill_due from away, release_reconcile(run_id, 'test_1') as state), true, 'A window read to its end does not close the gap');
update billing.reconcile set backfilled_from = pg_temp.ago(29) - 1 where singleton;
select is((select backfill_due from pg_temp.claim()), true, 'A backfill that began before the end of the gap does not close it');
select pg_temp.end_lease('reconcile'), pg_temp.make_poll_due();
update billing.reconcile set backfilled_from = pg_temp.ago(29) where singleton;
select is((select backfill_due from pg_temp.claim()), false, 'A backfill that began after the end of the gap closes it');

-- A backfill before the first run, or after a long time

select pg_temp.end_lease('reconcile'), pg_temp.make_poll_due();
update billing.reconcile set polled_to = null, gap_to = null, window_from = null, window_to = null, backfilled_from = null where singleton;
select pg_temp.backfill_begun('1 hour');
select results_eq(
  'select window_from, backfill_due from pg_temp.claim()', $$ values (pg_temp.ago(0, 3900), false) $$,
  'After a backfill the first run reads the events since it began, without a gap'
);

-- The first run of a database that was first used an hour ago

select pg_temp.end_lease('reconcile'), pg_temp.make_poll_due();
update billing.deployment set created_at = now() - interval '1 hour' where true;
update billing.reconcile set polled_to = null, gap_to = null, window_from = null, window_to = null, backfilled_from = null where singleton;
select results_eq(
  'select window_from, window_to, backfill_due from pg_temp.claim()', 'values (pg_temp.ago(0, 3900), pg_temp.ago(0), true)',
  'The first run of a new database does not read the events before it was first used, which the backfill records'
);
select pg_temp.backfill_begun('30 minutes');
select is((select backfill_due from billing.ledger_lag), false, 'A backfill that began since then closes the gap');
update billing.deployment set created_at = now() - interval '40 days' where true;

-- A window that is not resumed

select pg_temp.end_lease('reconcile'), pg_temp.make_poll_due();
update billing.jobs set cursor = 'evt_b' where name = 'reconcile';
update billing.reconcile set polled_to = null, gap_to = null, backfilled_from = null, window_from = pg_temp.ago(29.5), window_to = pg_temp.ago(1) where singleton;
select results_eq('select window_from, window_cursor from pg_temp.claim()', $$ values (pg_temp.ago(29.5), 'evt_b') $$, 'A window is resumed while Stripe lists all of it');
select pg_temp.end_lease('reconcile'), pg_temp.make_poll_due();
update billing.reconcile set polled_to = pg_temp.ago(30), window_from = pg_temp.ago(30, 1) where singleton;
select results_eq(
  'select window_from, window_to, window_cursor, backfill_due from pg_temp.claim()',
  $$ values (pg_temp.ago(29), pg_temp.ago(0), null::text, true) $$,
  'A window that Stripe no longer lists is replaced by a new one without a cursor, and leaves a gap'
);

-- An unknown run, and an empty database

select results_eq($$ select due, pending, dead, backfill_due from release_reconcile(1, 'test_1') $$, $$ values (1::bigint, 2::bigint, 1::bigint, true) $$, 'A release with an unknown run id returns the state of the ledger');
select is((select run_id from claim_reconcile('test_1')), null, 'A release with an unknown run id does not end the run');
select is((select polled_to from billing.ledger_lag), to_timestamp(pg_temp.ago(30)), 'ledger_lag has the end of the complete events');

select tests.new_deployment() from (select tests.be_the_owner_of_the_database()) as owner;
select tests.be_the_server();
select results_eq($$ select due, pending, dead, backfill_due from release_reconcile(1, 'test_1') $$, $$ values (0::bigint, 0::bigint, 0::bigint, false) $$, 'A release before the first run returns an empty ledger');
select is(record_events_page(1, '[]', 'test_1'), null, 'A page before the first run is refused');
select results_eq('select pending, due_events_processed_at, polled_to from billing.ledger_lag', $$ values (0::bigint, null::timestamptz, null::timestamptz) $$, 'ledger_lag has one row before the first run');

select * from finish();
rollback;
