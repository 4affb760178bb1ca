-- Run before the migrations, as a role that may create roles: the roles that they grant to, which hosted projects have.
-- Safe to repeat. https://supabase.com/docs/guides/database/postgres/roles

do $$
declare
  wanted text;
begin
  foreach wanted in array array['anon', 'authenticated', 'service_role'] loop
    if not exists (select from pg_catalog.pg_roles as known where known.rolname = wanted) then
      execute format('create role %I nologin', wanted);
    end if;
  end loop;

  if not (select known.rolbypassrls from pg_catalog.pg_roles as known where known.rolname = 'service_role') then
    begin
      alter role service_role bypassrls;
    exception when insufficient_privilege then
      -- A managed PostgreSQL may keep this for itself: server_policies.sql permits the same by policies.
      raise notice 'service_role gets policies, because % may not grant BYPASSRLS', current_user;
    end;
  end if;
end
$$;
