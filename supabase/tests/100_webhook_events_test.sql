-- The ledger: from an event's claim to its end, whatever happens on the way. now() stands still in a test, so the rows
-- are moved instead.

begin;
select plan(68);

select tests.start_afresh();
select tests.be_the_server();

create function pg_temp.claim(event_id text, object text default 'subscription', object_id text default 'sub_1') returns public.webhook_event_claim
language sql as $$ select public.claim_event(event_id, object || '.updated', 1700000000, object, object_id, false, '2026-10-28.endive') $$;
create function pg_temp.see(ticket bigint, object_id text default 'sub_1', object text default 'subscription') returns void
language sql as $$ select public.record_objects(ticket, jsonb_build_array(jsonb_build_object('id', object_id, 'object', object)), false) $$;

-- A claim

create temporary table first as select * from pg_temp.claim('evt_1');
select is((select step from first), 'fetch', 'A new event is to be looked at');
select is((select ticket from first), (select last_value from billing.tickets), 'Under a ticket drawn for it');
select results_eq(
  'select type, object, object_id, api_version, created, ticket, attempts, failures, processed_at, outcome, last_error from billing.webhook_events',
  $$ select 'subscription.updated', 'subscription', 'sub_1', '2026-10-28.endive', 1700000000::bigint, ticket, 1, 0, null::timestamptz, null::text, null::text from first $$,
  'It is in the ledger'
);
select results_eq(
  'select received_at, lease_until, due_at from billing.webhook_events',
  $$ values (now(), now() + interval '30 seconds', now() + interval '30 seconds') $$,
  'It is the caller''s for 30 seconds, and nobody drains it before'
);
select results_eq($$ select * from pg_temp.claim('evt_1') $$, $$ values ('leased', null::bigint) $$, 'Delivered again meanwhile, it is leased');
select is((select attempts from billing.webhook_events), 1, 'That is no attempt');

-- Recording what was seen finishes it

select pg_temp.see(ticket) from first;
select results_eq(
  'select outcome, processed_at, attempts from billing.webhook_events', $$ values ('processed', now(), 1) $$,
  'Recording its object under its ticket finishes it'
);
select results_eq($$ select * from pg_temp.claim('evt_1') $$, $$ values ('done', null::bigint) $$, 'Delivered again, it is done');
select is((select ticket from billing.webhook_events), (select ticket from first), 'Nothing of it has changed');
select throws_ok($$ select pg_temp.claim(null) $$, '23502', null, 'An event without an id is refused');
select throws_ok($$ select pg_temp.claim('evt_none', 'subscription', null) $$, '23502', null, 'So is one that tells of nothing');

-- A crash after the claim

select pg_temp.claim('evt_crash');
update billing.webhook_events set lease_until = now(), due_at = now() where id = 'evt_crash';
create temporary table second as select * from pg_temp.claim('evt_crash');
select is((select step from second), 'fetch', 'After a crash and its lease the event is claimed again');
select is((select ticket from second), (select last_value from billing.tickets), 'Under a new ticket');
select is((select attempts from billing.webhook_events where id = 'evt_crash'), 2, 'It is the second attempt');
select pg_temp.see(ticket - 1) from second;
select is((select outcome from billing.webhook_events where id = 'evt_crash'), null, 'The one who was believed dead finishes it no more: he looked too early');
select pg_temp.see(ticket) from second;
select is((select outcome from billing.webhook_events where id = 'evt_crash'), 'processed', 'The second does');

-- Covered: another look that began later

