-- Subscriptions, invoices and entitlements: what their owner, another user, a visitor and the server may read.

begin;
select plan(45);

-- Two users have purchases; a third customer has no owner.

select tests.new_deployment();
insert into stripe_customer_mapping (clerk_user_id, stripe_customer_id) values ('user_owner', 'cus_owner'), ('user_stranger', 'cus_stranger');
select record_objects(draw_ticket('test_1'), '[
  {"id": "sub_owner", "object": "subscription", "customer": "cus_owner", "status": "active", "created": 1, "cancel_at_period_end": false, "cancel_at": null,
   "items": {"data": [
     {"id": "si_1", "price": {"id": "price_1", "product": "prod_1"}, "quantity": 2, "current_period_end": 100},
     {"id": "si_2", "price": {"id": "price_2", "product": "prod_2"}, "current_period_end": 200}
   ]}},
  {"id": "sub_stranger", "object": "subscription", "customer": "cus_stranger", "status": "past_due", "created": 2, "cancel_at_period_end": true, "cancel_at": 300,
   "current_period_end": 300, "items": {"data": [{"id": "si_3", "price": {"id": "price_1", "product": "prod_1"}, "quantity": 1}]}},
  {"id": "sub_unowned", "object": "subscription", "customer": "cus_unowned", "status": "canceled", "created": 3},
  {"id": "in_owner", "object": "invoice", "customer": "cus_owner", "status": "paid", "number": "A-1", "currency": "usd", "total": 999, "created": 1,
   "parent": {"type": "subscription_details", "subscription_details": {"subscription": "sub_owner"}}},
  {"id": "in_stranger", "object": "invoice", "customer": "cus_stranger", "status": "open", "number": "B-1", "currency": "eur", "total": 5, "created": 2, "subscription": "sub_stranger"},
  {"id": "in_unowned", "object": "invoice", "customer": "cus_unowned", "status": "draft", "number": null, "currency": "usd", "total": 0, "created": 3},
  {"id": "cus_owner", "object": "entitlements.active_entitlement_summary", "customer": "cus_owner", "entitlements": {"data": [
    {"id": "ent_1", "lookup_key": "reports"}, {"id": "ent_2", "lookup_key": "exports"}
  ]}},
  {"id": "cus_stranger", "object": "entitlements.active_entitlement_summary", "customer": "cus_stranger", "entitlements": {"data": []}},
  {"id": "cus_unowned", "object": "entitlements.active_entitlement_summary", "customer": "cus_unowned", "entitlements": {"data": [{"id": "ent_3", "lookup_key": "secrets"}]}}
]', 'test_1');

-- An application's own table, for users with the entitlement

create table public.reports (title text);
insert into public.reports values ('Sales');
grant select on public.reports to authenticated;
alter table public.reports enable row level security;
create policy "Users with the entitlement may read reports" on public.reports for select to authenticated using ((select has_entitlement('reports')));

-- The owner

select tests.sign_in('user_owner');
select results_eq(
  'select id, customer, status, created, cancel_at_period_end, cancel_at, current_period_end, deleted from stripe_subscriptions',
  $$ values ('sub_owner', 'cus_owner', 'active', 1::bigint, false, null::bigint, 100::bigint, false) $$,
  'The owner reads their own subscription and no other, with the period of its first item'
);
select results_eq(
  'select id, subscription, customer, price, product, quantity, current_period_end from stripe_subscription_items order by id',
  $$ values
    ('si_1', 'sub_owner', 'cus_owner', 'price_1', 'prod_1', 2::bigint, 100::bigint),
    ('si_2', 'sub_owner', 'cus_owner', 'price_2', 'prod_2', null, 200)
  $$,
  'The owner reads the items of their subscription'
);
select results_eq(
  'select id, customer, subscription, status, number, currency, total, created from stripe_invoices',
  $$ values ('in_owner', 'cus_owner', 'sub_owner', 'paid', 'A-1', 'usd', 999::bigint, 1::bigint) $$,
  'The owner reads their own invoice and no other'
);
select results_eq('select id, lookup_keys from stripe_entitlements', $$ values ('cus_owner', '["reports", "exports"]'::jsonb) $$, 'The owner reads their own entitlements and no other');
select is(has_entitlement('reports'), true, 'The owner has an entitlement of their purchase');
select is(has_entitlement('exports'), true, 'The owner has every entitlement of their purchase');
select is(has_entitlement('secrets'), false, 'The owner does not have another customer''s entitlement');
select is(has_entitlement('report'), false, 'The owner does not have an entitlement whose key is a prefix of theirs');
select is(has_entitlement(null), false, 'The owner does not have the entitlement null');
select isnt_empty('select title from reports', 'The application''s policy allows the owner to read');
select is(tests.outcome('owner', $$ update stripe_subscriptions set data = data || '{"status": "active"}' where id = 'sub_owner' $$), '42501', 'The owner may not update a subscription');
select is(tests.outcome('owner', $$ insert into stripe_entitlements (ticket, data) values (1, '{"id": "cus_owner", "object": "entitlements.active_entitlement_summary"}') $$), '42501', 'The owner may not insert entitlements');
select is(tests.outcome('owner', $$ delete from stripe_invoices where id = 'in_owner' $$), '42501', 'The owner may not delete an invoice');
select is(tests.outcome('owner', 'select * from billing.webhook_events'), '42501', 'The owner may not read events');
select is(tests.outcome('owner', 'select * from billing.ledger_lag'), '42501', 'The owner may not read the state of the ledger');
select is(tests.outcome('owner', $$ select tests.claim_event('evt_1', 'invoice.paid', 1, 'invoice', 'in_1', 'test_1') $$), '42501', 'The owner may not claim an event');

