-- Grace, slots, syncs and what read_subscription answers; has_entitlement in policies of an application's own table.

begin;
select plan(53);

select tests.new_deployment();

-- An application's own table, whose rows belong to a user or an organization.

create table public.reports (title text, owner text);
insert into public.reports values ('Own', 'user_owner'), ('Acme', 'org_acme'), ('Other', 'user_stranger');
grant select on public.reports to authenticated;
alter table public.reports enable row level security;
create policy "Entitled owners may read their reports" on public.reports for select to authenticated
  using (owner in ((select clerk_user_id()), (select clerk_organization_id())) and (select has_entitlement('reports')));

insert into stripe_customer_mapping (clerk_user_id, stripe_customer_id) values ('user_owner', 'cus_owner'), ('user_stranger', 'cus_stranger');
insert into stripe_customer_mapping (clerk_organization_id, stripe_customer_id) values ('org_acme', 'cus_acme');

-- A subscription to a product, as Stripe lists it, whose current period began some days ago.
create function pg_temp.subscription(id text, customer text, product text, status text, days numeric, more jsonb default '{}') returns jsonb language sql as $$
  select jsonb_build_object(
    'id', id, 'object', 'subscription', 'customer', customer, 'status', status, 'created', 1000, 'currency', 'usd',
    'cancel_at_period_end', false, 'items', jsonb_build_object('data', jsonb_build_array(jsonb_build_object(
      'id', 'si_' || id, 'price', jsonb_build_object('id', 'price_' || product, 'product', product), 'quantity', 1,
      'current_period_start', floor(extract(epoch from now()) - days * 86400),
      'current_period_end', floor(extract(epoch from now()) + (30 - days) * 86400)
    )))
  ) || more
$$;
create function pg_temp.record(variadic objects jsonb[]) returns void language sql as $$
  select record_objects(draw_ticket('test_1'), to_jsonb(objects), 'test_1')
$$;
create function pg_temp.product(id text, metadata jsonb default '{}', active boolean default true) returns jsonb language sql as $$
  select jsonb_build_object('id', id, 'object', 'product', 'active', active, 'metadata', metadata)
$$;
create function pg_temp.entitled(customer text, variadic keys text[]) returns jsonb language sql as $$
  select jsonb_build_object('id', customer, 'object', 'entitlements.active_entitlement_summary', 'customer', customer, 'entitlements',
    jsonb_build_object('data', (select coalesce(jsonb_agg(jsonb_build_object('lookup_key', key)), '[]') from unnest(keys) as key)))
$$;
create function pg_temp.features(product text, variadic keys text[]) returns jsonb language sql as $$
  select jsonb_build_object('id', product, 'object', 'product_features', 'features', jsonb_build_object('data', (
    select jsonb_agg(jsonb_build_object('entitlement_feature', jsonb_build_object('lookup_key', key))) from unnest(keys) as key)))
$$;
-- What a user, a member and another user may read of the application's table.
create function pg_temp.readable() returns text language plpgsql as $$
declare
  titles text;
begin
  perform tests.sign_in('user_owner');
  titles := (select coalesce(string_agg(title, ','), '-') from public.reports);
  perform tests.sign_in_to('org_acme', 'member', 'user_member');
  titles := titles || ' ' || (select coalesce(string_agg(title, ','), '-') from public.reports);
  perform tests.sign_in('user_stranger');
  titles := titles || ' ' || (select coalesce(string_agg(title, ','), '-') from public.reports);
  perform tests.be_the_owner_of_the_database();
  return titles;
end
$$;
create function pg_temp.answer(owner text, grace_days integer default 14, effective_features boolean default false) returns jsonb language sql as $$
  select read_subscription(owner, 'customer', grace_days, effective_features, 'test_1')::jsonb
$$;

-- Archived: a subscriber of a product that is no longer sold has its grace all the same.
select pg_temp.record(
  pg_temp.product('prod_1', '{}', false), pg_temp.product('prod_2', '{"group": "storage"}'), pg_temp.features('prod_1', 'reports', 'exports')
);

