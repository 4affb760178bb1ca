-- The reconcile: one at a time, a window is read to its end whoever reads it, and nothing is caught up before.

begin;
select plan(41);

select tests.empty_database();
select tests.be_the_server();

create function pg_temp.ago(days numeric, seconds numeric default 0) returns bigint
language sql as $$ select floor(extract(epoch from now()) - days * 86400 - seconds)::bigint $$;
create function pg_temp.page(variadic ids text[]) returns jsonb
language sql as $$
  select jsonb_agg(jsonb_build_object('id', id, 'type', 'price.updated', 'created', 1, 'object', 'price', 'object_id', 'price_of_' || id, 'api_version', null))
  from unnest(ids) as id
$$;

-- The first run

create temporary table first as select * from claim_reconcile(false);
select is((select run_id from first), (select last_value from billing.tickets), 'The first run has a run_id, which is a ticket');
select results_eq(
  'select window_from, window_to, window_cursor, backfill_due, retry_after from first',
  $$ values (pg_temp.ago(29), pg_temp.ago(0), null::text, true, null::integer) $$,
  'It reads 29 days, and only a backfill tells what was before'
);
select results_eq(
  'select run_id, window_to, retry_after from claim_reconcile(false)', $$ values (null::bigint, null::bigint, 120) $$,
  'The others wait for its lease to end'
);
select is((select due_events_processed_at from billing.reconcile), null, 'It has not come to the drain yet');

-- Pages

update billing.reconcile set lease_until = now() + interval '1 second' where singleton;
select claim_event('evt_known', 'price.updated', 1, 'price', 'price_of_evt_known', false);
create temporary table known as select * from billing.webhook_events;
select is((select record_events_page(run_id, pg_temp.page('evt_b', 'evt_known', 'evt_a'), false, 'evt_a') from first), 2, 'It enters a page, and says how many were new');
select results_eq(
  $$ select id, object, object_id, attempts, due_at, lease_until, outcome from billing.webhook_events where id <> 'evt_known' order by id $$,
  $$ values
    ('evt_a', 'price', 'price_of_evt_a', 0, now(), '-infinity'::timestamptz, null::text),
    ('evt_b', 'price', 'price_of_evt_b', 0, now(), '-infinity', null)
  $$,
  'What is not known is due at once'
);
select results_eq($$ select * from billing.webhook_events where id = 'evt_known' $$, 'select * from known', 'What is known is left alone');
select is((select lease_until from billing.reconcile), now() + interval '2 minutes', 'Its lease is extended');
select is((select polled_to from billing.reconcile), null, 'Half of a window is none');
select record_objects((select run_id from first), '[{"id": "price_of_evt_a", "object": "price"}]', false);
select is((select outcome from billing.webhook_events where id = 'evt_a'), null, 'Who looked before the page finishes none of it');
select record_objects(draw_ticket(false), '[{"id": "price_of_evt_a", "object": "price"}]', false);
select is((select outcome from billing.webhook_events where id = 'evt_a'), 'covered', 'Who looks after it does');
select throws_ok('select record_events_page(run_id, null, false) from first', '22023', null, 'A page that is none is refused');
select throws_ok($$ select record_events_page(run_id, '[{"id": "evt_x", "type": "price.updated", "created": 1}]', false) from first $$, '23502', null, 'So is an event that tells of nothing');

-- It stops half-way; another goes on, later

update billing.reconcile set lease_until = now(), window_from = window_from - 600, window_to = window_to - 600 where singleton;
create temporary table second as select * from claim_reconcile(false);
select cmp_ok((select run_id from second), '>', (select run_id from first), 'The next run has a run_id of its own');
select results_eq(
  'select window_from, window_to, window_cursor from second', $$ values (pg_temp.ago(29, 600), pg_temp.ago(0, 600), 'evt_a') $$,
  'It goes on with the same window, after the last event that was read'
);
select is((select record_events_page(run_id, pg_temp.page('evt_c'), false) from first), null, 'The one before is told to stop');
select is_empty($$ select from billing.webhook_events where id = 'evt_c' $$, 'His page is not entered');
select is((select lease_until from billing.reconcile), now() + interval '2 minutes', 'He ends nothing') from (select release_reconcile(run_id, false) from first) as released;
select is((select record_events_page(run_id, '[]', false) from second), 0, 'The window is read to its end');
select results_eq(
  'select polled_to, window_from, window_to, window_cursor from billing.reconcile',
  $$ values (pg_temp.ago(0, 600), null::bigint, null::bigint, null::text) $$,
  'Caught up to where it ended, and no further'
);
select is((select record_events_page(run_id, '[]', false) from second), 0, 'To say so again');
select is((select polled_to from billing.reconcile), pg_temp.ago(0, 600), 'changes nothing');

-- How the ledger stands, and the end of a run

