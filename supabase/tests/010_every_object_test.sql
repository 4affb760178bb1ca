-- What holds for every table and every function of this project, including those of later migrations.

begin;
select plan(29);

select tests.new_deployment();

create temporary view relations as
select oid, oid::regclass::text as name, relnamespace = 'public'::regnamespace as is_public, relkind, relrowsecurity, reloptions
from pg_class
where relnamespace = 'billing'::regnamespace
  or relnamespace = 'public'::regnamespace and (relname like 'stripe\_%' or relkind = 'c');

-- Written by add_mirror only, or always empty.
create temporary table read_only (name) as values ('billing.mirrored_kinds'), ('billing.mirrored_row');

-- For the owner of the database only.
create temporary table owner_only (name) as values
  ('add_mirror'), ('generate_mirror'), ('schedule_reconcile'), ('call_reconcile'), ('schedule_status'), ('publish_changes'),
  ('close_deployment'), ('open_deployment'), ('moved_tables');

create temporary view functions as
select
  oid, proname::text as name, pronamespace = 'public'::regnamespace as is_public, prorettype = 'trigger'::regtype as is_trigger,
  coalesce('stripe_key' = any (proargnames), false) as takes_key, prosrc, prosecdef, proconfig
from pg_proc
where pronamespace in ('billing'::regnamespace, 'public'::regnamespace)
  and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e');

-- A call of a function with a Stripe key and null for every other argument.
create function pg_temp.call(function oid, stripe_key text default 'test_1') returns text language sql as $$
  select format('select %s(%s)', function::regproc, coalesce(string_agg(
    format('%I => %L::%s', argument.name, case argument.name when 'stripe_key' then stripe_key end, argument.type::regtype), ', '
  ), ''))
  from pg_proc, unnest(proargnames, proargtypes::oid[]) as argument (name, type)
  -- The columns of a result are named too, and have no type there.
  where pg_proc.oid = function and argument.type is not null
$$;

-- Tables and views

select is_empty($$ select name from relations where relkind = 'r' and not relrowsecurity $$, 'Every table has row-level security enabled');
select is_empty(
  $$ select name from relations where relkind = 'v' and not coalesce('security_invoker=true' = any (reloptions), false) $$,
  'Every view reads with the permissions of its caller'
);
select is_empty(
  $$ select tablename, policyname from pg_policies where schemaname in ('public', 'billing') and (roles <> '{authenticated}' or cmd <> 'SELECT') $$,
  'Every policy allows signed-in users to read and nothing else'
);
select is_empty($$ select tablename from pg_policies where schemaname = 'billing' $$, 'No table of the schema billing has a policy');
select is_empty(
  $$
    select name
    from relations
    join pg_attribute on attrelid = relations.oid and attname = 'ticket'
    where relkind = 'r' and is_public
      and not exists (select from pg_trigger where tgrelid = relations.oid and tgfoid = 'billing.keep_newest'::regproc and tgenabled = 'O')
  $$,
  'Every table with a ticket keeps the newest row'
);
select set_eq(
  $$
    select tgrelid::regclass::text from pg_trigger where tgfoid = 'billing.keep_newest'::regproc
  $$,
  'select mirror::text from billing.mirrored_kinds',
  'Every table that keeps the newest row is registered with its kind, and no other'
);
select set_eq(
  'select mirror::text from billing.mirrored_kinds',
  $$
    select distinct refobjid::regclass::text
    from pg_rewrite join pg_depend on objid = pg_rewrite.oid and classid = 'pg_rewrite'::regclass
    where ev_class = 'billing.mirror'::regclass and refclassid = 'pg_class'::regclass and refobjid <> ev_class
  $$,
  'The view billing.mirror reads every mirror table'
);
select is_empty(
  $$
    select mirror
    from billing.mirrored_kinds
    where not exists (select from pg_indexes where schemaname || '.' || tablename = 'public.' || mirror and indexdef like '%(created) WHERE (NOT deleted)')
  $$,
  'Every mirror table has an index in the order of Stripe''s lists'
);
select is_empty(
  $$
    select persona, operation, name, outcome
    from relations
    cross join unnest(array['owner', 'stranger', 'anon', 'service_role']) as persona
    cross join (values
      ('select', 'select from %1$s'),
      ('insert', 'insert into %1$s default values'),
      ('update', 'update %1$s set %2$I = default where false'),
      ('delete', 'delete from %1$s where false'),
      ('truncate', 'truncate %1$s')
    ) as attempt (operation, statement)
    cross join lateral (
      select attname from pg_attribute where attrelid = oid and attnum > 0 and attgenerated = '' order by attnum limit 1
    ) as writable
    cross join lateral tests.outcome(persona, format(statement, name, attname)) as outcome
    where relkind = 'r'
      and (outcome <> '42501') is distinct from case persona
        when 'anon' then false
        when 'service_role' then operation = 'select' or operation <> 'truncate' and name not in (select read_only.name from read_only)
        else operation = 'select' and is_public
      end
  $$,
  'A visitor has no access to any table, a user reads those in public, the server does everything but truncate'
);
select is_empty(
  $$
    select grantee, privilege, name
    from relations
    cross join unnest(array['anon', 'authenticated', 'service_role']) as grantee
    cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger', 'maintain']) as privilege
    where relkind in ('r', 'v') and has_table_privilege(grantee, oid, privilege)
      and not (grantee = 'authenticated' and privilege = 'select' and is_public)
      and not (grantee = 'service_role' and (privilege = 'select' or relkind = 'r' and privilege in ('insert', 'update', 'delete') and name not in (select read_only.name from read_only)))
  $$,
  'No role has a privilege beyond that, or writes through a view'
);
select is_empty(
  $$
    select name
    from relations
    where relkind = 'S' and tests.outcome('service_role', format('select nextval(%L)', name)) <> 'ok'
  $$,
  'The server may use every sequence'
);
select is_empty(
  $$
    select grantee, privilege, name
    from relations
    cross join unnest(array['anon', 'authenticated', 'service_role']) as grantee
    cross join unnest(array['select', 'usage', 'update']) as privilege
    where relkind = 'S' and has_sequence_privilege(grantee, oid, privilege) and not (grantee = 'service_role' and privilege <> 'update')
  $$,
  'No other role may use a sequence, and no role may reset one'
);