-- No subscription, an active one

select is(pg_temp.readable(), '- - -', 'Without a subscription no policy allows anything');
select pg_temp.record(pg_temp.subscription('sub_1', 'cus_owner', 'prod_1', 'active', 3), pg_temp.entitled('cus_owner', 'reports'));
select pg_temp.record(pg_temp.subscription('sub_2', 'cus_acme', 'prod_1', 'active', 3), pg_temp.entitled('cus_acme', 'reports'));
select is(pg_temp.readable(), 'Own Acme -', 'An entitlement allows its user, and the members of its organization');

-- Grace, whether or not Stripe keeps its set

create function pg_temp.be_past_due(days numeric, variadic keys text[]) returns void language sql as $$
  select pg_temp.record(
    pg_temp.subscription('sub_1', 'cus_owner', 'prod_1', 'past_due', days), pg_temp.entitled('cus_owner', variadic keys),
    pg_temp.subscription('sub_2', 'cus_acme', 'prod_1', 'past_due', days), pg_temp.entitled('cus_acme', variadic keys)
  )
$$;
select pg_temp.be_past_due(13.99, variadic array[]::text[]);
select is(pg_temp.readable(), 'Own Acme -', 'Within grace a past_due subscription keeps what Stripe no longer lists');
select is(pg_temp.answer('user_owner') -> 'entitlements', '["exports", "reports"]', 'They are the features of its product');
select is(pg_temp.answer('user_owner') -> 'access', 'true', 'The answer says the same');
select pg_temp.be_past_due(14.01, variadic array[]::text[]);
select is(pg_temp.readable(), '- - -', 'After grace a past_due subscription grants nothing');
select is(pg_temp.answer('user_owner') -> 'access', 'false', 'The answer says so too');
select pg_temp.be_past_due(14.01, 'reports', 'other');
select is(pg_temp.readable(), '- - -', 'After grace also what Stripe still lists is lost');
select is(pg_temp.answer('user_owner') -> 'entitlements', '["other"]', 'An entitlement of no past_due product is Stripe''s to decide');
select pg_temp.record(pg_temp.subscription('sub_3', 'cus_owner', 'prod_1', 'active', 3));
select is(pg_temp.readable(), 'Own - -', 'What another subscription grants too is kept');
select pg_temp.record(pg_temp.subscription('sub_3', 'cus_owner', 'prod_1', 'paused', 3));
select is(pg_temp.readable(), 'Own - -', 'A paused subscription keeps what Stripe lists');
select pg_temp.record('{"id": "sub_3", "object": "subscription", "deleted": true}');

-- The policy: the operator's, before it the product's

select pg_temp.answer('user_owner', 20);
select is((select grace_days from stripe_access_policy), 20, 'An answer stores the operator''s policy');
select is(pg_temp.readable(), 'Own Acme -', 'Policies follow the operator''s policy');
select claim_reconcile('test_1', 0);
select is((select grace_days from stripe_access_policy), 0, 'A reconcile run stores the operator''s policy');
select is(pg_temp.readable(), '- - -', 'A grace of 0 is none');
select claim_reconcile('test_1');
select is((select grace_days from stripe_access_policy), 0, 'A call without the policy leaves it');
select pg_temp.record(pg_temp.product('prod_1', '{"grace_days": "30"}', false));
select is(pg_temp.readable(), 'Own Acme -', 'The product''s metadata goes before it');
create function pg_temp.grace_days_of(value text) returns integer language plpgsql as $$
begin
  perform pg_temp.record(pg_temp.product('prod_1', jsonb_build_object('grace_days', value), false));
  return (select grace_days from public.stripe_products where id = 'prod_1');
end
$$;
select is_empty(
  $$ select value from unnest(array['-1', '366', '1.5', '007', '1 ', 'a', '']) as value where pg_temp.grace_days_of(value) is not null $$,
  'A bad value in the metadata is ignored'
);
select pg_temp.record(pg_temp.product('prod_1', '{"grace_days": "365"}', false));
select is((select grace_days from stripe_products where id = 'prod_1'), 365, 'A year is the most');
truncate stripe_access_policy;
select pg_temp.record(pg_temp.product('prod_1', '{}', false));
select pg_temp.be_past_due(13.9, variadic array[]::text[]);
select is(pg_temp.readable(), 'Own Acme -', 'Without a stored policy grace is 14 days');

