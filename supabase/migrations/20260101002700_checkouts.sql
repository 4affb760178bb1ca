-- Checkouts: what each owner may buy once is sold once, whatever tabs, crashes and late webhooks do.
--
-- stripe-checkout settles the owner's open sessions, lists the subscriptions at Stripe, creates a session and records it
-- here, where `attempt` is unchanged. Only then does a browser get the session's URL. No lease and no clock decides.

create table billing.checkouts (
  owner_id      text        primary key constraint owner_is_a_user_or_an_organization
                            check (owner_id like 'user\_%' or owner_id like 'org\_%'),
  attempt       bigint      not null default 0,
  handed_out_at timestamptz,
  sessions      jsonb       not null default '{}' constraint sessions_are_by_slot check (jsonb_typeof(sessions) = 'object'),
  trial_session text,
  trial_used_at timestamptz,
  closed_at     timestamptz,
  synced_at     timestamptz
);

comment on table billing.checkouts is 'What was handed out to each owner, a Clerk user or organization. A row is written by the owner''s first checkout, departure or sync.';
comment on column billing.checkouts.owner_id is 'The Clerk user or organization who pays. The row outlives the owner''s Stripe customer.';
comment on column billing.checkouts.attempt is 'Increases with every session that is handed out and with a departure: a call that began before one of them hands out nothing.';
comment on column billing.checkouts.handed_out_at is 'When the last session was handed out. Stripe expires a session after a day at the latest.';
comment on column billing.checkouts.sessions is 'The recorded session of each slot: the last one whose URL was handed out.';
comment on column billing.checkouts.trial_session is 'The last session that offered a trial.';
comment on column billing.checkouts.trial_used_at is 'When a subscription with a trial was first recorded; an owner has one trial.';
comment on column billing.checkouts.closed_at is 'When the owner was deleted at Clerk. A closed owner buys nothing.';
comment on column billing.checkouts.synced_at is 'When the last sync for the owner was claimed.';

-- For claim_duplicates.
create index checkouts_handed_out on billing.checkouts (handed_out_at);

revoke all on table billing.checkouts from public, anon, authenticated, service_role;
grant select, insert, update, delete on table billing.checkouts to service_role;

alter table billing.checkouts enable row level security;
