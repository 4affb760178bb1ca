-- Run once per database, as supabase_admin: what the database of a hosted project has before the first migration.

create schema extensions authorization postgres;
grant usage on schema public, extensions to anon, authenticated, service_role;

-- What a hosted project grants on every object that a migration creates, unless the migration revokes it.
alter default privileges for role postgres in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges for role postgres in schema public grant all on functions to anon, authenticated, service_role;
alter default privileges for role postgres in schema public grant all on sequences to anon, authenticated, service_role;
