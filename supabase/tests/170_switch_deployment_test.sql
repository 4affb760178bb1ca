-- The switch to another account or mode: everything of the old one is deleted in one transaction, and only by the owner
-- of the database.

begin;
select plan(23);

select tests.new_deployment();

-- A database in use

select tests.be_the_server();
select claim_customer('user_owner', 'test_1');
select record_objects(draw_ticket('test_1'), '[
  {"id": "cus_1", "object": "customer"},
  {"id": "prod_1", "object": "product", "active": true},
  {"id": "price_1", "object": "price", "active": true, "product": "prod_1"},
  {"id": "sub_1", "object": "subscription", "customer": "cus_1"},
  {"id": "in_1", "object": "invoice", "customer": "cus_1"},
  {"id": "cus_1", "object": "entitlements.active_entitlement_summary"}
]', 'test_1');
select record_objects(draw_ticket('test_1'), (
  select jsonb_agg(jsonb_build_object(
    'id', 'object_' || kinds.position, 'object', kinds.kind, 'mode', 'payment', 'status', 'complete',
    'metadata', jsonb_build_object('deployment_id', (select id from billing.deployment))
  )) from billing.mirrored_kinds as kinds
), 'test_1');
select tests.claim_event('evt_1', 'invoice.paid', 1, 'invoice', 'in_1', 'test_1');
select claim_drift_page((claim_reconcile('test_1', 14)).run_id, '[{"kind": "product", "scope": "all"}]', 'test_1');
select (claim_backfill('test_1')).run_id;
select is(
  detect_drift(draw_ticket('test_1'), '[{"id": "prod_1", "object": "product", "active": false}]', '{}', 'test_1'), 1, 'A database in use has drift'
);
select complete_customer('user_owner', 1, draw_ticket('test_1'), '{"id": "cus_1", "object": "customer"}', 'test_1');
select (claim_catalog_fill('test_1')).run_id;
insert into billing.checkouts (owner_id) values ('user_owner');
insert into stripe_changes (customer) values ('cus_1');
insert into billing.owner_checks (owner_id) values ('user_owner');
select enter_duplicates('{sub_2}', 'sub_1', 'user_owner', 'plan:default', true, 'test_1');
select record_reads('{"event": 1}', 'test_1');
select claim_sync('user_owner', 'test_1');

select tests.be_the_owner_of_the_database();
create temporary table before as
select id, (select last_value from billing.tickets) as last_ticket from billing.deployment;
grant select on before to service_role;

create function pg_temp.rows_of(emptied regclass) returns bigint language plpgsql as $$
declare
  found bigint;
begin
  execute format('select count(*) from %s', emptied) into found;
  return found;
end
$$;

-- The deployment's tables

select is((select emptied from billing.deployment_tables() as emptied limit 1), 'billing.deployment'::regclass, 'The deployment is the first table of the list, so it is locked first');
select set_has(
  $$ select emptied from billing.deployment_tables() as emptied $$,
  $$ values
    ('billing.deployment'::regclass), ('billing.catalog_fill'), ('billing.webhook_events'), ('billing.reconcile'), ('billing.backfill'), ('billing.backfill_ranges'), ('billing.drift'), ('billing.drift_walks'), ('billing.drift_reads'), ('billing.jobs'), ('billing.checkouts'), ('billing.duplicates'),
    ('stripe_customer_mapping'), ('stripe_customers'), ('stripe_products'), ('stripe_prices'), ('stripe_subscriptions'), ('stripe_invoices'), ('stripe_payment_intents'), ('stripe_checkout_sessions'), ('stripe_product_features'), ('stripe_entitlements'), ('stripe_changes')
  $$,
  'The mapping, the mirror, the ledger and the jobs belong to the deployment'
);
select is_empty(
  $$
    select oid::regclass from pg_class
    where relkind = 'r' and relnamespace = 'public'::regnamespace and relname like 'stripe\_%'
    except
    select emptied from billing.deployment_tables() as emptied
  $$,
  'Every table of Stripe''s objects belongs to the deployment'
);
create table public.stripe_notes (id text primary key);
select set_hasnt(
  $$ select emptied from billing.deployment_tables() as emptied $$, $$ values ('public.stripe_notes'::regclass) $$,
  'A table of the application with a similar name does not belong to the deployment'
);
select is_empty(
  $$ select emptied from billing.deployment_tables() as emptied where pg_temp.rows_of(emptied) = 0 $$,
  'Each table of the deployment has rows before the switch'
);

-- Permissions

select is(
  tests.outcome('service_role', $$ select billing.switch_deployment('acct_live', true) $$), '42501', 'The server may not switch'
);
select is(
  tests.outcome('owner', $$ select billing.switch_deployment('acct_live', true) $$), '42501', 'A user may not switch'
);
select is(
  tests.outcome('anon', $$ select billing.switch_deployment('acct_live', true) $$), '42501', 'A visitor may not switch'
);
select throws_ok($$ select billing.switch_deployment(null, true) $$, '22023', null, 'A switch without an account is refused');
select throws_ok($$ select billing.switch_deployment('acct_live', null) $$, '22023', null, 'A switch without a mode is refused');
select throws_ok($$ select billing.switch_deployment('cus_1', true) $$, '23514', null, 'A switch to an id that is not an account''s is refused');
select results_eq('select id from billing.deployment', 'select id from before', 'A refused switch changes nothing');

-- The switch

select billing.switch_deployment('acct_live', true);

select results_eq(
  'select stripe_account, livemode from billing.deployment', $$ values ('acct_live', true) $$, 'After the switch the database belongs to the other account'
);
select isnt((select id from billing.deployment), (select id from before), 'After the switch the deployment has a new id, so no idempotency key is used again');
select is_empty(
  $$ select emptied from billing.deployment_tables() as emptied where emptied <> 'billing.deployment'::regclass and pg_temp.rows_of(emptied) > 0 $$,
  'Trap 22: after the switch every other table of the deployment is empty, so no test purchase entitles'
);
select is((select count(*) from billing.mirrored_kinds), 9::bigint, 'After the switch the registry of kinds is unchanged');
select tests.be_the_server();
select throws_ok($$ select draw_ticket('test_1') $$, '55000', 'This database belongs to Stripe''s live mode', 'After the switch the old key is refused');
select throws_ok($$ select draw_ticket('live_1') $$, 'KEY01', null, 'After the switch the new key is refused until it is confirmed');
select confirm_account('acct_live', 'live_1');
select cmp_ok(draw_ticket('live_1'), '>', (select last_ticket from before), 'After the switch tickets continue, so no late write has a larger one');
select is((claim_customer('user_owner', 'live_1')).step, 'create', 'After the switch a known user''s claim is to create');

-- A switch to another account in the same mode

select tests.be_the_owner_of_the_database();
select billing.switch_deployment('acct_other', true);
select tests.be_the_server();
select throws_ok($$ select draw_ticket('live_1') $$, 'KEY01', null, 'After a switch in the same mode the old account''s key is refused');
select throws_ok($$ select confirm_account('acct_live', 'live_1') $$, '55000', null, 'After a switch in the same mode the old account''s key cannot be confirmed');

select * from finish();
rollback;
