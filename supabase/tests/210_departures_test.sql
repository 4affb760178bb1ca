-- Departures: closing, the two views, and what the reconcile claims.
begin;
select plan(17);

select public.confirm_account('acct_1', 'test_1');

insert into public.stripe_customer_mapping (clerk_user_id, stripe_customer_id) values
  ('user_gone', 'cus_gone'), ('user_here', 'cus_here'), ('user_free', 'cus_free');
insert into public.stripe_customer_mapping (clerk_organization_id, stripe_customer_id) values ('org_here', 'cus_org');
select public.record_objects(public.draw_ticket('test_1'), jsonb_agg(jsonb_build_object(
  'id', 'sub_' || name, 'object', 'subscription', 'customer', 'cus_' || name, 'status', 'active',
  'cancel_at_period_end', false, 'created', 1
)), 'test_1')
from unnest('{gone,here,org}'::text[]) as name;

-- Closing.
select public.close_checkouts('user_gone', 'test_1');
select results_eq(
  $$ select attempt, closed_at = now() from billing.checkouts where owner_id = 'user_gone' $$,
  $$ values (1::bigint, true) $$,
  'A departure closes an owner without a checkout'
);
insert into billing.checkouts (owner_id, attempt) values ('user_here', 7);
select public.close_checkouts('user_here', 'test_1');
select is((select attempt from billing.checkouts where owner_id = 'user_here'), 8::bigint, 'A departure makes a call under way hand out nothing');
select public.close_checkouts('user_here', 'test_1');
select is((select attempt from billing.checkouts where owner_id = 'user_here'), 8::bigint, 'A repeated departure changes nothing');
select throws_ok($$ select public.close_checkouts('cus_1', 'test_1') $$, '22023', null, 'Only an owner can be closed');
update billing.checkouts set closed_at = null where owner_id = 'user_here';

-- What is known of an owner.
select is(public.find_clerk_owner('user_none', 'test_1'), row(null, false, '{}')::public.clerk_owner, 'An owner without anything');
select tests.claim_event('msg_1', 'user.updated', 1, 'clerk.user', 'user_gone', 'test_1', null, 'ins_1');
select is(public.find_clerk_owner('user_gone', 'test_1'), row('cus_gone', true, '{}')::public.clerk_owner, 'An update is no deletion');
select tests.claim_event('msg_2', 'user.deleted', 1, 'clerk.user', 'user_gone', 'test_1', null, 'ins_1');
select is((public.find_clerk_owner('user_gone', 'test_1')).deletions, '{ins_1}', 'A signed deletion counts while it is not finished');
select throws_ok(
  $$ select public.finish_sync(public.draw_ticket('test_1'), 'subscription', 'sub_gone', 'test_1') $$, '22023', null,
  'Events of a mirrored kind are not finished without its object'
);
select public.finish_sync((select ticket from billing.webhook_events where id = 'msg_2'), 'clerk.user', 'user_gone', 'test_1');
select results_eq(
  $$ select id, outcome from billing.webhook_events order by id $$,
  $$ values ('msg_1', 'covered'), ('msg_2', 'processed') $$,
  'A sync finishes the events of its owner up to its ticket'
);
select is((public.find_clerk_owner('user_gone', 'test_1')).deletions, '{}', 'A finished deletion does not count again');

-- Closed owners that are billed.
select is(public.claim_departures('test_1'), '{}', 'A departure that has just begun is not repeated');
update billing.checkouts set closed_at = now() - interval '3 minutes' where owner_id = 'user_gone';
select is(public.claim_departures('test_1'), '{user_gone}', 'A closed owner with a live subscription departs again');
select is(public.claim_departures('test_1'), '{}', 'At most once in ten minutes');

-- Payers.
select is(public.claim_stale_payers('test_1'), '{org_here}', 'One batch has one kind; closed owners and those without a subscription are left out');
select public.record_payers('{org_here}', '{}', 'test_1');
select is(public.claim_stale_payers('test_1'), '{user_here}', 'Those who were asked for today are not asked for again');
select public.record_payers('{user_here}', '{user_here}', 'test_1');
select results_eq(
  $$ select owner_id, subscriptions from billing.orphaned_payers $$, $$ values ('user_here', '{sub_here}'::text[]) $$,
  'A payer that Clerk does not have is an orphan'
);
select public.record_payers('{user_here}', '{}', 'test_1');
select is_empty($$ select from billing.orphaned_payers $$, 'A payer that Clerk has again is none');

select * from finish();
rollback;
