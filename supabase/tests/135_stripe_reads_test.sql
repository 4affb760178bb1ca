-- Reads at Stripe: counted by day and purpose, compared with what Stripe allows, and pruned.

begin;
select plan(13);

select tests.new_deployment();
select tests.be_the_server();

create function pg_temp.today(days integer default 0) returns date
language sql as $$ select (now() at time zone 'UTC')::date - days $$;
create function pg_temp.invoice(id text, paid_ago interval, changes jsonb default '{}') returns jsonb
language sql as $$
  select jsonb_build_object('id', id, 'object', 'invoice', 'status', 'paid', 'total', 100, 'status_transitions', jsonb_build_object('paid_at', extract(epoch from now() - paid_ago)::bigint)) || changes
$$;

-- Counting

select results_eq('select * from billing.read_allowance()', 'values (10000::bigint, 0::bigint, 0::bigint)', 'A new database may read 10,000 times in 30 days');
select record_reads('{"poll": 2, "retry": 1}', 'test_1');
select record_reads('{"poll": 3}', 'test_1');
select results_eq('select day, purpose, reads from billing.stripe_reads order by purpose', $$ values (pg_temp.today(), 'poll', 5::bigint), (pg_temp.today(), 'retry', 1) $$, 'Counts of one day and purpose add up');
select record_objects(draw_ticket('test_1'), '[{"id": "prod_1", "object": "product"}]', 'test_1', '{"event": 4, "poll": 1}');
select results_eq('select purpose, reads from billing.stripe_reads order by purpose', $$ values ('event', 4::bigint), ('poll', 6), ('retry', 1) $$, 'Recording an object counts the reads before it');
select record_objects(draw_ticket('test_1'), '[{"id": "prod_1", "object": "product"}]', 'test_1');
select is((select sum(reads) from billing.stripe_reads), 11::numeric, 'Recording an object without reads counts none');
select throws_ok($$ select record_reads('{"curiosity": 1}', 'test_1') $$, '23514', null, 'An unknown purpose is refused');
select throws_ok($$ select record_reads(null, 'test_1') $$, '22023', null, 'Missing reads are refused');

-- The allowance

select record_reads('{"catalog": 20, "drift": 30, "backfill": 40, "customer": 50, "other": 60}', 'test_1');
select results_eq('select * from billing.read_allowance()', 'values (10000::bigint, 211::bigint, 56::bigint)', 'Poll, catalog and drift are scheduled, other reads are not');
select results_eq('select * from billing.reads where purpose in (''drift'', ''other'')', $$ values ('other', 60::bigint, 60::bigint, false), ('drift', 30, 30, true) $$, 'billing.reads has the reads by purpose');
update billing.stripe_reads set day = pg_temp.today(29) where purpose = 'drift';
update billing.stripe_reads set day = pg_temp.today(30) where purpose = 'other';
select results_eq('select used, scheduled from billing.read_allowance()', 'values (151::bigint, 56::bigint)', 'Reads of the last 30 days count, older ones do not');
select results_eq('select purpose, reads, today from billing.reads where purpose in (''drift'', ''other'')', $$ values ('drift', 30::bigint, 0::bigint) $$, 'billing.reads has no older reads');

select record_objects(draw_ticket('test_1'), jsonb_agg(pg_temp.invoice('in_' || number, '29 days')), 'test_1') from generate_series(1, 25) as number;
select record_objects(draw_ticket('test_1'), jsonb_build_array(
  pg_temp.invoice('in_old', '31 days'), pg_temp.invoice('in_free', '1 day', '{"total": 0}'), pg_temp.invoice('in_open', '1 day', '{"status": "open"}')
), 'test_1');
select is((select allowed from billing.read_allowance()), 12500::bigint, 'Each invoice that was paid in the last 30 days allows 500 reads; an old, a free and an open one none');

-- Pruning

update billing.stripe_reads set day = pg_temp.today(61) where purpose = 'other';
update billing.stripe_reads set day = pg_temp.today(60) where purpose = 'retry';
select is(prune_ledger('test_1'), 0, 'Pruned counts of reads are no events');
select set_eq('select purpose from billing.stripe_reads', array['poll', 'event', 'catalog', 'drift', 'backfill', 'customer', 'retry'], 'Counts are kept for 60 days');

select * from finish();
rollback;
