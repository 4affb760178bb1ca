-- Own objects: what the endpoints of the portal, of subscriptions and of invoices show or change.
--
-- The mirror decides whose a subscription or an invoice is, because a customer keeps what is billed to it. An id that the
-- mirror does not know is answered as one of another customer, so guessing ids costs no read at Stripe.

create type public.own_object as (
  customer_id text,
  ticket      bigint,
  data        jsonb,
  is_fresh    boolean
);

comment on type public.own_object is 'An object of an owner''s customer, and the ticket for its next fetch.';
comment on column public.own_object.customer_id is 'The owner''s customer; null if there is none.';
comment on column public.own_object.ticket is 'For the fetch; null unless the object is the customer''s.';
comment on column public.own_object.data is 'The object as it was last fetched, an invoice without its lines; null unless it is the customer''s.';
comment on column public.own_object.is_fresh is 'Whether it was fetched within the last three seconds.';


create function public.find_own_object(owner_id text, object text, object_id text, stripe_key text)
  returns public.own_object
  language plpgsql set search_path = ''
as $$
declare
  own public.own_object;
begin
  perform billing.require_deployment(stripe_key);
  perform billing.require_owner(owner_id);

  select mapping.stripe_customer_id into own.customer_id
  from public.stripe_customer_mapping as mapping
  where mapping.owner_id = find_own_object.owner_id;

  select known.data - 'lines', known.fetched_at > now() - interval '3 seconds', billing.draw_ticket()
  into own.data, own.is_fresh, own.ticket
  from billing.mirror as known
  where known.object = find_own_object.object
    and known.id = find_own_object.object_id
    and known.data ->> 'customer' = own.customer_id;
  return own;
end
$$;

comment on function public.find_own_object is
  'The object, if the mirror says that it is billed to the owner''s customer, and a ticket to fetch it under.';


create function public.list_invoices(
  owner_id       text,
  stripe_key     text,
  page_size      integer default 20,
  starting_after text    default null
)
  returns json
  language plpgsql set search_path = ''
as $$
declare
  own_customer text;
  before_created bigint := 9223372036854775807;
  before_id text := '';
  objects jsonb[];
  has_more boolean;
begin
  perform billing.require_deployment(stripe_key);
  perform billing.require_owner(owner_id);
  if page_size is null or page_size not between 1 and 100 then
    raise exception 'Invalid page size %: expected 1 to 100', page_size using errcode = 'invalid_parameter_value';
  end if;

  select mapping.stripe_customer_id into own_customer
  from public.stripe_customer_mapping as mapping
  where mapping.owner_id = list_invoices.owner_id;

  if starting_after is not null then
    select invoice.created, invoice.id into before_created, before_id
    from public.stripe_invoices as invoice
    where invoice.id = starting_after and invoice.customer = own_customer;
    if not found then
      raise exception 'Unknown cursor: "%" is no invoice of the customer', starting_after using errcode = 'invalid_parameter_value';
    end if;
  end if;

  objects := array(
    select invoice.data - 'lines'
    from public.stripe_invoices as invoice
    where invoice.customer = own_customer
      and invoice.status <> 'draft'
      and (invoice.created, invoice.id) < (before_created, before_id)
    order by invoice.created desc, invoice.id desc
    limit page_size + 1
  );
  has_more := cardinality(objects) > page_size;
  return json_build_object(
    'data', array_to_json(objects[:page_size]),
    'has_more', has_more,
    'next_cursor', case when has_more then objects[page_size] ->> 'id' end
  );
end
$$;

comment on function public.list_invoices is
  'A page of the invoices of the owner''s customer without drafts, newest first, each without its lines. Raises 22023 for another customer''s cursor.';


revoke all on function public.find_own_object, public.list_invoices from public, anon, authenticated;
grant execute on function public.find_own_object, public.list_invoices to service_role;