-- Features that were attached to a product after a subscription began

select pg_temp.record(
  pg_temp.subscription('sub_1', 'cus_owner', 'prod_1', 'active', 3), pg_temp.entitled('cus_owner', 'exports'),
  pg_temp.subscription('sub_2', 'cus_acme', 'prod_1', 'active', 3), pg_temp.entitled('cus_acme', 'exports')
);
select is(pg_temp.readable(), '- - -', 'Without the policy a subscriber has what Stripe lists');
select is(pg_temp.answer('user_owner', 14, true) -> 'entitlements', '["exports", "reports"]', 'With it they have every feature of their product, once');
select is(pg_temp.readable(), 'Own Acme -', 'Policies say the same');
select pg_temp.record(pg_temp.subscription('sub_1', 'cus_owner', 'prod_1', 'unpaid', 3), pg_temp.subscription('sub_2', 'cus_acme', 'prod_1', 'canceled', 3));
select is(pg_temp.readable(), '- - -', 'A subscription that gives no access grants none of them');
select pg_temp.answer('user_owner');
select is((select effective_features from stripe_access_policy), false, 'The policy can be taken back');
select is(tests.outcome('owner', 'update stripe_access_policy set grace_days = 365 where true'), '42501', 'A user may not change the policy');

-- What the owner may read

select tests.sign_in('user_owner');
select results_eq('select id from stripe_products order by id', array['prod_1', 'prod_2'], 'A subscriber reads an archived product of their subscription');
select tests.sign_in('user_stranger');
select results_eq('select id from stripe_products', array['prod_2'], 'Another user does not');
select is_empty('select * from stripe_subscription_access', 'Another user reads no access of the subscription');
select is_empty('select * from stripe_effective_entitlements', 'Another user reads no entitlement of the owner');
select tests.be_the_server();

-- Slots

select is(billing.slot_of('prod_1', true, 'customer'), 'plan:default', 'A plan has the one slot of its customer');
select is(billing.slot_of('prod_1', true, 'product'), 'plan:prod_1', 'A plan has the slot of its product, if the operator says so');
select is(billing.slot_of('prod_2', true, 'customer'), 'plan:storage', 'A group is a slot');
select is(billing.slot_of('prod_2', true, 'product'), 'plan:storage', 'A group is a slot in both');
select is(billing.slot_of('prod_unknown', true, 'customer'), 'plan:default', 'A product that is not mirrored occupies the slot of its customer');
select is(billing.slot_of('prod_1', false, 'customer'), 'many:prod_1', 'What is bought once can be bought again');
select pg_temp.record(pg_temp.product('prod_2', '{"purchase": "once"}'));
select is(billing.slot_of('prod_2', false, 'customer'), 'once:prod_2', 'unless its product says otherwise');

-- Status: the first that fits

create function pg_temp.status_of(variadic statuses text[]) returns text language plpgsql as $$
begin
  delete from public.stripe_subscriptions where customer = 'cus_stranger';
  perform pg_temp.record(variadic array(
    select pg_temp.subscription('sub_of_' || status, 'cus_stranger', 'prod_1', status, 3) from unnest(statuses) as status
  ));
  return pg_temp.answer('user_stranger') ->> 'status';
