-- The caller: the Clerk user and the active organization of the token that the Data API has verified.
--
-- The Data API puts the token's claims into `request.jwt.claims`. Clerk's ids are text, so nothing here depends on
-- `auth.users` or `auth.uid()`, and every migration of this folder runs on plain PostgreSQL too.
-- https://clerk.com/docs/guides/sessions/session-tokens
--
-- Whatever many queries or triggers call is in PL/pgSQL, which is planned once a connection. PostgreSQL 17 plans a function
-- in SQL once a query, if it has settings of its own and so cannot be inlined; a policy then costs twice as much.

create function public.clerk_user_id()
  returns text
  language plpgsql stable set search_path = ''
as $$
begin
  -- An unset setting is an empty string after a reset, and ''::jsonb raises.
  return (
    select token.claims ->> 'sub'
    from (select nullif(current_setting('request.jwt.claims', true), '')::jsonb as claims) as token
    where token.claims ->> 'sub' like 'user\_%'
      and token.claims ->> 'sts' is distinct from 'pending'
  );
end
$$;

comment on function public.clerk_user_id is
  'The signed-in Clerk user, for policies: owner = (select clerk_user_id()). Null without a token, for a session with pending tasks and for a token of anything but a Clerk user.';


create function public.clerk_organization_id()
  returns text
  language plpgsql stable set search_path = ''
as $$
begin
  return (
    select organization.id
    from (select nullif(current_setting('request.jwt.claims', true), '')::jsonb as claims) as token
    cross join lateral (
      -- Version 2 of Clerk's session token has `o`, version 1 has `org_id`. A malformed `o` yields null.
      select case when token.claims ? 'o' then token.claims -> 'o' ->> 'id' else token.claims ->> 'org_id' end as id
    ) as organization
    where organization.id like 'org\_%' and public.clerk_user_id() is not null
  );
end
$$;

comment on function public.clerk_organization_id is
  'The active Clerk organization of the signed-in user, for policies: organization = (select clerk_organization_id()). Null without one, and whenever clerk_user_id is null.';


create function public.clerk_organization_role()
  returns text
  language plpgsql stable set search_path = ''
as $$
begin
  -- Version 2 writes the role without the prefix `org:`, version 1 with it.
  return (
    select regexp_replace(
      case when token.claims ? 'o' then token.claims -> 'o' ->> 'rol' else token.claims ->> 'org_role' end, '^org:', ''
    )
    from (select nullif(current_setting('request.jwt.claims', true), '')::jsonb as claims) as token
    where public.clerk_organization_id() is not null
  );
end
$$;

comment on function public.clerk_organization_role is
  'The role of the signed-in user in the active organization, without the prefix "org:", such as admin or member. Null without an active organization.';


revoke all on function public.clerk_user_id, public.clerk_organization_id, public.clerk_organization_role
  from public, anon, authenticated;
grant execute on function public.clerk_user_id, public.clerk_organization_id, public.clerk_organization_role
  to anon, authenticated, service_role;
