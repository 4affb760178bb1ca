-- The ledger: from an event's claim to its outcome. now() is constant in a transaction, so the tests change the rows
-- instead.

begin;
select plan(101);

select tests.new_deployment();
select tests.be_the_server();

create function pg_temp.claim(event_id text, object text default 'subscription', object_id text default 'sub_1') returns tests.event_claim
language sql as $$ select tests.claim_event(event_id, object || '.updated', 1700000000, object, object_id, 'test_1', '2026-10-28.endive') $$;
create function pg_temp.record(ticket bigint, object_id text default 'sub_1', object text default 'subscription') returns void
language sql as $$ select public.record_objects(ticket, jsonb_build_array(jsonb_build_object('id', object_id, 'object', object)), 'test_1') $$;

-- A claim

create temporary table first as select * from pg_temp.claim('evt_1');
select is((select step from first), 'fetch', 'The claim of a new event is to fetch');
select is((select ticket from first), (select last_value from billing.tickets), 'The claim draws a ticket');
select results_eq(
  'select type, object, object_id, api_version, created, ticket, attempts, failures, processed_at, outcome, last_error from billing.webhook_events',
  $$ select 'subscription.updated', 'subscription', 'sub_1', '2026-10-28.endive', 1700000000::bigint, ticket, 1, 0, null::timestamptz, null::text, null::text from first $$,
  'A claimed event is in the ledger'
);
select results_eq(
  'select received_at, lease_until, due_at from billing.webhook_events',
  $$ values (now(), now() + interval '30 seconds', now() + interval '30 seconds') $$,
  'A claimed event is leased for 30 seconds and due after that'
);
select results_eq($$ select * from pg_temp.claim('evt_1') $$, $$ values ('leased', null::bigint) $$, 'A second delivery during the lease is answered leased');
select is((select attempts from billing.webhook_events), 1, 'A second delivery during the lease is not an attempt');
create function pg_temp.claim_of(account text) returns tests.event_claim
language sql as $$ select tests.claim_event('evt_of_an_account', 'product.updated', 1, 'product', 'prod_1', 'test_1', account => account) $$;
select results_eq($$ select * from pg_temp.claim_of('acct_other') $$, $$ values ('foreign', null::bigint) $$, 'An event that names another account is answered foreign');
select is_empty($$ select from billing.webhook_events where id = 'evt_of_an_account' $$, 'It is not entered');
select is((select step from pg_temp.claim_of((select stripe_account from billing.deployment))), 'fetch', 'An event that names the deployment''s own account is one of its events');
delete from billing.webhook_events where id = 'evt_of_an_account';

-- Claims of many events

select pg_temp.claim('evt_2', 'product', 'prod_2');
create function pg_temp.claims(variadic ids text[]) returns table (id text, step text, ticket bigint)
language sql as $$
  select answer.id, answer.claim ->> 'step', (answer.claim ->> 'ticket')::bigint
  from rows from (
    unnest(ids),
    json_array_elements(public.claim_events(
      (
        select jsonb_agg(jsonb_build_object(
          'id', given.id, 'type', 'product.updated', 'created', 1, 'object', 'product', 'object_id', 'prod_2', 'may_wait', given.id like '%wait%',
          'account', case when given.id like '%other%' then 'acct_other' end
        ) order by given.place)
        from unnest(ids) with ordinality as given (id, place)
      ),
      'test_1'
    ))
  ) as answer (id, claim)
