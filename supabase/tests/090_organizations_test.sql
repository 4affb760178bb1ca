-- Organizations: what an administrator, a member, a member of another organization, another user and a visitor may read.

begin;
select plan(69);

-- Two organizations and an administrator have purchases of their own.

select tests.new_deployment();
insert into stripe_customer_mapping (clerk_user_id, stripe_customer_id) values ('user_administrator', 'cus_user');
insert into stripe_customer_mapping (clerk_organization_id, stripe_customer_id) values ('org_acme', 'cus_acme'), ('org_other', 'cus_other');
select record_objects(draw_ticket('test_1'), (
  select jsonb_agg(object)
  from unnest(array['user', 'acme', 'other']) as owner
  cross join lateral (values
    (jsonb_build_object('id', 'cus_' || owner, 'object', 'customer', 'email', owner || '@example.com')),
    (jsonb_build_object('id', 'sub_' || owner, 'object', 'subscription', 'customer', 'cus_' || owner, 'items', jsonb_build_object('data', jsonb_build_array(jsonb_build_object('id', 'si_' || owner))))),
    (jsonb_build_object('id', 'in_' || owner, 'object', 'invoice', 'customer', 'cus_' || owner)),
    (jsonb_build_object('id', 'cus_' || owner, 'object', 'entitlements.active_entitlement_summary', 'entitlements', jsonb_build_object('data', jsonb_build_array(jsonb_build_object('lookup_key', 'key_' || owner)))))
  ) as mirrored (object)
), 'test_1');

-- What a caller reads, as one text: the customers that own the rows of each table, and the entitlements.
create function pg_temp.readable() returns text language sql as $$
  select concat_ws('; ',
    'mapping: ' || (select coalesce(string_agg(owner_id, ', ' order by owner_id), '-') from stripe_customer_mapping),
    'customers: ' || (select coalesce(string_agg(id, ', ' order by id), '-') from stripe_customers),
    'subscriptions: ' || (select coalesce(string_agg(customer, ', ' order by customer), '-') from stripe_subscriptions),
    'items: ' || (select coalesce(string_agg(customer, ', ' order by customer), '-') from stripe_subscription_items),
    'invoices: ' || (select coalesce(string_agg(customer, ', ' order by customer), '-') from stripe_invoices),
    'entitlements: ' || (select coalesce(string_agg(id, ', ' order by id), '-') from stripe_entitlements)
  )
$$;
create function pg_temp.entitled() returns text language sql as $$
  select coalesce(string_agg(key, ', ' order by key), '-') from unnest(array['key_acme', 'key_other', 'key_user']) as key where has_entitlement(key)
$$;
grant execute on all functions in schema pg_temp to public;

create temporary table nothing (readable) as values ('mapping: -; customers: -; subscriptions: -; items: -; invoices: -; entitlements: -');
grant select on nothing to public;

-- Every persona, under tokens of both versions

