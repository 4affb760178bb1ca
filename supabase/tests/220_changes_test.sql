-- Changes for Supabase Realtime, without and with its publication. A hosted project has it; the local stack has not.

begin;
select plan(24);

select tests.new_deployment();
insert into stripe_customer_mapping (clerk_user_id, clerk_organization_id, stripe_customer_id) values
  ('user_owner', null, 'cus_owner'), ('user_stranger', null, 'cus_stranger'), (null, 'org_acme', 'cus_acme');

create function pg_temp.record(object text, id text, customer text, more jsonb default '{}') returns void language sql as $$
  select record_objects(
    draw_ticket('test_1'), jsonb_build_array(jsonb_build_object('object', object, 'id', id, 'customer', customer) || more), 'test_1'
  )
$$;
create function pg_temp.customers() returns text language sql as $$
  select coalesce(string_agg(customer, ',' order by customer), '') from stripe_changes
$$;
create function pg_temp.forget() returns void language sql as $$ delete from stripe_changes where true $$;

-- Without

do $$
begin
  if exists (select from pg_publication where pubname = 'supabase_realtime') then
    drop publication supabase_realtime;
  end if;
end
$$;
select is(billing.publish_changes(), 'missing: the publication supabase_realtime', 'Without the publication the result says what is missing');
select tests.be_the_server();
select pg_temp.record('subscription', 'sub_1', 'cus_owner', '{"status": "active"}');
select is(pg_temp.customers(), '', 'Without the publication no change is noted');
select tests.be_the_owner_of_the_database();

-- With

set local client_min_messages = error;
create publication supabase_realtime;
reset client_min_messages;
select is(billing.publish_changes(), 'published', 'The table is added to the publication');
select is(billing.publish_changes(), 'published', 'and a second call changes nothing');
select is(billing.changes_are_published(), true, 'The triggers see that it is published');
select is(
  (select array_agg(tablename::text) from pg_publication_tables where pubname = 'supabase_realtime' and tablename like 'stripe\_%'),
  array['stripe_changes'],
  'No mirror is published: PostgreSQL 18 would refuse its updates'
);
select is_empty(
  $$
    select attname
    from pg_index join pg_attribute on attrelid = indrelid and attnum = any (indkey)
    where indrelid = 'public.stripe_changes'::regclass and indisprimary and attgenerated <> ''
  $$,
  'The key of the published table is not generated'
);

select tests.be_the_server();
select pg_temp.record('subscription', 'sub_1', 'cus_owner', '{"status": "active"}');
select is(pg_temp.customers(), '', 'A subscription that was fetched again unchanged is no change');
select pg_temp.record('subscription', 'sub_1', 'cus_owner', '{"status": "past_due"}');
select is(pg_temp.customers(), 'cus_owner', 'A changed subscription is');
select pg_temp.forget();
select pg_temp.record('subscription', 'sub_2', 'cus_stranger', '{"status": "active"}');
select is(pg_temp.customers(), 'cus_stranger', 'A new subscription is');
select pg_temp.forget();
select pg_temp.record('entitlements.active_entitlement_summary', 'cus_owner', 'cus_owner', '{"entitlements": {"data": []}}');
select is(pg_temp.customers(), 'cus_owner', 'New entitlements are');
select pg_temp.record('entitlements.active_entitlement_summary', 'cus_owner', 'cus_owner', '{"entitlements": {"data": [{"lookup_key": "reports"}]}}');
select is(pg_temp.customers(), 'cus_owner,cus_owner', 'and changed ones');
select pg_temp.forget();
select pg_temp.record('checkout.session', 'cs_1', 'cus_owner', jsonb_build_object(
  'mode', 'payment', 'status', 'complete', 'metadata', jsonb_build_object('deployment_id', (select id from billing.deployment), 'owner', 'user_owner')
));
select is(pg_temp.customers(), 'cus_owner', 'A purchase is');
select pg_temp.forget();
select pg_temp.record('invoice', 'in_1', 'cus_owner', '{"status": "paid"}');
select is(pg_temp.customers(), '', 'An invoice is not');
select record_objects(draw_ticket('test_1'), '[{"object": "subscription", "id": "sub_2", "deleted": true}]', 'test_1');
select is(pg_temp.customers(), 'cus_stranger', 'A deleted subscription is a change of the customer that it had');
select pg_temp.forget();
select record_objects(draw_ticket('test_1'), '[
  {"object": "subscription", "id": "sub_3", "customer": "cus_owner"}, {"object": "subscription", "id": "sub_4", "customer": "cus_owner"},
  {"object": "subscription", "id": "sub_5", "customer": "cus_acme"}, {"object": "subscription", "id": "sub_6", "customer": "cus_unowned"}
]', 'test_1');
select is(pg_temp.customers(), 'cus_acme,cus_owner,cus_unowned', 'Changes that are recorded together are one a customer');

-- Own rows

select tests.sign_in('user_owner');
select is(pg_temp.customers(), 'cus_owner', 'A user reads their own changes and no other');
select tests.sign_in_to('org_acme', 'member', 'user_member');
select is(pg_temp.customers(), 'cus_acme', 'A member reads those of the active organization');
select tests.sign_in('user_unknown');
select is(pg_temp.customers(), '', 'A user without a customer reads none');
select tests.be_the_owner_of_the_database();
select is(tests.outcome('anon', 'select from stripe_changes'), '42501', 'A visitor may not read them');
select is(tests.outcome('owner', $$ insert into stripe_changes (customer) values ('cus_stranger') $$), '42501', 'A user may not write them');
select is(tests.outcome('service_role', 'select billing.publish_changes()'), '42501', 'The server may not publish');

-- Pruning

update stripe_changes set changed_at = now() - interval '61 minutes' where customer = 'cus_owner';
select tests.be_the_server();
select is(prune_ledger('test_1'), 0, 'Pruned changes are no events');
select is(pg_temp.customers(), 'cus_acme,cus_unowned', 'Changes older than an hour are pruned');

select * from finish();
rollback;