create temporary table three as
select (pg_temp.claim('evt_a')).ticket as a, (pg_temp.claim('evt_b')).ticket as b, (pg_temp.claim('evt_c')).ticket as c;
select pg_temp.claim('evt_product', 'product', 'prod_1'), pg_temp.claim('evt_customer', 'customer', 'cus_1');
select pg_temp.see(b) from three;
select results_eq(
  $$ select id, outcome from billing.webhook_events where id in ('evt_a', 'evt_b', 'evt_c') order by id $$,
  $$ values ('evt_a', 'covered'), ('evt_b', 'processed'), ('evt_c', null) $$,
  'A look finishes the events before it, and none after it'
);
select is((select outcome from billing.webhook_events where id = 'evt_product'), null, 'None of another object''s');
select is((select ticket from stripe_subscriptions), (select b from three), 'The row holds the later look');
select pg_temp.claim('evt_d');
update billing.webhook_events set ticket = (select a from three) where id = 'evt_d';
select pg_temp.see(a) from three;
select is((select ticket from stripe_subscriptions), (select b from three), 'A write that the row drops');
select is((select outcome from billing.webhook_events where id = 'evt_d'), 'processed', 'finishes its event all the same');
select record_objects(draw_ticket(false), '[{"id": "cus_1", "object": "entitlements.active_entitlement_summary"}]', false);
select is((select outcome from billing.webhook_events where id = 'evt_customer'), null, 'Entitlements share the id of a customer, and not his events');
select record_objects(draw_ticket(false), '[{"id": "prod_1", "object": "product"}, {"id": "cus_1", "object": "customer"}, {"id": "sub_1", "object": "subscription", "deleted": true}]', false);
select results_eq(
  $$ select id, outcome from billing.webhook_events where id in ('evt_c', 'evt_product', 'evt_customer') order by id $$,
  $$ values ('evt_c', 'covered'), ('evt_customer', 'covered'), ('evt_product', 'covered') $$,
  'A page finishes the events of all its objects, a tombstone too'
);
select is_empty('select from billing.webhook_events where processed_at is null', 'Nothing is pending');

-- A failure

create temporary table failing as select * from pg_temp.claim('evt_f', 'invoice', 'in_1');
select is((select fail_sync(ticket, 'in_1', 'stripe_unavailable', 'passing', false) from failing), 'retry', 'A failure that passes is tried again');
select results_eq(
  $$ select lease_until, due_at, failures, last_error, outcome from billing.webhook_events where id = 'evt_f' $$,
  $$ values ('-infinity'::timestamptz, now() + interval '10 seconds', 0, 'stripe_unavailable', null::text) $$,
  'It is nobody''s, and due in ten seconds'
);
select is(claim_due_objects(false)::text, '[]', 'The drain leaves it alone until then');
update failing set ticket = (select (pg_temp.claim('evt_f', 'invoice', 'in_1')).ticket);
select isnt((select ticket from failing), null, 'A redelivery need not wait for that');
select is((select due_at from billing.webhook_events where id = 'evt_f'), now() + interval '30 seconds', 'The drain waits for the redelivery');
select fail_sync(ticket - 1, 'in_1', 'late', 'permanent', false) from failing;
select is((select failures from billing.webhook_events where id = 'evt_f'), 0, 'Who holds another ticket fails nothing');
select fail_sync(ticket, 'in_2', 'late', 'permanent', false) from failing;
select is((select failures from billing.webhook_events where id = 'evt_f'), 0, 'Nor who looked at another object');
select fail_sync(ticket, 'in_1', 'stripe_unavailable', 'passing', false) from failing;
select is((select due_at from billing.webhook_events where id = 'evt_f'), now() + interval '20 seconds', 'After the second it is due in twenty');
update failing set ticket = (select (pg_temp.claim('evt_f', 'invoice', 'in_1')).ticket);
select fail_sync(ticket, 'in_1', 'rate_limited', 'rate_limited', false, 300) from failing;
select is((select due_at from billing.webhook_events where id = 'evt_f'), now() + interval '5 minutes', 'Never before Stripe wants to be asked again');
update billing.webhook_events set attempts = 1000 where id = 'evt_f';
update failing set ticket = (select (pg_temp.claim('evt_f', 'invoice', 'in_1')).ticket);
select fail_sync(ticket, 'in_1', repeat('x', 1000), 'passing', false) from failing;
select results_eq(
  $$ select due_at, length(last_error) from billing.webhook_events where id = 'evt_f' $$, $$ values (now() + interval '1 hour', 500) $$,
  'Within an hour at the latest, and no story is kept'
);
select throws_ok($$ select fail_sync(1, 'in_1', 'x', 'sad', false) $$, '22023', 'A failure is rate_limited, passing or permanent, not "sad"', 'A failure is of a known kind');
select throws_ok($$ select fail_sync(1, 'in_1', 'x', null, false) $$, '22023', null, 'Not of none');