$$;
create temporary table many as select * from pg_temp.claims('evt_b2', 'evt_a2', 'evt_2', 'evt_other', 'evt_a2');
select results_eq(
  'select id, step from many',
  $$ values ('evt_b2', 'fetch'), ('evt_a2', 'fetch'), ('evt_2', 'leased'), ('evt_other', 'foreign'), ('evt_a2', 'leased') $$,
  'Each event of a call has its own answer, in their order; of one that is listed twice the second is leased'
);
select results_eq(
  $$ select known.id from many join billing.webhook_events as known on known.id = many.id and known.ticket = many.ticket order by known.id $$,
  array['evt_a2', 'evt_b2'],
  'Each claimed event is under the ticket of its answer'
);
select is((select count(distinct ticket) from many where step = 'fetch'), 2::bigint, 'Each claimed event has a ticket of its own');
select is_empty($$ select from billing.webhook_events where id = 'evt_other' $$, 'An event of another account is not entered among others either');
select record_fetches(jsonb_build_array(jsonb_build_object('ticket', ticket, 'objects', '[{"id": "prod_2", "object": "product"}]'::jsonb)), 'test_1')
from many where id = 'evt_b2' and step = 'fetch';
update billing.webhook_events set lease_until = now() where id = 'evt_a2' and processed_at is null;
select results_eq(
  $$ select id, step from pg_temp.claims('evt_b2', 'evt_a2', 'evt_c2') $$,
  $$ select 'evt_b2', 'done' union all select 'evt_a2', case when outcome is null then 'fetch' else 'done' end from billing.webhook_events where id = 'evt_a2' union all values ('evt_c2', 'fetch') $$,
  'A call may have finished events, events whose lease has expired and new ones'
);
insert into billing.reconcile (due_events_processed_at) values (now());
select results_eq(
  $$ select step from pg_temp.claims('evt_wait_a', 'evt_d2', 'evt_wait_a') $$, array['wait', 'fetch', 'fetch'],
  'Of the events of a call those wait that may; a second delivery of one does not'
);
delete from billing.reconcile where singleton;
select is((select claim_events('[]', 'test_1')::text), '[]', 'A call without events claims none');
select results_eq(
  $$
    select claim ->> 'step' from json_array_elements(claim_events(
      '[{"id": "evt_m2", "account": "acct_other"}, {"id": "evt_m2", "type": "x", "created": 1, "object": "product", "object_id": "prod_m"}]', 'test_1'
    )) as claim
  $$,
  array['foreign', 'fetch'],
  'An event is claimed also after one with its id that names another account'
);
delete from billing.webhook_events where id = 'evt_m2';
select throws_ok($$ select claim_events(null, 'test_1') $$, '22023', null, 'Missing events are refused');
select throws_ok($$ select claim_events('[{"id": "evt_e2", "type": "x", "created": 1, "object": "product", "object_id": "prod_2"}, {"id": "evt_f2"}]', 'test_1') $$, '23502', null, 'An incomplete event fails the call');
select is_empty($$ select from billing.webhook_events where id = 'evt_e2' $$, 'A failed call enters no event');

-- Records and claims in one call

create temporary table recorded as select ticket from pg_temp.claim('evt_r1', 'product', 'prod_9');
create temporary table claimed_too as
select claim ->> 'step' as step, (claim ->> 'ticket')::bigint as ticket
from recorded, json_array_elements(record_and_claim(
  jsonb_build_array(jsonb_build_object('ticket', ticket, 'objects', '[{"id": "prod_9", "object": "product"}]'::jsonb)),
  '[{"id": "evt_r2", "type": "product.updated", "created": 1, "object": "product", "object_id": "prod_9"}]', 'test_1', '{"event": 7}'
)) as claim;
select results_eq('select step, ticket > (select ticket from recorded) from claimed_too', $$ values ('fetch', true) $$, 'A call that records and claims answers the claims, under later tickets');
select results_eq(
  $$ select id, outcome, ticket from billing.webhook_events where object_id = 'prod_9' order by id $$,
  $$ select 'evt_r1', 'processed', ticket from recorded union all select 'evt_r2', null, ticket from claimed_too $$,
  'It finishes the event of what it recorded, and not the one that it claimed'
);
select is((select sum(reads) from billing.stripe_reads where purpose = 'event'), 7::numeric, 'It counts the reads');
select throws_ok(
  $$ select record_and_claim('[]', '[{"id": "evt_r3"}]', 'test_1') $$, '23502', null, 'A call that records and claims fails as a whole'
);
delete from billing.webhook_events where object_id = 'prod_9';
delete from stripe_products where id = 'prod_9';

-- Records of many fetches

