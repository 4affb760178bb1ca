-- The mirror of Stripe's Checkout sessions: the complete ones of one-time purchases of this deployment only.
--
-- The owner is in the metadata, which only this deployment's key writes. It is never client_reference_id, which a visitor
-- of a Payment Link chooses.

create table public.stripe_checkout_sessions (
  like billing.mirrored_row including all,
  owner_id       text   generated always as (data #>> '{metadata,owner}') stored,
  customer       text   generated always as (data ->> 'customer') stored,
  payment_status text   generated always as (data ->> 'payment_status') stored,
  payment_intent text   generated always as (data ->> 'payment_intent') stored
);

comment on table public.stripe_checkout_sessions is
  'Complete Checkout sessions of one-time purchases. Users read their own and those of their active organization; record_objects writes.';
comment on column public.stripe_checkout_sessions.data is
  'Of the object as Stripe returned it: amounts, status, metadata and all line items, without personal details.';
comment on column public.stripe_checkout_sessions.owner_id is 'The Clerk user or organization in the metadata that this deployment wrote.';
comment on column public.stripe_checkout_sessions.customer is 'The id of the customer who paid, who may have been deleted since.';
comment on column public.stripe_checkout_sessions.payment_status is 'paid, unpaid or no_payment_required, when the session was last fetched.';
comment on column public.stripe_checkout_sessions.payment_intent is 'The id of its payment; null if none was required.';

create index stripe_checkout_sessions_of_an_owner on public.stripe_checkout_sessions (owner_id, created desc, id desc);
-- For billing.list_featured_products.
create index stripe_checkout_sessions_by_product on public.stripe_checkout_sessions ((data #>> '{lines,data,0,price,product}'));

select billing.add_mirror('public.stripe_checkout_sessions', 'checkout.session',
  $$object ->> 'mode' = 'payment' and object ->> 'status' = 'complete'
    and object #>> '{metadata,deployment_id}' = (select deployment.id::text from billing.deployment as deployment)$$);

create policy "Users may read their own purchases"
  on public.stripe_checkout_sessions for select to authenticated
  using (owner_id = (select public.clerk_user_id()));

create policy "Members may read the purchases of their active organization"
  on public.stripe_checkout_sessions for select to authenticated
  using (owner_id = (select public.clerk_organization_id()));


create view public.stripe_purchases with (security_invoker = true) as
select
  session.id                            as session,
  session.owner_id                      as owner_id,
  session.customer                      as customer,
  line #>> '{price,product}'            as product,
  line #>> '{price,id}'                 as price,
  (line ->> 'quantity')::bigint         as quantity,
  session.created                       as created,
  case
    when session.payment_intent is null then case session.payment_status when 'unpaid' then 'processing' else 'paid' end
    when payment.status = 'succeeded' then case
      when payment.amount_refunded >= payment.amount_received then 'refunded'
      when payment.dispute_status in ('needs_response', 'under_review', 'lost') then 'disputed'
      else 'paid'
    end
    when payment.status in ('canceled', 'requires_payment_method') then 'failed'
    else 'processing'
  end                                   as status
from public.stripe_checkout_sessions as session
left join public.stripe_payment_intents as payment on payment.id = session.payment_intent
cross join jsonb_array_elements(session.data #> '{lines,data}') as line;

comment on view public.stripe_purchases is
  'What was bought once, one row a line of a Checkout session. Users read their own and those of their active organization.';
comment on column public.stripe_purchases.session is 'The id of the Checkout session.';
comment on column public.stripe_purchases.owner_id is 'The Clerk user or organization that bought it.';
comment on column public.stripe_purchases.customer is 'The id of the customer who paid, who may have been deleted since.';
comment on column public.stripe_purchases.product is 'The id of the product.';
comment on column public.stripe_purchases.price is 'The id of the price.';
comment on column public.stripe_purchases.quantity is 'The quantity.';
comment on column public.stripe_purchases.created is 'When the session was created, in Unix seconds.';
comment on column public.stripe_purchases.status is
  'paid: it entitles, also if it was free or was refunded in part. processing: the payment is not decided, or not mirrored yet. failed, refunded (as a whole) or disputed (open or lost): it does not entitle.';

revoke all on table public.stripe_purchases from public, anon, authenticated, service_role;
grant select on table public.stripe_purchases to authenticated, service_role;
