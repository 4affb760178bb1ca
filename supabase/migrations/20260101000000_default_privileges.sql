-- Default privileges: PUBLIC executes no function unless its migration grants it.
--
-- PostgreSQL grants EXECUTE on new functions to PUBLIC, and only a database-wide default can take that back. A hosted
-- project's other defaults depend on its age, so every migration also revokes everything and then grants what is meant.

alter default privileges revoke execute on functions from public;
