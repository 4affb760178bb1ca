-- The role that functions on a server of their own log in with: DATABASE_URL. Run it once per cluster, and again at any
-- time, as an owner with the admin option on service_role, which `postgres` has on Supabase from PostgreSQL 16 on:
--
--   psql "$OWNER_URL" -f supabase/billing_server.sql -c '\password billing_server'
--
-- No migration, because roles belong to the cluster, and without the password, which no file should have. The role has no
-- rights: from its first statement on it is service_role, as the Data API is for the secret key.

do $$
begin
  create role billing_server with login noinherit;
exception when duplicate_object then
  null;
end
$$;

grant service_role to billing_server with inherit false, set true;
alter role billing_server set role = 'service_role';

-- The functions stop waiting after five seconds; these end what they no longer wait for.
alter role billing_server set statement_timeout = '8s';
alter role billing_server set lock_timeout = '8s';
alter role billing_server set idle_in_transaction_session_timeout = '10s';
