-- The caller: the Clerk user, the active organization and the role, from session tokens of both versions.

begin;
select plan(37);

create function pg_temp.caller() returns table (user_id text, organization_id text, organization_role text) language sql as $$
  select clerk_user_id(), clerk_organization_id(), clerk_organization_role()
$$;
create function pg_temp.caller_with(o jsonb) returns text language plpgsql as $$
begin
  perform tests.sign_in('user_owner', jsonb_build_object('o', o));
  return (select caller::text from pg_temp.caller() as caller);
end
$$;
grant execute on all functions in schema pg_temp to public;

-- The user

select tests.sign_in('user_owner');
select is(clerk_user_id(), 'user_owner', 'The caller of a session token is its user');
select tests.sign_in('user_owner', '{"sts": "active"}');
select is(clerk_user_id(), 'user_owner', 'An active session has a user');
select tests.sign_in('user_owner', '{"sts": "pending"}');
select is(clerk_user_id(), null, 'A session with pending tasks has no user');
select tests.sign_in('5b0a3c4e-3f0e-4c1d-9a57-0c8f2d3b1a6e');
select is(clerk_user_id(), null, 'A token of Supabase Auth has no Clerk user');
select tests.sign_in('mch_machine');
select is(clerk_user_id(), null, 'A machine token has no user');
select tests.sign_out();
select is(clerk_user_id(), null, 'A visitor has no user, with the setting an empty string');
select tests.be_the_server();
select is(clerk_user_id(), null, 'The server has no user');

-- The active organization

select tests.sign_in('user_owner');
select results_eq('select * from pg_temp.caller()', $$ values ('user_owner', null::text, null::text) $$, 'A token without an organization has neither organization nor role');
select tests.sign_in('user_owner', '{"v": 2, "o": {"id": "org_acme", "rol": "admin", "slg": "acme"}}');
select results_eq('select * from pg_temp.caller()', $$ values ('user_owner', 'org_acme', 'admin') $$, 'A token of version 2 has the organization and the role of `o`');
select tests.sign_in('user_owner', '{"v": 2, "o": {"id": "org_acme", "rol": "org:admin"}}');
select is(clerk_organization_role(), 'admin', 'A role of version 2 with the prefix loses it');
select tests.sign_in('user_owner', '{"org_id": "org_acme", "org_role": "org:admin", "org_slug": "acme"}');
select results_eq('select * from pg_temp.caller()', $$ values ('user_owner', 'org_acme', 'admin') $$, 'A token of version 1 has the organization and the role without its prefix');
select tests.sign_in('user_owner', '{"org_id": "org_acme", "org_role": "billing_manager"}');
select is(clerk_organization_role(), 'billing_manager', 'A custom role is returned as it is');
select tests.sign_in('user_owner', '{"o": {"id": "org_acme"}}');
select results_eq('select * from pg_temp.caller()', $$ values ('user_owner', 'org_acme', null::text) $$, 'An organization without a role has no role');
select tests.sign_in('user_owner', '{"org_role": "org:admin"}');
select results_eq('select * from pg_temp.caller()', $$ values ('user_owner', null::text, null::text) $$, 'A role without an organization is ignored');
select tests.sign_in('user_owner', '{"o": {"id": "org_acme", "rol": "member"}, "org_id": "org_other", "org_role": "org:admin"}');
select results_eq('select * from pg_temp.caller()', $$ values ('user_owner', 'org_acme', 'member') $$, 'With claims of both versions `o` decides');

-- No organization without a user

select tests.sign_in('user_owner', '{"sts": "pending", "o": {"id": "org_acme", "rol": "admin"}}');
select results_eq('select * from pg_temp.caller()', 'values (null::text, null::text, null::text)', 'A pending session has neither organization nor role');
select tests.sign_in('mch_machine', '{"o": {"id": "org_acme", "rol": "admin"}}');
select results_eq('select * from pg_temp.caller()', 'values (null::text, null::text, null::text)', 'A machine token has neither organization nor role');
select tests.sign_in('5b0a3c4e-3f0e-4c1d-9a57-0c8f2d3b1a6e', '{"org_id": "org_acme", "org_role": "org:admin"}');
select results_eq('select * from pg_temp.caller()', 'values (null::text, null::text, null::text)', 'A token of Supabase Auth has neither organization nor role');
select tests.sign_out();
select results_eq('select * from pg_temp.caller()', 'values (null::text, null::text, null::text)', 'A visitor has neither organization nor role');
select tests.be_the_server();
select results_eq('select * from pg_temp.caller()', 'values (null::text, null::text, null::text)', 'The server has neither organization nor role');

-- Malformed claims

create temporary table malformed (o jsonb);
insert into malformed values
  ('"org_acme"'), ('["org_acme", "admin"]'), ('null'), ('1'), ('true'), ('{}'), ('[]'), ('""'), ('{"id": null, "rol": "admin"}'),
  ('{"id": 1, "rol": "admin"}'), ('{"id": ["org_acme"], "rol": "admin"}'), ('{"id": {"id": "org_acme"}, "rol": "admin"}'),
  ('{"id": "", "rol": "admin"}'), ('{"id": "orgacme", "rol": "admin"}'), ('{"id": "user_owner", "rol": "admin"}');
grant select on malformed to public;
select is(pg_temp.caller_with(o), '(user_owner,,)', format('A token with the malformed `o` %s has neither organization nor role', o)) from malformed;
select tests.sign_in('user_owner', '{"o": "org_acme", "org_id": "org_acme", "org_role": "org:admin"}');
select results_eq('select * from pg_temp.caller()', $$ values ('user_owner', null::text, null::text) $$, 'A malformed `o` beside valid claims of version 1 has neither organization nor role');
select tests.sign_in('user_owner', '{"o": {"id": "org_acme", "rol": ["admin"]}}');
select isnt(clerk_organization_role(), 'admin', 'A role in an array is not that role');

select * from finish();
rollback;