end
$$;
select is(pg_temp.status_of('canceled', 'incomplete', 'paused', 'unpaid', 'past_due', 'trialing', 'active'), 'active', 'active is first');
select is(pg_temp.status_of('canceled', 'incomplete', 'paused', 'unpaid', 'past_due', 'trialing'), 'trialing', 'trialing is second');
select is(pg_temp.status_of('canceled', 'incomplete', 'paused', 'unpaid', 'past_due'), 'past_due', 'past_due is third');
select is(pg_temp.status_of('canceled', 'incomplete', 'paused', 'unpaid'), 'unpaid', 'unpaid is fourth');
select is(pg_temp.status_of('canceled', 'incomplete', 'paused'), 'paused', 'paused is fifth');
select is(pg_temp.status_of('canceled', 'incomplete'), 'incomplete', 'incomplete is sixth');
select is(pg_temp.status_of('canceled', 'incomplete_expired'), 'canceled', 'canceled is last');
select is(pg_temp.status_of('incomplete_expired'), 'none', 'A subscription that was never paid is none');

-- A change that is not in effect yet

select pg_temp.record(pg_temp.subscription('sub_1', 'cus_owner', 'prod_1', 'active', 3,
  '{"pending_update": {"expires_at": 5000, "subscription_items": [{"price": {"id": "price_2"}, "quantity": 3}]}, "cancel_at_period_end": true}'));
select is(
  pg_temp.answer('user_owner') #> '{subscriptions,0,pending_change}',
  '{"reason": "payment", "expires_at": 5000, "items": [{"price": "price_2", "quantity": 3}]}', 'A change that waits for its payment is shown'
);
select is(pg_temp.answer('user_owner') -> 'attention', '[{"subscription": "sub_1", "reason": "action_required", "pay_url": null}]', 'and needs attention');
select is(
  pg_temp.answer('user_owner') #> '{subscriptions,0,will_cancel_at}', pg_temp.answer('user_owner') #> '{subscriptions,0,current_period_end}',
  'A subscription that ends with its period ends then'
);

-- A sync, at most once in three seconds

select is((select ticket is not null and customer_id = 'cus_owner' from claim_sync('user_owner', 'test_1')), true, 'The first claim is granted');
update billing.checkouts set synced_at = now() - interval '2.9 seconds' where owner_id = 'user_owner';
select is((select ticket from claim_sync('user_owner', 'test_1')), null, 'Another within three seconds is not');
update billing.checkouts set synced_at = now() - interval '3 seconds' where owner_id = 'user_owner';
select is((select ticket is not null from claim_sync('user_owner', 'test_1')), true, 'One after three seconds is');

select record_objects(draw_ticket('test_1'), (
  select jsonb_agg(jsonb_build_object(
    'id', 'cs_' || given.name, 'object', 'checkout.session', 'mode', 'payment', 'status', 'complete', 'payment_status', given.paid,
    'payment_intent', given.payment,
    'metadata', jsonb_build_object('owner', 'user_owner', 'deployment_id', (select id from billing.deployment)),
    'lines', '{"data": []}'::jsonb
  ))
  from (values ('paid', 'paid', 'pi_paid'), ('free', 'no_payment_required', null), ('unpaid', 'unpaid', 'pi_open'), ('unknown', 'paid', 'pi_unknown'))
    as given (name, paid, payment)
), 'test_1');
select record_objects(draw_ticket('test_1'), (
  select jsonb_agg(jsonb_build_object(
    'id', given.id, 'object', 'payment_intent', 'status', given.status, 'amount_received', 900, 'customer', 'cus_owner',
    'metadata', jsonb_build_object('owner', 'user_owner', 'deployment_id', (select id from billing.deployment))
  ))
  from (values ('pi_paid', 'succeeded'), ('pi_open', 'processing')) as given (id, status)
), 'test_1');
create function pg_temp.known(owner_id text) returns jsonb language sql as $$
  select jsonb_object_agg(name, (claim_sync(owner_id, 'test_1', 'cs_' || name)).payment_status)
  from unnest(array['paid', 'free', 'unpaid', 'unknown', 'none']) as name
$$;
select is(
  pg_temp.known('user_owner'), '{"paid": "paid", "free": "no_payment_required", "unpaid": null, "unknown": null, "none": null}',
  'A session whose payment is mirrored as decided need not be fetched'
);
select is(jsonb_strip_nulls(pg_temp.known('user_stranger')), '{}', 'Of another owner''s session nothing is answered');

select * from finish();
rollback;