delete from billing.webhook_events where object_id = 'prod_2';
delete from stripe_products where true;
create temporary table fetched as select (pg_temp.claim('evt_f' || n, 'product', 'prod_' || n % 2)).ticket, n from generate_series(1, 4) as n;
select record_fetches(
  (
    select jsonb_agg(jsonb_build_object('ticket', ticket, 'objects', jsonb_build_array(
      jsonb_build_object('id', 'prod_' || n % 2, 'object', 'product', 'name', n), jsonb_build_object('id', 'price_' || n, 'object', 'price', 'product', 'prod_' || n % 2)
    )) order by random())
    from fetched where n <> 4
  ),
  'test_1'
);
select results_eq(
  'select id, name, stripe_products.ticket = fetched.ticket from stripe_products join fetched on n::text = name order by id',
  $$ values ('prod_0', '2', true), ('prod_1', '3', true) $$,
  'Of an object that was fetched twice the fetch under the larger ticket is recorded, under that ticket'
);
select results_eq(
  $$ select id, outcome from billing.webhook_events where object = 'product' order by id $$,
  $$ values ('evt_f1', 'covered'), ('evt_f2', 'processed'), ('evt_f3', 'processed'), ('evt_f4', null) $$,
  'Each object''s events are finished up to the ticket of its own fetch'
);
select is((select count(*) from stripe_prices join fetched using (ticket) where stripe_prices.id = 'price_' || n), 3::bigint, 'Every object is recorded under the ticket of its fetch');
delete from billing.webhook_events where object = 'product';
delete from stripe_products where true;
delete from stripe_prices where true;

-- Recording the object finishes the event

select pg_temp.record(ticket) from first;
select results_eq(
  'select outcome, processed_at, attempts from billing.webhook_events', $$ values ('processed', now(), 1) $$,
  'Recording the object under the event''s ticket finishes the event'
);
select results_eq($$ select * from pg_temp.claim('evt_1') $$, $$ values ('done', null::bigint) $$, 'A delivery of a finished event is answered done');
select is((select ticket from billing.webhook_events), (select ticket from first), 'A delivery of a finished event changes nothing');
select throws_ok($$ select pg_temp.claim(null) $$, '23502', null, 'An event without an id is refused');
select throws_ok($$ select pg_temp.claim('evt_none', 'subscription', null) $$, '23502', null, 'An event without an object is refused');

-- Events that may wait for others of their object

