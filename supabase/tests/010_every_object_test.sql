-- What holds for every table and every function of ours, those of later migrations included.

begin;
select plan(26);

select tests.start_afresh();
select draw_ticket(false);

create temporary view relations as
select oid, oid::regclass::text as name, relnamespace = 'public'::regnamespace as is_public, relkind, relrowsecurity, reloptions
from pg_class
where relnamespace = 'billing'::regnamespace
  or relnamespace = 'public'::regnamespace and (relname like 'stripe\_%' or relkind = 'c');

create temporary view functions as
select
  oid, proname::text as name, pronamespace = 'public'::regnamespace as is_public, prorettype = 'trigger'::regtype as is_trigger,
  coalesce('livemode' = any (proargnames), false) as has_livemode, prosrc, prosecdef, proconfig
from pg_proc
where pronamespace in ('billing'::regnamespace, 'public'::regnamespace)
  and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e');

-- A call of a function with a livemode and otherwise nothing but nulls.
create function pg_temp.call(function oid, livemode text default 'false') returns text language sql as $$
  select format('select %s(%s)', function::regproc, string_agg(
    format('%I => %s::%s', argument.name, case argument.name when 'livemode' then livemode else 'null' end, argument.type::regtype), ', '
  ))
  from pg_proc, unnest(proargnames, proargtypes::oid[]) as argument (name, type)
  where pg_proc.oid = function
$$;

-- Tables and views

select is_empty($$ select name from relations where relkind = 'r' and not relrowsecurity $$, 'Every table has row-level security');
select is_empty(
  $$ select name from relations where relkind = 'v' and not coalesce('security_invoker=true' = any (reloptions), false) $$,
  'Every view asks as its reader'
);
select is_empty(
  $$ select tablename, policyname from pg_policies where schemaname in ('public', 'billing') and (roles <> '{authenticated}' or cmd <> 'SELECT') $$,
  'Every policy lets signed-in users read, and nothing else'
);
select is_empty($$ select tablename from pg_policies where schemaname = 'billing' $$, 'No policy shows a user what only the server needs');
select is_empty(
  $$
    select name
    from relations
    join pg_attribute on attrelid = relations.oid and attname = 'ticket'
    where relkind = 'r' and is_public
      and not exists (select from pg_trigger where tgrelid = relations.oid and tgfoid = 'billing.keep_newest'::regproc and tgenabled = 'O')
  $$,
  'Every mirror table keeps the newest'
);
select set_eq(
  $$
    select tgrelid::regclass::text from pg_trigger where tgfoid = 'billing.keep_newest'::regproc
  $$,
  $$
    select distinct refobjid::regclass::text
    from pg_rewrite join pg_depend on objid = pg_rewrite.oid and classid = 'pg_rewrite'::regclass
    where ev_class = 'billing.mirror'::regclass and refclassid = 'pg_class'::regclass and refobjid <> ev_class
  $$,
  'Every mirror table is part of the mirror as a whole'
);
select is_empty(
  $$
    select tgrelid::regclass
    from pg_trigger
    where tgfoid = 'billing.keep_newest'::regproc
      and not exists (select from pg_indexes where schemaname || '.' || tablename = 'public.' || tgrelid::regclass and indexdef like '%(fetched_at) WHERE (NOT deleted)')
  $$,
  'Every mirror table knows which of its rows were seen longest ago'
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
        when 'service_role' then operation <> 'truncate'
        else operation = 'select' and is_public
      end
  $$,
  'A visitor does nothing to any table, a user reads those in public, the server does all but truncate'
);
select is_empty(
  $$
    select grantee, privilege, name
    from relations
    cross join unnest(array['anon', 'authenticated', 'service_role']) as grantee
    cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger', 'maintain']) as privilege
    where relkind in ('r', 'v') and has_table_privilege(grantee, oid, privilege)
      and not (grantee = 'authenticated' and privilege = 'select' and is_public)
      and not (grantee = 'service_role' and (privilege = 'select' or relkind = 'r' and privilege in ('insert', 'update', 'delete')))
  $$,
  'Nobody has a right beyond that, and nobody writes through a view'
);
select is_empty(
  $$
    select name
    from relations
    where relkind = 'S' and tests.outcome('service_role', format('select nextval(%L)', name)) <> 'ok'
  $$,
  'The server draws from every sequence'
);
select is_empty(
  $$
    select grantee, privilege, name
    from relations
    cross join unnest(array['anon', 'authenticated', 'service_role']) as grantee
    cross join unnest(array['select', 'usage', 'update']) as privilege
    where relkind = 'S' and has_sequence_privilege(grantee, oid, privilege) and not (grantee = 'service_role' and privilege <> 'update')
  $$,
  'Nobody else does, and nobody sets one back'
);