create temporary table persona (name text, user_id text, version text, claims jsonb, readable text, entitled text, customer text, organization_customer text);
insert into persona
select persona.name, persona.user_id, token.version, token.claims, persona.readable, persona.entitled, persona.customer, persona.organization_customer
from (values
  (
    'An administrator', 'user_administrator', 'org_acme', 'admin',
    'mapping: org_acme, user_administrator; customers: cus_acme, cus_user; subscriptions: cus_acme, cus_user; items: cus_acme, cus_user; invoices: cus_acme, cus_user; entitlements: cus_acme, cus_user',
    'key_acme, key_user', 'cus_user', 'cus_acme'
  ),
  (
    'A member', 'user_member', 'org_acme', 'member',
    'mapping: org_acme; customers: -; subscriptions: cus_acme; items: cus_acme; invoices: -; entitlements: cus_acme',
    'key_acme', null, 'cus_acme'
  ),
  (
    'A member with a custom role', 'user_member', 'org_acme', 'administrator',
    'mapping: org_acme; customers: -; subscriptions: cus_acme; items: cus_acme; invoices: -; entitlements: cus_acme',
    'key_acme', null, 'cus_acme'
  ),
  (
    'A member without a role', 'user_member', 'org_acme', null,
    'mapping: org_acme; customers: -; subscriptions: cus_acme; items: cus_acme; invoices: -; entitlements: cus_acme',
    'key_acme', null, 'cus_acme'
  ),
  (
    'A member of another organization', 'user_other', 'org_other', 'member',
    'mapping: org_other; customers: -; subscriptions: cus_other; items: cus_other; invoices: -; entitlements: cus_other',
    'key_other', null, 'cus_other'
  ),
  (
    'An administrator of another organization', 'user_other', 'org_other', 'admin',
    'mapping: org_other; customers: cus_other; subscriptions: cus_other; items: cus_other; invoices: cus_other; entitlements: cus_other',
    'key_other', null, 'cus_other'
  ),
  (
    'An administrator of an organization without a customer', 'user_other', 'org_new', 'admin',
    'mapping: -; customers: -; subscriptions: -; items: -; invoices: -; entitlements: -',
    '-', null, null
  )
) as persona (name, user_id, organization_id, organization_role, readable, entitled, customer, organization_customer)
cross join lateral (values
  ('2', jsonb_build_object('v', 2, 'o', jsonb_build_object('id', organization_id, 'rol', organization_role))),
  ('1', jsonb_build_object('org_id', organization_id, 'org_role', 'org:' || organization_role))
) as token (version, claims);
insert into persona values
  (
    'An administrator without an active organization', 'user_administrator', '2', '{}',
    'mapping: user_administrator; customers: cus_user; subscriptions: cus_user; items: cus_user; invoices: cus_user; entitlements: cus_user',
    'key_user', 'cus_user', null
  ),
  ('A user without an organization', 'user_stranger', '2', '{}', (select readable from nothing), '-', null, null),
  ('A pending session of an administrator', 'user_administrator', '2', '{"sts": "pending", "o": {"id": "org_acme", "rol": "admin"}}', (select readable from nothing), '-', null, null),
  ('A machine with the claims of an administrator', 'mch_1', '2', '{"o": {"id": "org_acme", "rol": "admin"}}', (select readable from nothing), '-', null, null);
grant select on persona to public;

create function pg_temp.as_persona(user_id text, claims jsonb, query text) returns text language plpgsql as $$
declare
  answer text;
begin
  perform tests.sign_in(user_id, claims);
  execute query into answer;
  return answer;
end
$$;
grant execute on function pg_temp.as_persona to public;

select is(
  pg_temp.as_persona(user_id, claims, 'select pg_temp.readable()'), readable,
  format('%s with a token of version %s reads the rows that their role allows', name, version)
) from persona;
select is(
  pg_temp.as_persona(user_id, claims, 'select pg_temp.entitled()'), entitled,
  format('%s with a token of version %s has the entitlements of the user and of the active organization', name, version)
) from persona;
select is(
  pg_temp.as_persona(user_id, claims, $$ select concat_ws(', ', coalesce(stripe_customer_id(), '-'), coalesce(stripe_organization_customer_id(), '-')) $$),
  concat_ws(', ', coalesce(customer, '-'), coalesce(organization_customer, '-')),
  format('%s with a token of version %s has the customer of the user and of the active organization', name, version)
) from persona;

-- A malformed token

select tests.sign_in('user_member', '{"o": "org_acme", "org_role": "org:admin"}');
select is(pg_temp.readable(), (select readable from nothing), 'A user with a malformed organization reads no row');

-- Writes

select tests.be_the_owner_of_the_database();
select is(tests.outcome(persona, statement) || ' ' || persona, '42501 ' || persona, format('The %s of an organization may not execute: %s', persona, statement))
from unnest(array['administrator', 'member']) as persona
cross join unnest(array[
  $$ insert into stripe_customer_mapping (clerk_organization_id) values ('org_acme2') $$,
  $$ update stripe_customer_mapping set stripe_customer_id = 'cus_other' where clerk_organization_id = 'org_acme' $$,
  $$ delete from stripe_customer_mapping where clerk_organization_id = 'org_acme' $$,
  $$ select claim_customer('org_acme', 'test_1') $$,
  $$ select find_customer('org_acme', 'test_1') $$
]) as statement;

-- A visitor and the server

select is(tests.outcome('anon', 'select stripe_organization_customer_id()'), '42501', 'A visitor may not call stripe_organization_customer_id');
select tests.be_the_server();
select is((select count(*) from stripe_customer_mapping), 3::bigint, 'The server reads the mapping of every owner');
select is(stripe_organization_customer_id(), null, 'The server has no active organization');
select is(pg_temp.entitled(), '-', 'The server has no entitlement');

select * from finish();
rollback;
