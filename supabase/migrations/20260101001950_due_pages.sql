-- Due events by lists: where events of many new objects wait, as after a time without webhooks, Stripe's list shows a hundred
-- of the objects a read. What a list does not show, and every other event, is fetched singly: see claim_due_objects.

create function public.claim_due_page(kinds text[], stripe_key text)
  returns json
  language plpgsql set search_path = ''
as $$
declare
  page    record;
  drawn   bigint;
  claimed text[];
begin
  perform billing.require_deployment(stripe_key);

  for page in
    -- Objects whose creation no worker has tried yet, the newest first, as Stripe lists them.
    select
      recent.object, count(*) as objects, min(recent.created) as created_from, max(recent.created) as created_to,
      array_agg(recent.object_id) as ids
    from (
      select untried.object, untried.object_id, untried.created,
        row_number() over (partition by untried.object order by untried.created desc) as place
      from (
        select event.type, event.object, event.object_id, event.created
        from billing.webhook_events as event
        where event.processed_at is null and event.attempts = 0 and event.due_at <= now()
        order by event.created desc
        limit 1000
      ) as untried
      where untried.type like '%.created' and untried.object = any (kinds)
    ) as recent
    where recent.place <= 100
    group by recent.object
    having count(*) >= 20
    order by count(*) desc, recent.object
  loop
    -- Worth a list only if it is full of them: at most ten objects of the time are read for one that is due.
    continue when 9 * page.objects < (
      select count(*)
      from billing.mirror as known
      where known.object = page.object
        and not known.deleted
        and known.created between page.created_from and page.created_to
    );

    drawn := nextval('billing.tickets');
    with leased as (
      update billing.webhook_events as event
      set ticket = drawn,
          lease_until = now() + interval '60 seconds',
          due_at = now() + interval '60 seconds',
          attempts = event.attempts + 1
      where event.id = any (array(
        select own.id
        from billing.webhook_events as own
        where own.object_id = any (page.ids)
          and own.object = page.object
          and own.processed_at is null
          and own.due_at <= now()
        for update skip locked
      ))
      returning event.object_id
    )
    select array_agg(distinct leased.object_id) into claimed from leased;
    return json_build_object(
      'kind', page.object, 'ticket', drawn, 'ids', coalesce(claimed, '{}'),
      'created_from', page.created_from, 'created_to', page.created_to
    );
  end loop;
  return null;
end
$$;

comment on function public.claim_due_page is
  'Up to a hundred new objects of one of these kinds with due events, if there are enough of them for a list of Stripe''s, as {kind, ticket, ids, created_from, created_to}: when they were created, in Unix seconds. The caller has 60 seconds to record those that the list shows under the ticket; the others are due after that.';

revoke all on function public.claim_due_page from public, anon, authenticated;
grant execute on function public.claim_due_page to service_role;