-- Another user

select tests.sign_in('user_stranger');
select results_eq('select id from stripe_subscriptions', array['sub_stranger'], 'Another user reads their own subscription and no other');
select results_eq('select current_period_end, cancel_at_period_end, cancel_at from stripe_subscriptions', $$ values (300::bigint, true, 300::bigint) $$, 'The period of a subscription before 2025-03-31.basil is read');
select results_eq('select id, current_period_end from stripe_subscription_items', $$ values ('si_3', 300::bigint) $$, 'An item before 2025-03-31.basil has the subscription''s period');
select results_eq('select id, subscription from stripe_invoices', $$ values ('in_stranger', 'sub_stranger') $$, 'The subscription of an invoice before 2025-03-31.basil is read');
select results_eq('select id, lookup_keys from stripe_entitlements', $$ values ('cus_stranger', '[]'::jsonb) $$, 'A user without entitlements reads an empty set');
select is(has_entitlement('reports'), false, 'Another user does not have the owner''s entitlement');
select is_empty('select title from reports', 'The application''s policy does not allow another user to read');

-- A user without a customer, a pending session, a visitor

select tests.sign_in('user_none');
select is_empty('select id from stripe_subscriptions', 'A user without a customer reads no subscription');
select is_empty('select id from stripe_subscription_items', 'A user without a customer reads no item');
select is_empty('select id from stripe_invoices', 'A user without a customer reads no invoice');
select is_empty('select id from stripe_entitlements', 'A user without a customer reads no entitlements');
select is(has_entitlement('secrets'), false, 'A user without a customer has no entitlement');
select tests.sign_in('user_owner', '{"sts": "pending"}');
select is_empty('select id from stripe_subscriptions', 'A pending session reads no subscription');
select is(has_entitlement('reports'), false, 'A pending session has no entitlement');
select tests.be_the_owner_of_the_database();
select is(tests.outcome('anon', 'select id from ' || name), '42501', 'A visitor may not read ' || name)
from unnest(array['stripe_subscriptions', 'stripe_subscription_items', 'stripe_invoices', 'stripe_entitlements']) as name;
select is(tests.outcome('anon', $$ select has_entitlement('reports') $$), '42501', 'A visitor may not call has_entitlement');

-- The server

select tests.be_the_server();
select results_eq('select count(*) from stripe_subscriptions', array[3::bigint], 'The server reads every subscription');
select results_eq('select count(*) from stripe_subscription_items', array[3::bigint], 'The server reads every item');
select is(has_entitlement('reports'), false, 'The server has no entitlement');
select throws_ok($$ insert into stripe_subscriptions (ticket, data) values (1, '{"id": "in_1", "object": "invoice"}') $$, '23514', null, 'An invoice in the table of subscriptions is refused');
select throws_ok($$ insert into stripe_invoices (ticket, data) values (1, '{"id": "sub_1", "object": "subscription"}') $$, '23514', null, 'A subscription in the table of invoices is refused');
select throws_ok($$ insert into stripe_entitlements (ticket, data) values (1, '{"id": "cus_1", "object": "customer"}') $$, '23514', null, 'A customer in the table of entitlements is refused');

-- The set changes as a whole, and a late write restores nothing

create temporary table tickets as select draw_ticket('test_1') as early, draw_ticket('test_1') as late;
select record_objects(late, '[{"id": "cus_owner", "object": "entitlements.active_entitlement_summary", "entitlements": {"data": [{"lookup_key": "exports"}]}}]', 'test_1') from tickets;
select record_objects(early, '[{"id": "cus_owner", "object": "entitlements.active_entitlement_summary", "entitlements": {"data": [{"lookup_key": "reports"}]}}]', 'test_1') from tickets;
select tests.sign_in('user_owner');
select results_eq($$ select has_entitlement('reports'), has_entitlement('exports') $$, $$ values (false, true) $$, 'A removed entitlement stays removed after a write under a smaller ticket');

-- Tombstones

select tests.be_the_server();
select record_objects(draw_ticket('test_1'), '[
  {"id": "cus_owner", "object": "entitlements.active_entitlement_summary", "deleted": true},
  {"id": "sub_owner", "object": "subscription", "deleted": true},
  {"id": "in_owner", "object": "invoice", "deleted": true}
]', 'test_1');
select results_eq($$ select deleted, lookup_keys from stripe_entitlements where id = 'cus_owner' $$, $$ values (true, '[]'::jsonb) $$, 'Deleted entitlements leave a tombstone');
select results_eq(
  $$ select deleted, customer, status, current_period_end from stripe_subscriptions where id = 'sub_owner' $$,
  $$ values (true, null::text, null::text, null::bigint) $$,
  'A deleted subscription leaves a tombstone'
);
select results_eq($$ select deleted, customer, subscription, total from stripe_invoices where id = 'in_owner' $$, $$ values (true, null::text, null::text, null::bigint) $$, 'A deleted invoice leaves a tombstone');

select * from finish();
rollback;
