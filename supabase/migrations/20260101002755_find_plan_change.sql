-- A plan change: from the price of a subscription to an offer in the same slot.

create function public.find_plan_change(product text, from_price text, to_price text, slot_by text, stripe_key text)
  returns json
  language plpgsql set search_path = ''
as $$
declare
  offer jsonb;
begin
  perform billing.require_deployment(stripe_key);
  offer := billing.find_offer(to_price, slot_by);

  return json_build_object(
    'offer', case
      when offer -> 'invalid' = '[]'
        and offer ->> 'mode' = 'subscription'
        and offer ->> 'slot' = billing.slot_of(product, true, slot_by)
      then offer
    end,
    'changes_interval', (
      select count(distinct (price.data #> '{recurring,interval}', price.data #> '{recurring,interval_count}')) > 1
      from public.stripe_prices as price
      where price.id in (from_price, billing.find_price(to_price))
    )
  );
end
$$;

comment on function public.find_plan_change is
  'The offer of the price to change to, null unless it is in the slot of the subscription''s product; and whether the change begins another period, as both prices'' intervals say.';

revoke all on function public.find_plan_change from public, anon, authenticated;
grant execute on function public.find_plan_change to service_role;