-- Functions

select is_empty(
  $$ select name from functions where prosecdef or not coalesce('search_path=""' = any (proconfig), false) $$,
  'Every function runs as its caller with a fixed search path'
);
select is_empty($$ select name from functions group by name, is_public having count(*) > 1 $$, 'No two functions share a name');
select is_empty(
  $$
    select name, statement
    from functions, regexp_split_to_table(prosrc, ';') as statement
    where statement ~* '\m(update\s+(?!set\M)|delete\s+from\s+)\S' and statement !~* '\m(where|create trigger)\M'
  $$,
  'Every update and delete has a condition'
);
select set_eq(
  $$
    select name from functions
    where has_function_privilege('anon', oid, 'execute') or not is_trigger and tests.outcome('anon', pg_temp.call(oid)) <> '42501'
  $$,
  array['clerk_user_id', 'clerk_organization_id', 'clerk_organization_role'],
  'A visitor may call the functions that read the token, and no other'
);
select set_eq(
  $$
    select name from functions
    where has_function_privilege('authenticated', oid, 'execute') or not is_trigger and tests.outcome('owner', pg_temp.call(oid)) <> '42501'
  $$,
  array[
    'clerk_user_id', 'clerk_organization_id', 'clerk_organization_role', 'stripe_customer_id', 'stripe_organization_customer_id',
    'has_entitlement', 'has_purchased'
  ],
  'A user may call the functions for policies, and no other'
);
select is_empty(
  $$
    select name, outcome
    from functions cross join lateral tests.outcome('service_role', pg_temp.call(oid)) as outcome
    where not is_trigger and name not in (select owner_only.name from owner_only) and outcome not in ('ok', '22023', '23502', '55000')
  $$,
  'The server may call every other function; a call with nulls only is answered or refused as an invalid argument'
);
select is_empty(
  $$
    select name, outcome
    from functions join owner_only using (name) cross join lateral tests.outcome('service_role', pg_temp.call(oid)) as outcome
    where outcome <> '42501'
  $$,
  'Only the owner of the database may call the functions that change its schema or its schedule'
);
select is_empty(
  $$ select name from functions where is_trigger and has_function_privilege('service_role', oid, 'execute') $$,
  'The server may not create a trigger with a trigger function'
);

-- The Stripe key

select set_eq(
  $$ select name from functions where is_public and not takes_key $$,
  array[
    'clerk_user_id', 'clerk_organization_id', 'clerk_organization_role', 'stripe_customer_id', 'stripe_organization_customer_id',
    'has_entitlement', 'has_purchased'
  ],
  'Every function for the server takes the Stripe key'
);
select is_empty(
  $$
    select name, outcome
    from functions cross join lateral tests.outcome('service_role', pg_temp.call(oid, 'live_1')) as outcome
    where is_public and takes_key and outcome <> '55000'
  $$,
  'Every function for the server first refuses a key of the other mode'
);
select is_empty(
  $$
    select name, outcome
    from functions cross join lateral tests.outcome('service_role', pg_temp.call(oid, 'test_2')) as outcome
    where is_public and takes_key and outcome <> case name when 'confirm_account' then '55000' else 'KEY01' end
  $$,
  'Every function for the server first refuses a key that is not confirmed, for reads and for writes'
);
select is_empty(
  $$
    select name, outcome
    from functions cross join lateral tests.outcome('service_role', pg_temp.call(oid, null)) as outcome
    where takes_key and outcome <> '22023'
  $$,
  'Every function for the server first refuses a missing key'
);
update billing.deployment set confirmed_keys = '{}' where not livemode;
select is_empty(
  $$
    select name, outcome
    from functions cross join lateral tests.outcome('service_role', pg_temp.call(oid)) as outcome
    where is_public and takes_key and name <> 'confirm_account' and outcome <> 'KEY01'
  $$,
  'A key that was confirmed before a switch is refused after it'
);

-- Comments, as Supabase Studio shows them

select is_empty(
  $$ select name from relations where relkind in ('r', 'v', 'S') and obj_description(oid, 'pg_class') is null $$,
  'Every table, view and sequence has a comment'
);
select is_empty(
  $$
    select name, attname
    from relations
    join pg_attribute on attrelid = relations.oid and attnum > 0 and not attisdropped
    where relkind in ('r', 'v', 'c') and col_description(relations.oid, attnum) is null
  $$,
  'Every column has a comment'
);
select is_empty(
  $$
    select name from functions where obj_description(oid, 'pg_proc') is null
    union all
    select name
    from relations join pg_type on typrelid = relations.oid
    where relkind = 'c' and obj_description(pg_type.oid, 'pg_type') is null
  $$,
  'Every function and every type has a comment'
);

select is_empty(
  $$
    select functions.name from functions join pg_proc on pg_proc.oid = functions.oid
    where is_public and prolang = (select oid from pg_language where lanname = 'sql') and has_function_privilege('authenticated', functions.oid, 'execute')
  $$,
  'Every function that users'' queries call is planned once a connection'
);

select * from finish();
rollback;