update billing.webhook_events set outcome = 'dead', processed_at = now() where id = 'evt_known';
select claim_event('evt_leased', 'price.updated', 1, 'price', 'price_2', false);
select results_eq('select state.* from second, release_reconcile(run_id, false) as state', $$ values (1::bigint, 2::bigint, 1::bigint, true) $$, 'A run says what it leaves behind');
create temporary table third as select * from claim_reconcile(false);
select isnt((select run_id from third), null, 'The next need not wait');
select results_eq(
  'select window_from, window_to, window_cursor from third', $$ values (pg_temp.ago(0, 900), pg_temp.ago(0), null::text) $$,
  'It reads from there, with five minutes to spare'
);
select release_reconcile(run_id, false) from third;

-- A backfill

select claim_backfill(false);
update billing.backfill set kind = 'entitlements', started_at = now() - interval '1 hour' where singleton;
select record_backfill_page(run_id, kind, '[]', false) from billing.backfill;
select is((select backfill_due from claim_reconcile(false)), false, 'A backfill that began after the gap makes up for it');
select is((select polled_to from billing.reconcile), pg_temp.ago(0, 600), 'We had caught up further than its beginning');

-- Away for long

update billing.reconcile set lease_until = now(), window_from = null, polled_to = pg_temp.ago(28.9) where singleton;
select results_eq('select window_from, backfill_due from claim_reconcile(false)', $$ values (pg_temp.ago(28.9, 300), false) $$, 'Nearly 29 days are read from the list');
update billing.reconcile set lease_until = now(), window_from = null, polled_to = pg_temp.ago(29, 1), backfilled_from = pg_temp.ago(29, 1) where singleton;
create temporary table away as select * from claim_reconcile(false);
select results_eq('select window_from, backfill_due from away', $$ values (pg_temp.ago(29), true) $$, 'Of more the rest is a gap');
select record_events_page(run_id, '[]', false) from away;
select is((select state.backfill_due from away, release_reconcile(run_id, false) as state), true, 'To catch up does not close it');
update billing.reconcile set backfilled_from = pg_temp.ago(29) - 1 where singleton;
select is((select backfill_due from claim_reconcile(false)), true, 'Nor a backfill that began before it ended');
update billing.reconcile set lease_until = now(), backfilled_from = pg_temp.ago(29) where singleton;
select is((select backfill_due from claim_reconcile(false)), false, 'One that began later does');

-- A backfill before the first run, or after long

update billing.reconcile set polled_to = null, gap_to = null, window_from = null, window_to = null, backfilled_from = null, lease_until = now() where singleton;
update billing.backfill set kind = 'entitlements', completed_at = null, started_at = now() - interval '1 hour' where singleton;
select record_backfill_page(run_id, 'entitlements', '[]', false) from billing.backfill;
select results_eq(
  'select window_from, backfill_due from claim_reconcile(false)', $$ values (pg_temp.ago(0, 3900), false) $$,
  'Whoever begins with a backfill reads the events since, and misses nothing'
);

-- A window that nobody goes on with

update billing.reconcile set polled_to = null, gap_to = null, backfilled_from = null, lease_until = now(), window_from = pg_temp.ago(29.5), window_to = pg_temp.ago(1), window_cursor = 'evt_b' where singleton;
select results_eq('select window_from, window_cursor from claim_reconcile(false)', $$ values (pg_temp.ago(29.5), 'evt_b') $$, 'A window is gone on with while Stripe lists all of it');
update billing.reconcile set polled_to = pg_temp.ago(30), lease_until = now(), window_from = pg_temp.ago(30, 1) where singleton;
select results_eq(
  'select window_from, window_to, window_cursor, backfill_due from claim_reconcile(false)',
  $$ values (pg_temp.ago(29), pg_temp.ago(0), null::text, true) $$,
  'After that its cursor means nothing: a new one begins, and what is lost is a gap'
);

-- What was known to nobody

select results_eq('select due, pending, dead, backfill_due from release_reconcile(1, false)', $$ values (1::bigint, 2::bigint, 1::bigint, true) $$, 'A run_id that is not the run''s ends nothing');
select is((select run_id from claim_reconcile(false)), null, 'The run goes on');
select is((select polled_to from billing.ledger_lag), to_timestamp(pg_temp.ago(30)), 'An operator sees how far');

select tests.empty_database() from (select tests.be_the_owner_of_the_database()) as owner;
select tests.be_the_server();
select results_eq('select due, pending, dead, backfill_due from release_reconcile(1, false)', $$ values (0::bigint, 0::bigint, 0::bigint, false) $$, 'Before the first run nothing is due');
select is(record_events_page(1, '[]', false), null, 'And nobody has a page');
select results_eq('select pending, due_events_processed_at, polled_to from billing.ledger_lag', $$ values (0::bigint, null::timestamptz, null::timestamptz) $$, 'An operator sees that, too');

select * from finish();
rollback;
