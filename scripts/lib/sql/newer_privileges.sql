-- Run once per database, after database.sql: revokes what newer hosted projects no longer grant. TRUNCATE, REFERENCES
-- and TRIGGER on new tables remain granted, and PUBLIC still may execute new functions.

alter default privileges for role postgres in schema public
  revoke select, insert, update, delete on tables from anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  revoke usage, select on sequences from anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  revoke execute on functions from anon, authenticated, service_role;