create function pg_temp.claim_waiting_event(event_id text) returns text
language sql as $$ select (tests.claim_event(event_id, 'invoice.updated', 1, 'invoice', 'in_1', 'test_1', may_wait => true)).step $$;
select is(pg_temp.claim_waiting_event('evt_alone'), 'fetch', 'Without reconcile runs an event does not wait');
select pg_temp.record((select ticket from billing.webhook_events where id = 'evt_alone'), 'in_1', 'invoice');
insert into billing.reconcile (due_events_processed_at) values (now());
select is(pg_temp.claim_waiting_event('evt_wait_1'), 'wait', 'While reconcile runs are active it waits');
select is(pg_temp.claim_waiting_event('evt_wait_2'), 'wait', 'So does another event of the object');
select results_eq(
  $$ select lease_until, due_at, attempts from billing.webhook_events where id = 'evt_wait_1' $$,
  $$ values ('-infinity'::timestamptz, now() + interval '30 seconds', 0) $$,
  'It is not leased, and due to a reconcile run in 30 seconds'
);
create temporary table waited as select claim_waiting('invoice', 'in_1', 'test_1') as ticket;
select results_eq(
  $$ select id, lease_until, attempts from billing.webhook_events where ticket = (select ticket from waited) order by id $$,
  $$ values ('evt_wait_1', now() + interval '30 seconds', 1), ('evt_wait_2', now() + interval '30 seconds', 1) $$,
  'The first worker after the wait leases both under one ticket'
);
select is(claim_waiting('invoice', 'in_1', 'test_1'), null, 'The second finds none');
select is(pg_temp.claim_waiting_event('evt_wait_3'), 'wait', 'One that arrives meanwhile waits for a fetch of its own');
select pg_temp.record((select ticket from waited), 'in_1', 'invoice');
select results_eq(
  $$ select id, outcome from billing.webhook_events where object_id = 'in_1' and id <> 'evt_alone' order by id $$,
  $$ values ('evt_wait_1', 'processed'), ('evt_wait_2', 'processed'), ('evt_wait_3', null) $$,
  'One fetch finishes both, and not the one that arrived after it began'
);
update billing.webhook_events set due_at = now() where id = 'evt_wait_3';
select is(claim_due_objects('test_1') #>> '{0,object_id}', 'in_1', 'A reconcile run processes what no worker came back for');
delete from billing.webhook_events where object_id = 'in_1';
delete from billing.reconcile where singleton;

-- A crash after the claim

select pg_temp.claim('evt_crash');
update billing.webhook_events set lease_until = now(), due_at = now() where id = 'evt_crash';
create temporary table second as select * from pg_temp.claim('evt_crash');
select is((select step from second), 'fetch', 'A delivery after a crash and the lease is to fetch');
select is((select ticket from second), (select last_value from billing.tickets), 'The second claim draws a new ticket');
select is((select attempts from billing.webhook_events where id = 'evt_crash'), 2, 'The second claim is the second attempt');
select pg_temp.record(ticket - 1) from second;
select is((select outcome from billing.webhook_events where id = 'evt_crash'), null, 'Recording under the first claim''s ticket does not finish the event');
select pg_temp.record(ticket) from second;
select is((select outcome from billing.webhook_events where id = 'evt_crash'), 'processed', 'Recording under the second claim''s ticket finishes the event');

-- Covered: recorded under a later ticket

create temporary table three as
select (pg_temp.claim('evt_a')).ticket as a, (pg_temp.claim('evt_b')).ticket as b, (pg_temp.claim('evt_c')).ticket as c;
select pg_temp.claim('evt_product', 'product', 'prod_1'), pg_temp.claim('evt_customer', 'customer', 'cus_1');
select pg_temp.record(b) from three;
select results_eq(
  $$ select id, outcome from billing.webhook_events where id in ('evt_a', 'evt_b', 'evt_c') order by id $$,
  $$ values ('evt_a', 'covered'), ('evt_b', 'processed'), ('evt_c', null) $$,
  'Recording finishes the object''s events with smaller tickets, and none with larger ones'
);
select is((select outcome from billing.webhook_events where id = 'evt_product'), null, 'Recording does not finish events of another object');
select is((select ticket from stripe_subscriptions), (select b from three), 'The row has the larger ticket');
select pg_temp.claim('evt_d');
update billing.webhook_events set ticket = (select a from three) where id = 'evt_d';
select pg_temp.record(a) from three;
select is((select ticket from stripe_subscriptions), (select b from three), 'A write under a smaller ticket is dropped');
select is((select outcome from billing.webhook_events where id = 'evt_d'), 'processed', 'A dropped write finishes its event');
select record_objects(draw_ticket('test_1'), '[{"id": "cus_1", "object": "entitlements.active_entitlement_summary"}]', 'test_1');
select is((select outcome from billing.webhook_events where id = 'evt_customer'), null, 'Recording entitlements does not finish events of the customer with the same id');
select record_objects(draw_ticket('test_1'), '[{"id": "prod_1", "object": "product"}, {"id": "cus_1", "object": "customer"}, {"id": "sub_1", "object": "subscription", "deleted": true}]', 'test_1');
select results_eq(
  $$ select id, outcome from billing.webhook_events where id in ('evt_c', 'evt_product', 'evt_customer') order by id $$,
  $$ values ('evt_c', 'covered'), ('evt_customer', 'covered'), ('evt_product', 'covered') $$,
  'Recording a page finishes the events of all its objects, including deleted ones'
);
select is_empty('select from billing.webhook_events where processed_at is null', 'No event is pending');

-- A failure

create temporary table failing as select * from pg_temp.claim('evt_f', 'invoice', 'in_1');
select is((select fail_sync(ticket, 'in_1', 'stripe_unavailable', 'passing', 'test_1') from failing), 'retry', 'A transient failure is to be retried');
select results_eq(
  $$ select lease_until, due_at, failures, last_error, outcome from billing.webhook_events where id = 'evt_f' $$,
  $$ values ('-infinity'::timestamptz, now() + interval '10 seconds', 0, 'stripe_unavailable', null::text) $$,
  'A failed event has no lease and is due in ten seconds'
);
select is(claim_due_objects('test_1')::text, '[]', 'A failed event is not claimed before it is due');
update failing set ticket = (select (pg_temp.claim('evt_f', 'invoice', 'in_1')).ticket) where true;
select isnt((select ticket from failing), null, 'A redelivery is claimed before the event is due');
select is((select due_at from billing.webhook_events where id = 'evt_f'), now() + interval '30 seconds', 'A redelivered event is due after its lease');
select fail_sync(ticket - 1, 'in_1', 'late', 'permanent', 'test_1') from failing;
select is((select failures from billing.webhook_events where id = 'evt_f'), 0, 'A failure under another ticket changes nothing');
select fail_sync(ticket, 'in_2', 'late', 'permanent', 'test_1') from failing;
select is((select failures from billing.webhook_events where id = 'evt_f'), 0, 'A failure of another object changes nothing');
select fail_sync(ticket, 'in_1', 'stripe_unavailable', 'passing', 'test_1') from failing;
select is((select due_at from billing.webhook_events where id = 'evt_f'), now() + interval '20 seconds', 'After the second attempt the event is due in twenty seconds');
update failing set ticket = (select (pg_temp.claim('evt_f', 'invoice', 'in_1')).ticket) where true;
select fail_sync(ticket, 'in_1', 'rate_limited', 'rate_limited', 'test_1', 300) from failing;
select is((select due_at from billing.webhook_events where id = 'evt_f'), now() + interval '5 minutes', 'A failed event is not due before Stripe''s retry time');
update billing.webhook_events set attempts = 1000 where id = 'evt_f';
update failing set ticket = (select (pg_temp.claim('evt_f', 'invoice', 'in_1')).ticket) where true;
select fail_sync(ticket, 'in_1', repeat('x', 1000), 'passing', 'test_1') from failing;
select results_eq(
  $$ select due_at, length(last_error) from billing.webhook_events where id = 'evt_f' $$, $$ values (now() + interval '1 hour', 500) $$,
  'A failed event is due within an hour, and its error is cut off at 500 characters'
);
select throws_ok($$ select fail_sync(1, 'in_1', 'x', 'sad', 'test_1') $$, '22023', 'Invalid failure "sad": expected rate_limited, passing or permanent', 'An unknown kind of failure is refused');
select throws_ok($$ select fail_sync(1, 'in_1', 'x', null, 'test_1') $$, '22023', null, 'A missing kind of failure is refused');

-- Deferred: only while reconcile runs are active

update failing set ticket = (select (pg_temp.claim('evt_f', 'invoice', 'in_1')).ticket) where true;
select is((select fail_sync(ticket, 'in_1', 'x', 'rate_limited', 'test_1') from failing), 'retry', 'A rate limit before the first reconcile run is to be retried by Stripe');
insert into billing.reconcile (due_events_processed_at) values (now() - interval '11 minutes');
select is((select fail_sync(ticket, 'in_1', 'x', 'rate_limited', 'test_1') from failing), 'retry', 'A rate limit ten minutes after the last reconcile run is to be retried by Stripe');
update billing.reconcile set due_events_processed_at = now() - interval '9 minutes' where singleton;
select is((select fail_sync(ticket, 'in_1', 'x', 'rate_limited', 'test_1') from failing), 'deferred', 'A rate limit within ten minutes of a reconcile run is deferred');
select is((select fail_sync(ticket, 'in_1', 'x', 'passing', 'test_1') from failing), 'retry', 'A transient failure is never deferred');
select is((select failures from billing.webhook_events where id = 'evt_f'), 0, 'Rate limits and transient failures do not count as permanent failures');

-- Dead

create function pg_temp.fail_for_good() returns text language plpgsql as $$
declare
  drawn bigint := (pg_temp.claim('evt_f', 'invoice', 'in_1')).ticket;
begin
  return public.fail_sync(drawn, 'in_1', 'invalid_request', 'permanent', 'test_1');
end
$$;
select results_eq(
  'select pg_temp.fail_for_good() from generate_series(1, 8)',
  array['retry', 'retry', 'retry', 'retry', 'retry', 'retry', 'retry', 'dead'],
  'The eighth permanent failure dead-letters the event'
);
select results_eq(
  $$ select outcome, processed_at, failures, last_error from billing.webhook_events where id = 'evt_f' $$,
  $$ values ('dead', now(), 8, 'invalid_request') $$,
  'A dead event keeps the last error'
);
select results_eq($$ select * from pg_temp.claim('evt_f', 'invoice', 'in_1') $$, $$ values ('done', null::bigint) $$, 'A delivery of a dead event is answered done');
update billing.webhook_events set due_at = now() where id = 'evt_f';
select is(claim_due_objects('test_1')::text, '[]', 'A dead event is not claimed');
select pg_temp.record(draw_ticket('test_1'), 'in_1', 'invoice');
select is((select outcome from billing.webhook_events where id = 'evt_f'), 'dead', 'Recording the object does not change a dead event');
select is(billing.retry_event('evt_none'), false, 'retry_event of an unknown event returns false');
select is(billing.retry_event('evt_1'), false, 'retry_event of a finished event returns false');
select is(billing.retry_event('evt_f'), true, 'retry_event of a dead event returns true');
select results_eq(
  $$ select outcome, processed_at, failures, due_at, lease_until from billing.webhook_events where id = 'evt_f' $$,
  $$ values (null::text, null::timestamptz, 0, now(), '-infinity'::timestamptz) $$,
  'A retried event is due at once, without failures'
);
select is(claim_due_objects('test_1') -> 0 ->> 'object_id', 'in_1', 'A retried event is claimed');
select is(billing.retry_event('evt_f'), false, 'retry_event of a pending event returns false');

-- Due events

delete from billing.webhook_events where true;
select throws_ok($$ select claim_due_objects('test_1', 0) $$, '22023', null, 'A batch size of zero is refused');
select throws_ok($$ select claim_due_objects('test_1', null) $$, '22023', null, 'A missing batch size is refused');
select pg_temp.claim('evt_old', 'price', 'price_old'), pg_temp.claim('evt_new', 'price', 'price_new'), pg_temp.claim('evt_leased', 'price', 'price_leased'),
  pg_temp.claim('evt_new_too', 'price', 'price_new'), pg_temp.claim('evt_later', 'price', 'price_new'), pg_temp.claim('evt_same_id', 'product', 'price_new');
update billing.webhook_events set lease_until = now(), due_at = now() - interval '1 hour' where id = 'evt_old';
update billing.webhook_events set lease_until = now(), due_at = now() - interval '2 minutes' where id = 'evt_new';
update billing.webhook_events set lease_until = now(), due_at = now() - interval '1 minute' where id = 'evt_same_id';
update billing.webhook_events set lease_until = now(), due_at = now() where id = 'evt_new_too';
create temporary table claimed as
select * from json_to_recordset(claim_due_objects('test_1', 2)) as due (object text, object_id text, ticket bigint);
select results_eq(
  'select object, object_id from claimed', $$ values ('price', 'price_old'), ('price', 'price_new') $$,
  'The objects whose events have been due longest are claimed, each once'
);
select cmp_ok((select min(ticket) from claimed), '<', (select max(ticket) from claimed), 'Each object has a ticket of its own');
select results_eq(
  $$ select id, event.ticket = claimed.ticket, lease_until, due_at, attempts from billing.webhook_events as event left join claimed using (object, object_id) order by id $$,
  $$ values
    ('evt_later', false, now() + interval '30 seconds', now() + interval '30 seconds', 1),
    ('evt_leased', null, now() + interval '30 seconds', now() + interval '30 seconds', 1),
    ('evt_new', true, now() + interval '60 seconds', now() + interval '60 seconds', 2),
    ('evt_new_too', true, now() + interval '60 seconds', now() + interval '60 seconds', 2),
    ('evt_old', true, now() + interval '60 seconds', now() + interval '60 seconds', 2),
    ('evt_same_id', null, now(), now() - interval '1 minute', 1)
  $$,
  'All due events of an object are leased for a minute, and no other event'
);
select results_eq(
  $$ select object, object_id from json_to_recordset(claim_due_objects('test_1')) as due (object text, object_id text) $$,
  $$ values ('product', 'price_new') $$,
  'The next batch has the other objects'
);
select is(claim_due_objects('test_1')::text, '[]', 'A third batch is empty');
select is((select step from pg_temp.claim('evt_new', 'price', 'price_new')), 'leased', 'A redelivery of a claimed event is answered leased');
select pg_temp.record(ticket, object_id, object) from claimed where object_id = 'price_new';
select results_eq(
  $$ select id, outcome from billing.webhook_events where object_id = 'price_new' order by id $$,
  $$ values ('evt_later', 'covered'), ('evt_new', 'processed'), ('evt_new_too', 'processed'), ('evt_same_id', null) $$,
  'Recording an object finishes all its events'
);
select is((select fail_sync(ticket, object_id, 'x', 'permanent', 'test_1') from claimed where object_id = 'price_old'), 'retry', 'A failure of an object is to be retried');
select is((select failures from billing.webhook_events where id = 'evt_old'), 1, 'A failure of an object is counted for its event');

-- Tried and untried events take turns

create temporary table before_turns as select id, due_at from billing.webhook_events;
update billing.webhook_events set due_at = now() + interval '1 hour' where processed_at is null;
insert into billing.webhook_events (id, type, object, object_id, created, ticket, due_at)
select 'evt_listed_' || number, 'price.updated', 'price', 'price_listed_' || number, number, 1, now() - interval '1 day' from generate_series(1, 5) as number;
insert into billing.webhook_events (id, type, object, object_id, created, ticket, due_at, attempts)
select 'evt_tried_' || number, 'price.updated', 'price', 'price_tried_' || number, 9, 1, now() - make_interval(secs => number), 1 from generate_series(1, 2) as number;
create function pg_temp.claim_objects(batch_size integer) returns setof text language sql as $$
  select due ->> 'object_id' from json_array_elements(claim_due_objects('test_1', batch_size)) with ordinality as claimed (due, place) order by place
$$;
select results_eq(
  'select pg_temp.claim_objects(3)', array['price_tried_2', 'price_listed_5', 'price_tried_1'],
  'A tried event that has been due longest comes first, then the newest untried event, by turns'
);
select results_eq('select pg_temp.claim_objects(3)', array['price_listed_4', 'price_listed_3', 'price_listed_2'], 'Untried events fill a batch without tried ones');
update billing.webhook_events set due_at = now(), lease_until = now() where id like 'evt\_tried%';
select results_eq('select pg_temp.claim_objects(9)', array['price_tried_1', 'price_listed_1', 'price_tried_2'], 'Tried events fill a batch without untried ones');
delete from billing.webhook_events where id like 'evt\_listed%' or id like 'evt\_tried%';
update billing.webhook_events as event set due_at = known.due_at from before_turns as known where known.id = event.id;

-- The operator's views

select results_eq(
  'select pending, due, leased, oldest_received_at, dead, due_events_processed_at, backfill_due from billing.ledger_lag',
  $$ values (3::bigint, 0::bigint, 2::bigint, now(), 0::bigint, now(), false) $$,
  'ledger_lag counts pending, due, leased and dead events'
);
select results_eq('select id, failures, last_error from billing.failing_events', $$ values ('evt_old', 1, 'x') $$, 'failing_events has the events that failed');
update billing.webhook_events set outcome = 'dead', processed_at = now() where id in ('evt_old', 'evt_leased');
select pg_temp.record(draw_ticket('test_1'), 'price_leased', 'price');
select results_eq(
  'select id, died_at, recorded_since from billing.dead_events order by id', $$ values ('evt_leased', now(), true), ('evt_old', now(), false) $$,
  'dead_events has the dead events, and whether the object was recorded since'
);
select is((select dead from billing.ledger_lag), 2::bigint, 'ledger_lag counts the dead events');
select is_empty('select from billing.failing_events', 'failing_events has no dead event');

select * from finish();
rollback;
