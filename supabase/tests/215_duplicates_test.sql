-- Duplicates: the view, and what the reconcile claims and records.
begin;
select plan(15);

select public.confirm_account('acct_1', 'test_1');

insert into public.stripe_customer_mapping (clerk_user_id, stripe_customer_id) values ('user_two', 'cus_two'), ('user_one', 'cus_one');
select public.record_objects(public.draw_ticket('test_1'), (
  select jsonb_agg(jsonb_build_object(
    'id', 'sub_' || given.name, 'object', 'subscription', 'customer', 'cus_' || given.customer, 'status', given.status,
    'created', given.created, 'items', jsonb_build_object('data', jsonb_build_array(
      jsonb_build_object('id', 'si_' || given.name, 'price', jsonb_build_object('id', 'price_1', 'product', given.product))
    ))
  ))
  from (values
    ('new', 'two', 'active', 2, 'prod_a'), ('old', 'two', 'past_due', 1, 'prod_b'), ('ended', 'two', 'canceled', 0, 'prod_a'),
    ('unpaid', 'two', 'incomplete', 0, 'prod_a'), ('only', 'one', 'active', 1, 'prod_a'), ('begun', 'one', 'incomplete', 1, 'prod_a')
  ) as given (name, customer, status, created, product)
), 'test_1');

select results_eq(
  'select slot_by, owner_id, slot, subscriptions from billing.duplicate_subscriptions',
  $$ values ('customer', 'user_two', 'plan:default', '{sub_old,sub_new}'::text[]) $$,
  'Two live subscriptions in one slot are duplicates, the oldest first'
);
select is(claim_duplicates('product', 'test_1') ->> 'slots', '[]', 'A slot of each product has none of them');
select is(
  (claim_duplicates('customer', 'test_1') -> 'slots')::jsonb,
  '[{"owner_id": "user_two", "customer": "cus_two", "slot": "plan:default", "unfinished": []}]',
  'A slot with two is claimed'
);
select is(claim_duplicates('customer', 'test_1') ->> 'slots', '[]', 'It is not claimed again at once');

create function pg_temp.claim() returns jsonb language sql as $$
  update billing.owner_checks set mended_at = mended_at - interval '11 minutes' where true;
  select (claim_duplicates('customer', 'test_1') #> '{slots,0,unfinished}')::jsonb;
$$;
select enter_duplicates('{sub_new}', 'sub_old', 'user_two', 'plan:default', false, 'test_1');
select is(pg_temp.claim(), '["sub_new"]', 'Ten minutes later it is, with what is not finished');
select finish_duplicate('sub_new', 'canceled', 'test_1');
select results_eq(
  $$ select canceled_at is not null, refunded_at is null, outcome from billing.duplicates $$,
  $$ values (true, true, null::text) $$,
  'One that is canceled is not finished'
);
select enter_duplicates('{sub_new}', 'sub_old', 'user_two', 'plan:default', true, 'test_1');
select is((select outcome from billing.duplicates), null, 'What was begun is not flagged by a later call');
select finish_duplicate('sub_new', 'mended', 'test_1');
select finish_duplicate('sub_new', 'dropped', 'test_1');
select is((select outcome from billing.duplicates), 'mended', 'What is finished does not change');
update billing.duplicates set outcome = 'flagged' where true;
select is(pg_temp.claim(), null, 'A flagged one is not claimed');
select throws_ok($$ select finish_duplicate('sub_new', 'else', 'test_1') $$, '22023', null, 'An unknown step is refused');
select throws_ok($$ select claim_duplicates(null, 'test_1') $$, '22023', null, 'A claim without the setting is refused');

-- Payment pages of slots that were taken in another way

create function pg_temp.obsolete() returns jsonb language sql as $$
  select (claim_duplicates('customer', 'test_1') -> 'sessions')::jsonb;
$$;
insert into billing.checkouts (owner_id, handed_out_at, sessions)
values ('user_one', now(), '{"plan:default": "cs_1", "plan:addon": "cs_2", "once:prod_a": "cs_3"}');
select is(
  pg_temp.obsolete(), '[{"owner_id": "user_one", "slot": "plan:default", "session": "cs_1"}]',
  'The session of a slot that an operator has taken is obsolete, those of other slots are not'
);
update public.stripe_subscriptions
set data = data || jsonb_build_object('metadata', jsonb_build_object(
  'slot', 'plan:default', 'checkout', 'c', 'deployment_id', (select id from billing.deployment)
))
where id = 'sub_only';
select is(pg_temp.obsolete(), '[]', 'It is not if this deployment''s checkout sold the slot');
update public.stripe_subscriptions set data = jsonb_set(data, '{metadata,slot}', '"plan:addon"') where id = 'sub_only';
select forget_session('user_one', 'plan:default', 'cs_other', 'test_1');
select is(jsonb_array_length(pg_temp.obsolete()), 1, 'It is if the portal has moved another slot''s subscription here');
select forget_session('user_one', 'plan:default', 'cs_1', 'test_1');
select is(pg_temp.obsolete(), '[]', 'Once it is expired it is forgotten');

select * from finish();
rollback;