-- Deferred: only when the drain is known to come

update failing set ticket = (select (pg_temp.claim('evt_f', 'invoice', 'in_1')).ticket);
select is((select fail_sync(ticket, 'in_1', 'x', 'rate_limited', false) from failing), 'retry', 'Nobody has ever drained: Stripe has to come again');
insert into billing.reconcile (due_events_processed_at) values (now() - interval '11 minutes');
select is((select fail_sync(ticket, 'in_1', 'x', 'rate_limited', false) from failing), 'retry', 'Nobody has for ten minutes: neither');
update billing.reconcile set due_events_processed_at = now() - interval '9 minutes' where singleton;
select is((select fail_sync(ticket, 'in_1', 'x', 'rate_limited', false) from failing), 'deferred', 'Somebody has: the drain will take it');
select is((select fail_sync(ticket, 'in_1', 'x', 'passing', false) from failing), 'retry', 'Only a rate limit is left to the drain');
select is((select failures from billing.webhook_events where id = 'evt_f'), 0, 'None of these counts towards its death');

-- Dead

create function pg_temp.fail_for_good() returns text language plpgsql as $$
declare
  drawn bigint := (pg_temp.claim('evt_f', 'invoice', 'in_1')).ticket;
begin
  return public.fail_sync(drawn, 'in_1', 'invalid_request', 'permanent', false);
end
$$;
select results_eq(
  'select pg_temp.fail_for_good() from generate_series(1, 8)',
  array['retry', 'retry', 'retry', 'retry', 'retry', 'retry', 'retry', 'dead'],
  'With the eighth permanent failure it is dead'
);
select results_eq(
  $$ select outcome, processed_at, failures, last_error from billing.webhook_events where id = 'evt_f' $$,
  $$ values ('dead', now(), 8, 'invalid_request') $$,
  'The ledger says why'
);
select results_eq($$ select * from pg_temp.claim('evt_f', 'invoice', 'in_1') $$, $$ values ('done', null::bigint) $$, 'Delivered again, it is done');
update billing.webhook_events set due_at = now() where id = 'evt_f';
select is(claim_due_objects(false)::text, '[]', 'The drain lets it rest');
select pg_temp.see(draw_ticket(false), 'in_1', 'invoice');
select is((select outcome from billing.webhook_events where id = 'evt_f'), 'dead', 'A look does not make it undone');
select is(retry_event('evt_none', false), false, 'Nobody brings back what never was');
select is(retry_event('evt_1', false), false, 'Nor what was finished');
select is(retry_event('evt_f', false), true, 'An operator brings a dead event back');
select results_eq(
  $$ select outcome, processed_at, failures, due_at, lease_until from billing.webhook_events where id = 'evt_f' $$,
  $$ values (null::text, null::timestamptz, 0, now(), '-infinity'::timestamptz) $$,
  'It is due at once and has its eight lives again'
);
select is(claim_due_objects(false) -> 0 ->> 'object_id', 'in_1', 'The drain takes it');
select is(retry_event('evt_f', false), false, 'It is brought back once');

-- The drain

delete from billing.webhook_events where true;
select throws_ok('select claim_due_objects(false, 0)', '22023', null, 'A batch is not empty');
select throws_ok('select claim_due_objects(false, null)', '22023', null, 'Nor without a bound');
select pg_temp.claim('evt_old', 'price', 'price_old'), pg_temp.claim('evt_new', 'price', 'price_new'), pg_temp.claim('evt_leased', 'price', 'price_leased'),
  pg_temp.claim('evt_new_too', 'price', 'price_new'), pg_temp.claim('evt_later', 'price', 'price_new'), pg_temp.claim('evt_same_id', 'product', 'price_new');
