-- Run after the migrations, as the owner: where service_role cannot have BYPASSRLS, policies let it do what it is granted.
-- Safe to repeat.

do $$
declare
  protected regclass;
begin
  if (select known.rolbypassrls from pg_catalog.pg_roles as known where known.rolname = 'service_role') then
    return;
  end if;
  for protected in
    select found.oid
    from pg_catalog.pg_class as found
    where found.relkind = 'r'
      and found.relrowsecurity
      and (
        found.relnamespace = 'billing'::regnamespace
        or found.relnamespace = 'public'::regnamespace and found.relname like 'stripe\_%'
      )
      and not exists (
        select from pg_catalog.pg_policy as known
        where known.polrelid = found.oid and known.polname = 'The server is not restricted'
      )
  loop
    execute format('create policy "The server is not restricted" on %s to service_role using (true) with check (true)', protected);
  end loop;
end
$$;
