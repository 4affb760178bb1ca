-- Run once per cluster, as its superuser supabase_admin, after scripts/lib/sql/roles.sql: the other roles and the rights of
-- a hosted project. https://supabase.com/docs/guides/database/postgres/roles

create role postgres login createrole createdb replication bypassrls password 'postgres';
create role authenticator login noinherit password 'authenticator';

grant anon, authenticated, service_role to authenticator;
grant anon, authenticated, service_role to postgres with admin option;
grant authenticator, pg_monitor, pg_read_all_data, pg_signal_backend to postgres;

-- Differs from the platform: the local Data API reads information_schema, which shows a role only what it may access.
grant pg_read_all_data to authenticator with inherit true;

alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';
alter role postgres set search_path = "$user", public, extensions;