-- Functions

select is_empty(
  $$ select name from functions where prosecdef or not coalesce('search_path=""' = any (proconfig), false) $$,
  'Every function runs as its caller, with its search path pinned'
);
select is_empty($$ select name from functions group by name, is_public having count(*) > 1 $$, 'Every function has a name of its own');
select is_empty(
  $$
    select name, statement
    from functions, regexp_split_to_table(prosrc, ';') as statement
    where statement ~* '\m(update\s+(?!set\M)|delete\s+from\s+)\S' and statement !~* '\mwhere\M'
  $$,
  'Every update and delete says which rows'
);
select set_eq(
  $$
    select name from functions
    where has_function_privilege('anon', oid, 'execute') or not is_trigger and tests.outcome('anon', pg_temp.call(oid)) <> '42501'
  $$,
  array['clerk_user_id'],
  'A visitor may ask who he is, nothing else'
);
select set_eq(
  $$
    select name from functions
    where (has_function_privilege('authenticated', oid, 'execute') or not is_trigger and tests.outcome('owner', pg_temp.call(oid)) <> '42501')
     
  $$,
  array['clerk_user_id', 'stripe_customer_id', 'has_entitlement'],
  'A user may ask who he is, which customer and what he is entitled to, nothing else'
);
select is_empty(
  $$
    select name, outcome
    from functions cross join lateral tests.outcome('service_role', pg_temp.call(oid)) as outcome
    where not is_trigger and name <> 'schedule_reconcile' and outcome not in ('ok', '22023', '23502', '55000')
  $$,
  'The server may call every function but one, and nothing but nulls is answered or refused as a bad argument'
);
select is(
  (select tests.outcome('service_role', pg_temp.call(oid)) from functions where name = 'schedule_reconcile'), '42501',
  'The schedule is the owner''s of the database'
);
select is_empty(
  $$ select name from functions where is_trigger and has_function_privilege('service_role', oid, 'execute') $$,
  'Nobody makes a trigger of a trigger''s function'
);

-- The deployment's mode

select set_eq(
  $$ select name from functions where is_public and not has_livemode $$,
  array['clerk_user_id', 'stripe_customer_id', 'has_entitlement'],
  'Every function for the server is told the mode of its caller''s key'
);
select is_empty(
  $$
    select name, outcome
    from functions cross join lateral tests.outcome('service_role', pg_temp.call(oid, 'true')) as outcome
    where has_livemode and outcome <> '55000'
  $$,
  'It first refuses a key of the other mode'
);
select is_empty(
  $$
    select name, outcome
    from functions cross join lateral tests.outcome('service_role', pg_temp.call(oid, 'null')) as outcome
    where has_livemode and outcome <> '22023'
  $$,
  'It first refuses a key of no mode'
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

-- Later migrations

create function billing.newcomer() returns void language sql as '';
select is(has_function_privilege('anon', 'billing.newcomer()', 'execute'), false, 'A function that forgets its grants is nobody''s');

select * from finish();
rollback;