update billing.webhook_events set lease_until = now(), due_at = now() - interval '1 hour' where id = 'evt_old';
update billing.webhook_events set lease_until = now(), due_at = now() - interval '2 minutes' where id = 'evt_new';
update billing.webhook_events set lease_until = now(), due_at = now() - interval '1 minute' where id = 'evt_same_id';
update billing.webhook_events set lease_until = now(), due_at = now() where id = 'evt_new_too';
create temporary table drained as
select * from json_to_recordset(claim_due_objects(false, 2)) as due (object text, object_id text, ticket bigint, events bigint);
select results_eq(
  'select object, object_id, events from drained', $$ values ('price', 'price_old', 1::bigint), ('price', 'price_new', 2) $$,
  'The drain takes the objects that have waited longest, each once'
);
select cmp_ok((select min(ticket) from drained), '<', (select max(ticket) from drained), 'Each under a ticket of its own');
select results_eq(
  $$ select id, event.ticket = drained.ticket, lease_until, due_at, attempts from billing.webhook_events as event left join drained using (object, object_id) order by id $$,
  $$ values
    ('evt_later', false, now() + interval '30 seconds', now() + interval '30 seconds', 1),
    ('evt_leased', null, now() + interval '30 seconds', now() + interval '30 seconds', 1),
    ('evt_new', true, now() + interval '60 seconds', now() + interval '60 seconds', 2),
    ('evt_new_too', true, now() + interval '60 seconds', now() + interval '60 seconds', 2),
    ('evt_old', true, now() + interval '60 seconds', now() + interval '60 seconds', 2),
    ('evt_same_id', null, now(), now() - interval '1 minute', 1)
  $$,
  'All that is due of an object is leased for a minute, and nothing else'
);
select results_eq(
  'select object, object_id from json_to_recordset(claim_due_objects(false)) as due (object text, object_id text)',
  $$ values ('product', 'price_new') $$,
  'The next batch has the rest'
);
select is(claim_due_objects(false)::text, '[]', 'Then nothing is due');
select is((select step from pg_temp.claim('evt_new', 'price', 'price_new')), 'leased', 'A redelivery leaves the drain alone');
select pg_temp.see(ticket, object_id, object) from drained where object_id = 'price_new';
select results_eq(
  $$ select id, outcome from billing.webhook_events where object_id = 'price_new' order by id $$,
  $$ values ('evt_later', 'covered'), ('evt_new', 'processed'), ('evt_new_too', 'processed'), ('evt_same_id', null) $$,
  'One look finishes them all'
);
select is((select fail_sync(ticket, object_id, 'x', 'permanent', false) from drained where object_id = 'price_old'), 'retry', 'One failure fails them all');
select is((select failures from billing.webhook_events where id = 'evt_old'), 1, 'It is counted');

-- What an operator sees

select results_eq(
  'select pending, due, leased, oldest_received_at, dead, due_events_processed_at, backfill_due from billing.ledger_lag',
  $$ values (3::bigint, 0::bigint, 2::bigint, now(), 0::bigint, now(), false) $$,
  'How far behind we are'
);
select results_eq('select id, failures, last_error from billing.failing_events', $$ values ('evt_old', 1, 'x') $$, 'What fails');
update billing.webhook_events set outcome = 'dead', processed_at = now() where id in ('evt_old', 'evt_leased');
select pg_temp.see(draw_ticket(false), 'price_leased', 'price');
select results_eq(
  'select id, died_at, seen_since from billing.dead_events order by id', $$ values ('evt_leased', now(), true), ('evt_old', now(), false) $$,
  'What is dead, and whether its object was seen since'
);
select is((select dead from billing.ledger_lag), 2::bigint, 'How many of them');
select is_empty('select from billing.failing_events', 'They fail no more');

select * from finish();
rollback;
