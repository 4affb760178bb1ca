-- Once a database, after database.sql: what newer hosted projects no longer grant. Left are the rights to truncate,
-- reference and set triggers, and everybody's right to execute new functions.

alter default privileges for role postgres in schema public
  revoke select, insert, update, delete on tables from anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  revoke usage, select on sequences from anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  revoke execute on functions from anon, authenticated, service_role;
