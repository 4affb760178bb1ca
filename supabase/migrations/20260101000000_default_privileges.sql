-- Default privileges: PUBLIC may execute no function of ours unless its migration says so.
--
-- PostgreSQL lets everybody execute a new function, and takes that back for all schemas at once or not at all. What a
-- hosted project grants by default beyond that differs with its age, so every migration also revokes all and then
-- grants what is meant.

alter default privileges revoke execute on functions from public;
