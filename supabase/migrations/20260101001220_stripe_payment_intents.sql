-- The mirror of Stripe's payment intents, of one-time purchases of this deployment only.
--
-- What is kept says whether a payment was received, refunded or disputed; card and billing details are not recorded.

create table public.stripe_payment_intents (
  like billing.mirrored_row including all,
  owner_id        text   generated always as (data #>> '{metadata,owner}') stored,
  status          text   generated always as (data ->> 'status') stored,
  amount_received bigint generated always as ((data ->> 'amount_received')::bigint) stored,
  amount_refunded bigint generated always as (coalesce((data #>> '{latest_charge,amount_refunded}')::bigint, 0)) stored,
  -- One that takes the money away comes first, if there are several.
  dispute_status  text   generated always as (coalesce(
    jsonb_path_query_first(
      data, '$.disputes.data[*].status ? (@ == "lost" || @ == "needs_response" || @ == "under_review")'
    ) #>> '{}',
    data #>> '{disputes,data,0,status}'
  )) stored
);

comment on table public.stripe_payment_intents is
  'Payments of one-time purchases. Users read their own and those of their active organization; record_objects writes.';
comment on column public.stripe_payment_intents.data is
  'Of the object as Stripe returned it: amounts, status, metadata, refunds and disputes.';
comment on column public.stripe_payment_intents.owner_id is 'The Clerk user or organization in the metadata that this deployment wrote.';
comment on column public.stripe_payment_intents.status is 'As at Stripe: succeeded, processing, requires_payment_method, canceled and others.';
comment on column public.stripe_payment_intents.amount_received is 'In the smallest currency unit.';
comment on column public.stripe_payment_intents.amount_refunded is 'In the smallest currency unit; a refund that failed does not count.';
comment on column public.stripe_payment_intents.dispute_status is
  'Of its dispute, as at Stripe; of several, of one that is lost or open. Null without a dispute.';

create index stripe_payment_intents_of_an_owner on public.stripe_payment_intents (owner_id);

select billing.add_mirror('public.stripe_payment_intents', 'payment_intent',
  $$object #>> '{metadata,deployment_id}' = (select deployment.id::text from billing.deployment as deployment)$$);

create policy "Users may read their own payments"
  on public.stripe_payment_intents for select to authenticated
  using (owner_id = (select public.clerk_user_id()));

create policy "Members may read the payments of their active organization"
  on public.stripe_payment_intents for select to authenticated
  using (owner_id = (select public.clerk_organization_id()));
