-- Drift and pruning: walks through Stripe's lists report changes without an event, at a rate; old rows are deleted.

begin;
select plan(92);

select tests.new_deployment();
select tests.be_the_server();

-- One object of each kind

select record_objects(draw_ticket('test_1'), '[
  {"id": "cus_1", "object": "customer"}, {"id": "prod_1", "object": "product"}, {"id": "price_1", "object": "price"},
  {"id": "sub_1", "object": "subscription"}, {"id": "in_1", "object": "invoice"},
  {"id": "cus_1", "object": "entitlements.active_entitlement_summary"}, {"id": "cus_gone", "object": "customer", "deleted": true}
]', 'test_1');
select results_eq(
  'select object, id, deleted from billing.mirror order by object, id',
  $$ values
    ('customer', 'cus_1', false), ('customer', 'cus_gone', true), ('entitlements.active_entitlement_summary', 'cus_1', false),
    ('invoice', 'in_1', false), ('price', 'price_1', false), ('product', 'prod_1', false), ('subscription', 'sub_1', false)
  $$,
  'billing.mirror has the rows of every kind'
);

-- Fetched singly

update stripe_subscriptions set fetched_at = now() - interval '6 days' where true;
select is(detect_drift(draw_ticket('test_1'), '[{"object": "subscription", "id": "sub_1"}]', '{}', 'test_1'), 0, 'An unchanged object is not drift');
select is((select fetched_at from stripe_subscriptions), now(), 'An unchanged object has the time of the new fetch');
select is(detect_drift(draw_ticket('test_1'), '[
  {"id": "sub_1", "object": "subscription", "status": "canceled", "customer": "cus_1"},
  {"id": "in_1", "object": "invoice", "deleted": true},
  {"id": "price_1", "object": "price"}
]', '{}', 'test_1'), 2, 'Changes without an event are drift');
select results_eq(
  'select object, object_id, found_at, fields from billing.drift order by object',
  $$ values ('invoice', 'in_1', now(), '{deleted}'::text[]), ('subscription', 'sub_1', now(), '{customer,status}') $$,
  'Drift is reported with the names of the changed fields'
);
select results_eq('select status from stripe_subscriptions', array['canceled'], 'A drifted object is recorded');
select is((select deleted from stripe_invoices), true, 'A deletion without an event is recorded');
select tests.claim_event('evt_1', 'customer.subscription.updated', 1, 'subscription', 'sub_1', 'test_1');
select is(detect_drift(draw_ticket('test_1'), '[{"id": "sub_1", "object": "subscription", "status": "active"}]', '{}', 'test_1'), 0, 'A change with a pending event is not drift');
select is((select outcome from billing.webhook_events), 'covered', 'Recording the change finishes its event');
select is(detect_drift((select ticket - 1 from stripe_subscriptions), '[{"id": "sub_1", "object": "subscription", "status": "past_due"}]', '{}', 'test_1'), 0, 'A change under a smaller ticket than the row''s is not drift');
select is((select status from stripe_subscriptions), 'active', 'A change under a smaller ticket is not recorded');
select is(detect_drift(draw_ticket('test_1'), '[{"id": "sub_2", "object": "subscription"}]', '{}', 'test_1'), 0, 'An object that was never mirrored is not drift');
select is((select count(*) from stripe_subscriptions), 2::bigint, 'An object that was never mirrored is recorded');
delete from billing.drift where true;
select is(detect_drift(draw_ticket('test_1'), '[{"id": "sub_2", "object": "subscription", "a": 1}, {"id": "sub_2", "object": "subscription", "a": 1}]', '{}', 'test_1'), 1, 'An object that is listed twice is one drift');
select is(detect_drift(draw_ticket('test_1'), '[{"id": "sub_2", "object": "subscription", "a": 1, "link": 2}]', '{link}', 'test_1'), 0, 'An unstable field that changed is not drift');
select is((select data ->> 'link' from stripe_subscriptions where id = 'sub_2'), '2', 'An unstable field that changed is recorded');
select throws_ok($$ select detect_drift(1, null, '{}', 'test_1') $$, '22023', null, 'A missing array is refused');
select throws_ok($$ select detect_drift(1, '[{"id": "ch_1", "object": "charge"}]', '{}', 'test_1') $$, '22023', null, 'A kind without a table is refused');
insert into billing.drift (found_at, object, object_id, fields) values (now() - interval '1 hour', 'subscription', 'sub_3', '{a,b}');
select results_eq(
  'select object, field, objects, first_found_at, last_found_at from billing.drift_report',
  $$ values ('subscription', 'a', 2::bigint, now() - interval '1 hour', now()), ('subscription', 'b', 1, now() - interval '1 hour', now() - interval '1 hour') $$,
  'drift_report has the fields that drift most'
);

-- The rate, in reads within 30 days

create function pg_temp.add(kind text, amount integer, status text, created bigint) returns void language sql as $$
  select record_objects(draw_ticket('test_1'), (
    select jsonb_agg(jsonb_build_object('id', status || '_' || number, 'object', kind, 'status', status, 'customer', 'cus_' || number, 'created', created, 'total', 100, 'status_transitions', jsonb_build_object('paid_at', created)))
    from generate_series(1, amount) as number
  ), 'test_1')
$$;
create function pg_temp.ago(days numeric) returns bigint language sql as $$ select floor(extract(epoch from now()) - days * 86400)::bigint $$;
delete from stripe_subscriptions where true;
select is(round(billing.drift_rate() * 720), 360::numeric, 'An idle shop spends 360 reads on drift');
select pg_temp.add('subscription', 1000, 'active', 1);
select is(round(billing.drift_rate() * 720), 360::numeric, 'A thousand live subscriptions that pay nothing leave no more of the allowance');
select pg_temp.add('invoice', 60, 'paid', pg_temp.ago(31));
select is(round(billing.drift_rate() * 720), 360::numeric, 'Invoices that were paid before 30 days allow nothing more');
select pg_temp.add('invoice', 30, 'paid', pg_temp.ago(29));
select is(round(billing.drift_rate() * 720), 1580::numeric, 'Thirty paid invoices allow a third of 15,000 reads, of which events and the catalog take 3,420');
select pg_temp.add('invoice', 1000, 'paid', pg_temp.ago(29));
select is(round(billing.drift_rate() * 720), 5580::numeric, 'A thousand live subscriptions stay below 10,000 reads in all');
select pg_temp.add('subscription', 3000, 'trialing', 1);
select is(round(billing.drift_rate() * 720), 65580::numeric, 'Each live subscription more allows twenty reads');
select pg_temp.add('subscription', 3000, 'canceled', 1);
select is(round(billing.drift_rate() * 720), 65580::numeric, 'A canceled subscription allows none');
delete from stripe_subscriptions where true;
delete from stripe_invoices where true;

-- The credit

create temporary table run as select run_id from claim_reconcile('test_1');
create function pg_temp.claim(walks jsonb default '[{"kind": "subscription", "scope": "live"}]') returns public.drift_claim language sql as
  $$ select claim_drift_page(run_id, walks, 'test_1') from run $$;
create function pg_temp.set_credit(credit numeric, reads_per_hour numeric) returns void language sql as
  $$ update billing.drift_reads as known set credit = set_credit.credit, reads_per_hour = set_credit.reads_per_hour, credited_at = now(), rate_set_at = 'infinity' where singleton $$;

select is((claim_drift_page(1, '[{"kind": "subscription", "scope": "live"}]', 'test_1')).kind, null, 'A claim of an overtaken run has no page');
select results_eq('select kind, scope, page_cursor, ids, ticket from pg_temp.claim()', $$ select 'subscription', 'live', null::text, null::text[], last_value from billing.tickets $$, 'A claim has the page to read, and a ticket');
select is((select round(reads_per_hour * 720) from billing.drift_reads), 360::numeric, 'The first claim sets the rate');
select pg_temp.set_credit(0.9, 100);
select is((pg_temp.claim()).kind, null, 'Less than a read of credit has no page');
update billing.drift_reads set credited_at = now() - interval '2 minutes' where true;
select is((pg_temp.claim()).kind, 'subscription', 'Time brings credit at the rate');
select results_eq('select round(credit, 2), credited_at from billing.drift_reads', $$ values (round(0.9 + 100 / 30.0 - 1, 2), now()) $$, 'A page costs a read');
update billing.drift_reads set credited_at = now() - interval '9 days' where true;
select pg_temp.claim();
select is((select round(credit, 2) from billing.drift_reads), round(100 / 6.0 - 1, 2), 'The credit of a long pause is that of ten minutes');
update billing.drift_reads set rate_set_at = now() - interval '61 minutes' where true;
select pg_temp.claim();
select is((select rate_set_at from billing.drift_reads), now(), 'The rate is set once an hour');

-- The order of the walks

select pg_temp.set_credit(1000, 60000);
update billing.drift_reads set reads = 0 where true;
select results_eq(
  $$ select (pg_temp.claim('[{"kind": "product", "scope": "all"}, {"kind": "price", "scope": "all"}, {"kind": "subscription", "scope": "live"}]')).kind from generate_series(1, 8) $$,
  array['subscription', 'subscription', 'subscription', 'price', 'subscription', 'subscription', 'subscription', 'product'],
  'Of four pages three are of live objects, and the fourth of the list that was read longest ago'
);
update billing.drift_walks set started_at = now() - interval '51 minutes' where true;
select is((pg_temp.claim()).kind, 'subscription', 'A live list is due after 50 minutes');
update billing.drift_walks set started_at = now() - interval '49 minutes' where true;
select is((pg_temp.claim()).kind, null, 'A live list is not due before');
select is((pg_temp.claim('[{"kind": "product", "scope": "all"}]')).kind, null, 'Any other list is not due after an hour');
update billing.drift_walks set started_at = now() - interval '25 hours' where true;
select is((pg_temp.claim('[{"kind": "product", "scope": "all"}]')).kind, 'product', 'Any other list is due after a day');

-- Pages

create function pg_temp.invoice(number integer, more jsonb default '{}') returns jsonb language sql as
  $$ select jsonb_build_object('id', 'in_' || number, 'object', 'invoice', 'created', 100 + number) || more $$;
create function pg_temp.claim_invoices() returns public.drift_claim language sql as $$ select pg_temp.claim('[{"kind": "invoice", "scope": "all"}]') $$;
create function pg_temp.page(objects jsonb, cursor text default null, cut text[] default '{}', of_ticket bigint default null) returns public.drift_page language sql as $$
  select record_drift_page(run_id, 'invoice', 'all', coalesce(of_ticket, (pg_temp.claim_invoices()).ticket), objects, '{invoice_pdf}', 'test_1', cursor, (objects -> -1 ->> 'created')::bigint, cut, 'lines')
  from run
$$;
create function pg_temp.begin_walk() returns void language sql as
  $$ update billing.drift_walks set started_at = '-infinity', cursor = null, created_to = null, created_to_ids = '{}' where true; delete from billing.drift where true $$;
create function pg_temp.singles(page public.drift_page) returns text[] language sql as
  $$ select array(select single ->> 'object_id' from json_array_elements(page.singles) as single) $$;

select record_objects(draw_ticket('test_1'), (select jsonb_agg(pg_temp.invoice(number)) from generate_series(1, 9) as number), 'test_1');
select pg_temp.begin_walk();
select is((pg_temp.page(jsonb_build_array(pg_temp.invoice(9), pg_temp.invoice(8)), 'in_8')).drifted, 0, 'A page without a change has no drift');
select results_eq($$ select started_at, cursor, created_to, created_to_ids from billing.drift_walks where kind = 'invoice' $$, $$ values (now(), 'in_8', 108::bigint, '{in_8}'::text[]) $$, 'The walk goes on after the page');
select is((pg_temp.claim_invoices()).page_cursor, 'in_8', 'The next page begins after the last object');
select is((select max(ticket) from stripe_invoices), (select min(ticket) from stripe_invoices), 'An unchanged object is not written');
select is((pg_temp.page(jsonb_build_array(pg_temp.invoice(7, '{"status": "paid"}'), pg_temp.invoice(6)), 'in_6')).drifted, 1, 'A change without an event is drift');
select results_eq('select object, object_id, fields from billing.drift', $$ values ('invoice', 'in_7', '{status}'::text[]) $$, 'The drift has its fields');
select is((select status from stripe_invoices where id = 'in_7'), 'paid', 'A drifted object of a page is recorded');
select results_eq(
  $$ select (page).drifted, pg_temp.singles(page) from (select pg_temp.page(jsonb_build_array(pg_temp.invoice(4)), 'in_4') as page) as recorded $$,
  $$ values (0, array['in_5']) $$, 'What the mirror has between two pages and no list shows is fetched singly'
);
select results_eq(
  $$ select pg_temp.singles(pg_temp.page(jsonb_build_array(pg_temp.invoice(2)))) $$, $$ values (array['in_1', 'in_3']) $$, 'The last page covers everything that is older'
);
select results_eq($$ select cursor, created_to, created_to_ids from billing.drift_walks where kind = 'invoice' $$, $$ values (null::text, null::bigint, '{}'::text[]) $$, 'The last page ends the walk');
select is((pg_temp.claim_invoices()).kind, null, 'A walk that has ended begins again after its interval');

-- Objects of one second on two pages

select pg_temp.begin_walk();
select record_objects(draw_ticket('test_1'), jsonb_build_array(pg_temp.invoice(8, '{"created": 109}'), pg_temp.invoice(7, '{"created": 109}')), 'test_1');
select is(pg_temp.singles(pg_temp.page(jsonb_build_array(pg_temp.invoice(9)), 'in_9')), '{}', 'Objects of the second at which a page ends are not missing on it');
select is(pg_temp.singles(pg_temp.page(jsonb_build_array(pg_temp.invoice(8, '{"created": 109}')), 'in_8')), '{}', 'An object of this second that was listed before is not missing on the next page');
select results_eq($$ select created_to, created_to_ids from billing.drift_walks where kind = 'invoice' $$, $$ values (109::bigint, '{in_8,in_9}'::text[]) $$, 'The objects of the second are known');
select is(pg_temp.singles(pg_temp.page(jsonb_build_array(pg_temp.invoice(6)), 'in_6')), array['in_7'], 'One that no page listed is missing');

-- Changes while a walk runs

select pg_temp.begin_walk();
create temporary table early as select (pg_temp.claim_invoices()).ticket;
select record_objects(draw_ticket('test_1'), jsonb_build_array(pg_temp.invoice(9, '{"status": "void"}'), pg_temp.invoice(10)), 'test_1');
select is((pg_temp.page(jsonb_build_array(pg_temp.invoice(9, '{"status": "open"}')), 'in_9', '{}', ticket)).drifted, 0, 'A page does not report what was recorded after its ticket') from early;
select is((select status from stripe_invoices where id = 'in_9'), 'void', 'A page does not overwrite what was recorded after its ticket');
select is((select count(*) from stripe_invoices where id = 'in_10' and ticket > (select ticket from early)), 1::bigint, 'An object that is newer than the page is not fetched');
select is((pg_temp.page('[]', null, '{}', ticket - 1)).drifted, null, 'A page of an earlier claim is refused') from early;
select tests.claim_event('evt_2', 'invoice.updated', 1, 'invoice', 'in_8', 'test_1');
select is((pg_temp.page(jsonb_build_array(pg_temp.invoice(8, '{"status": "open"}')), 'in_8')).drifted, 0, 'A change with a pending event is not drift of a page');
select is((select outcome from billing.webhook_events where id = 'evt_2'), 'covered', 'A page finishes the events of its objects');

-- What a page writes

select pg_temp.begin_walk();
update stripe_invoices set fetched_at = now() - interval '25 hours' where id = 'in_6';
select is((pg_temp.page(jsonb_build_array(pg_temp.invoice(6, '{"invoice_pdf": "new"}')), 'in_6')).drifted, 0, 'An unstable field that changed on a page is not drift');
select results_eq($$ select data ->> 'invoice_pdf', fetched_at from stripe_invoices where id = 'in_6' $$, $$ values ('new', now()) $$, 'An unchanged object is written once a day, with its newer link');
select is((pg_temp.page(jsonb_build_array(pg_temp.invoice(5, '{"id": "in_new"}')), 'in_new')).drifted, 0, 'Before the first backfill an unknown object is not drift');
select is((select count(*) from stripe_invoices where id = 'in_new'), 1::bigint, 'An unknown object is recorded');
insert into billing.backfill (completed_at) values (now());
select is((pg_temp.page(jsonb_build_array(pg_temp.invoice(4, '{"id": "in_newer"}')), 'in_newer')).drifted, 1, 'After a backfill an unknown object is drift');
select results_eq('select object_id, fields from billing.drift', $$ values ('in_newer', '{id}'::text[]) $$, 'Of an unknown object the id is reported');

-- Objects that a list cuts

select pg_temp.begin_walk();
select record_objects(draw_ticket('test_1'), jsonb_build_array(
  pg_temp.invoice(9, '{"lines": {"data": [{"id": 1}, {"id": 2}], "has_more": false}}'), pg_temp.invoice(8, '{"lines": {"data": [{"id": 1}, {"id": 2}], "has_more": false}}')
), 'test_1');
create temporary table cut as select jsonb_build_array(
  pg_temp.invoice(9, '{"lines": {"data": [{"id": 1}], "has_more": true}}'), pg_temp.invoice(8, '{"lines": {"data": [{"id": 3}], "has_more": true}}')
) as objects;
select results_eq(
  $$ select (page).drifted, pg_temp.singles(page) from (select pg_temp.page(objects, 'in_8', '{in_8,in_9}') as page from cut) as recorded $$, $$ values (0, array['in_8', 'in_7', 'in_10']) $$,
  'An object that is cut is fetched singly, if what is left of it differs'
);
select is((select data #>> '{lines,data,1,id}' from stripe_invoices where id = 'in_8'), '2', 'What is left of an object is not recorded');
select pg_temp.begin_walk();
update stripe_invoices set fetched_at = now() - interval '25 hours' where id = 'in_9';
select is(pg_temp.singles(pg_temp.page(objects, 'in_8', '{in_8,in_9}')), array['in_8', 'in_7', 'in_10', 'in_9'], 'An object that is cut is fetched singly once a day') from cut;
select pg_temp.begin_walk();
select pg_temp.set_credit(2.5, 0);
select pg_temp.claim_invoices();
select is(pg_temp.singles(pg_temp.page(objects, 'in_8', '{in_8,in_9}', ticket)), array['in_8'], 'Objects are fetched singly as the credit allows, the changed ones first') from cut, billing.drift_walks where kind = 'invoice';
select is((select credit from billing.drift_reads), 0.5, 'Objects that are fetched singly cost a read each');

-- The live list

select pg_temp.set_credit(1000, 60000);
select record_objects(draw_ticket('test_1'), '[
  {"id": "sub_1", "object": "subscription", "created": 1, "customer": "cus_b", "status": "active"}, {"id": "sub_2", "object": "subscription", "created": 2, "customer": "cus_a", "status": "canceled"},
  {"id": "sub_3", "object": "subscription", "created": 3, "customer": "cus_d", "status": "past_due"}, {"id": "cus_c", "object": "entitlements.active_entitlement_summary", "entitlements": {"data": [{"lookup_key": "a"}]}},
  {"id": "cus_e", "object": "entitlements.active_entitlement_summary", "entitlements": {"data": []}}, {"id": "cus_b", "object": "entitlements.active_entitlement_summary", "entitlements": {"data": [{"lookup_key": "a"}]}}
]', 'test_1');
update billing.drift_walks set started_at = '-infinity' where true;
select is(
  pg_temp.singles(record_drift_page(run_id, 'subscription', 'live', (pg_temp.claim()).ticket, '[{"id": "sub_3", "object": "subscription", "created": 3, "customer": "cus_d", "status": "past_due"}]', '{}', 'test_1')),
  array['sub_1'], 'A live subscription that the live list does not show is fetched singly, and a canceled one is not missing'
) from run;

-- Customer by customer

create function pg_temp.claim_customers() returns public.drift_claim language sql as $$ select pg_temp.claim('[{"kind": "entitlements.active_entitlement_summary", "scope": "customer"}]') $$;
select pg_temp.set_credit(3.9, 0);
create temporary table customers as select * from pg_temp.claim_customers();
select is((select ids from customers), array['cus_b', 'cus_c', 'cus_d'], 'Customers with a live subscription or an entitlement are fetched, as many as the credit allows');
select is((select credit from billing.drift_reads), 0.9, 'Each customer costs a read');
select pg_temp.set_credit(10, 0);
select record_drift_page(run_id, kind, scope, ticket, '[]', '{}', 'test_1', 'cus_d') from run, customers;
select is((pg_temp.claim_customers()).ids, '{}', 'The next customers come after the last');
select is(
  (record_drift_page(run_id, kind, scope, ticket, '[]', '{}', 'test_1')).drifted, 0, 'No customer ends the walk'
) from run, billing.drift_walks where scope = 'customer';
select is((pg_temp.claim_customers()).kind, null, 'Customers are fetched again after a day');

-- A walk that cannot go on, and a run that was overtaken

select pg_temp.begin_walk();
select pg_temp.set_credit(1000, 60000);
select pg_temp.page(jsonb_build_array(pg_temp.invoice(9)), 'in_9');
select stop_drift_walk(run_id, 'invoice', 'all', true, 'test_1') from run;
select results_eq('select kind, page_cursor from pg_temp.claim_invoices()', $$ values ('invoice', null::text) $$, 'A walk that is restarted begins at once');
select stop_drift_walk(run_id, 'invoice', 'all', false, 'test_1') from run;
select is((pg_temp.claim_invoices()).kind, null, 'A walk that is stopped begins again after its interval');
select stop_drift_walk(run_id - 1, 'invoice', 'all', true, 'test_1') from run;
select is((pg_temp.claim_invoices()).kind, null, 'An overtaken run restarts no walk');
select is((record_drift_page(run_id - 1, 'invoice', 'all', ticket, '[]', '{}', 'test_1')).drifted, null, 'A page of an overtaken run is refused') from run, billing.drift_walks where kind = 'invoice';
select throws_ok($$ select pg_temp.page(null) $$, '22023', null, 'A page without objects is refused');

-- Pruning

delete from billing.webhook_events where true;
delete from billing.drift where true;
select is(prune_ledger('test_1'), 0, 'Pruning an empty ledger deletes nothing');
insert into billing.webhook_events (id, type, object, object_id, created, ticket, received_at, processed_at, outcome) values
  ('evt_old', 'a', 'price', 'price_1', 1, 1, now() - interval '36 days', now(), 'processed'),
  ('evt_covered', 'a', 'price', 'price_1', 1, 1, now() - interval '36 days', now(), 'covered'),
  ('evt_new', 'a', 'price', 'price_1', 1, 1, now() - interval '34 days', now(), 'processed'),
  ('evt_dead', 'a', 'price', 'price_1', 1, 1, now() - interval '36 days', now(), 'dead'),
  ('evt_pending', 'a', 'price', 'price_1', 1, 1, now() - interval '36 days', null, null);
insert into billing.drift (found_at, object, object_id, fields) values
  (now() - interval '36 days', 'price', 'price_1', '{a}'), (now() - interval '34 days', 'price', 'price_1', '{a}');
select is(prune_ledger('test_1'), 3, 'Pruning deletes finished events and drift older than 35 days');
select results_eq('select id from billing.webhook_events order by id', array['evt_dead', 'evt_new', 'evt_pending'], 'Pruning keeps dead, newer and pending events');
select is((select found_at from billing.drift), now() - interval '34 days', 'Pruning keeps newer drift');
insert into billing.webhook_events (id, type, object, object_id, created, ticket, received_at, processed_at, outcome)
select 'evt_' || number, 'a', 'price', 'price_1', 1, 1, now() - interval '40 days' - make_interval(secs => number), now(), 'processed' from generate_series(1, 20003) as number;
select is(prune_ledger('test_1'), 20000, 'Pruning deletes at most twenty thousand events, twice as many as 10,000 events a minute need');
select results_eq($$ select count(*), max(received_at) from billing.webhook_events where id like 'evt\_%' and received_at < now() - interval '39 days' $$, $$ values (3::bigint, now() - interval '40 days 1 second') $$, 'Pruning deletes the oldest events first');
select is(prune_ledger('test_1'), 3, 'Pruning again deletes the rest');

-- The ledger's constraints

select throws_ok($$ update billing.webhook_events set outcome = 'processed' where id = 'evt_pending' $$, '23514', null, 'An outcome without a time is refused');
select throws_ok($$ update billing.webhook_events set processed_at = now() where id = 'evt_pending' $$, '23514', null, 'A time without an outcome is refused');
select throws_ok($$ update billing.webhook_events set outcome = 'ignored', processed_at = now() where id = 'evt_pending' $$, '23514', null, 'An unknown outcome is refused');

select * from finish();
rollback;
