/** Every operation on the ledger, from eight concurrent connections over four objects. */
import { assert, assertEquals } from "@std/assert";
import postgres from "postgres";
import { startStack } from "./stack.ts";

const WORKERS = 8;
const STEPS = Number(Deno.env.get("PROOF_STEPS") ?? 100);

const OBJECTS = [
  { object: "subscription", id: "sub_1" },
  { object: "invoice", id: "in_1" },
  { object: "customer", id: "cus_1" },
  { object: "entitlements.active_entitlement_summary", id: "cus_1" },
];

/** The objects at Stripe: each change is a new version with an event. */
const stripe = new Map(OBJECTS.map((ref) => [ref, 0]));
const events: { id: string; ref: typeof OBJECTS[number]; version: number }[] = [];

function change(): void {
  const ref = pick(OBJECTS);
  const version = stripe.get(ref)! + 1;
  stripe.set(ref, version);
  events.push({ id: `evt_${events.length}`, ref, version });
}

const fetchObject = ({ object, id }: typeof OBJECTS[number]) => {
  const ref = OBJECTS.find((known) => known.object === object && known.id === id)!;
  return { object, id, version: stripe.get(ref)! };
};

const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(Math.random() * items.length)]!;
const pause = () => new Promise((done) => setTimeout(done, Math.random() * 4));

Deno.test("Ledger operations on eight connections over few objects neither deadlock nor finish an event by an earlier fetch", async () => {
  await using stack = await startStack();
  await stack.sql.unsafe(CHECK_ORDER);
  await stack.confirmTestKey();
  const sql = postgres(stack.database_url, { max: WORKERS, onnotice() {} });
  try {
    await Promise.all(Array.from({ length: WORKERS }, async () => {
      for (let step = 0; step < STEPS; step++) {
        if (Math.random() < 0.5) change();
        await pick(ACTIONS)(sql);
      }
    }));
    await deliverAll(sql);
    await processAll(sql);

    const left = await sql`select id, outcome from billing.webhook_events where outcome is null or outcome = 'dead'`;
    assertEquals([...left], [], "Every event is processed");
    const [{ known, finished }] = await sql`
      select count(*)::integer as known, count(processed_at)::integer as finished from billing.webhook_events
    ` as unknown as [{ known: number; finished: number }];
    assertEquals([known, finished], [events.length, events.length]);
    for (const ref of OBJECTS) {
      const [row] = await sql`
        select data ->> 'version' as version from billing.mirror where object = ${ref.object} and id = ${ref.id}
      `;
      assertEquals(Number(row?.version ?? 0), stripe.get(ref), `${ref.object} is as Stripe has it`);
    }
    assert(events.length > 0);
    console.log(`${events.length} events, ${WORKERS * STEPS} steps`);
  } finally {
    await sql.end();
  }
});

/**
 * The row of a finished event must be from after the event's change and have no smaller ticket: checked when the event is
 * finished and whenever the row changes later.
 */
const CHECK_ORDER = `
  create function public.check_order() returns trigger language plpgsql as $$
  begin
    perform from billing.webhook_events as event
    join billing.mirror as seen on seen.object = event.object and seen.id = event.object_id
    where event.object_id = coalesce(to_jsonb(new) ->> 'object_id', to_jsonb(new) ->> 'id')
      and event.outcome in ('processed', 'covered')
      and (seen.ticket < event.ticket or (seen.data ->> 'version')::bigint < event.created);
    if found then
      raise exception '"%" is finished by an earlier fetch', new.id;
    end if;
    return null;
  end
  $$;
  create trigger check_order after update on billing.webhook_events
    for each row when (old.processed_at is null and new.outcome <> 'dead') execute function public.check_order();
  create trigger check_order after update on public.stripe_subscriptions for each row execute function public.check_order();
  create trigger check_order after update on public.stripe_invoices for each row execute function public.check_order();
  create trigger check_order after update on public.stripe_customers for each row execute function public.check_order();
  create trigger check_order after update on public.stripe_entitlements for each row execute function public.check_order();
`;

type Action = (sql: postgres.Sql) => Promise<unknown>;

type Claimed = { ticket: number; ref: typeof OBJECTS[number] };

const deliver: Action = async (sql) => {
  if (events.length === 0) return;
  const batch = arrive();
  const [{ claims }] = await sql`
    select claim_events(${sql.json(batch.map(asArrived))}, 'test_1') as claims` as unknown as [{ claims: Claim[] }];
  const claimed = toFetch(batch, claims);
  if (claimed.length > 0 && Math.random() < 0.5) return await recordTogether(sql, claimed);
  for (const { ticket, ref } of claimed) await finish(sql, ticket, ref);
};

/** New events and old ones: late, doubled, out of order. */
const arrive = () =>
  Array.from(
    { length: 1 + Math.floor(Math.random() * 4) },
    () => Math.random() < 0.7 ? events.at(-1 - Math.floor(Math.random() * 3)) ?? events[0]! : pick(events),
  );

const asArrived = ({ id, ref, version }: typeof events[number]) => (
  { id, type: "changed", created: version, object: ref.object, object_id: ref.id }
);

type Claim = { step: string; ticket: number };

const toFetch = (batch: typeof events, claims: Claim[]): Claimed[] =>
  batch.flatMap(({ ref }, place) => {
    const { step, ticket } = claims[place]!;
    return step === "fetch" ? [{ ticket, ref }] : [];
  });

/** Fetches objects under a ticket each and records them in one call, which also claims the events that arrived meanwhile. */
async function recordTogether(sql: postgres.Sql, claimed: Claimed[]) {
  const fetches = [];
  for (const { ticket, ref } of claimed) {
    await pause();
    fetches.push({ ticket, objects: [fetchObject(ref)] });
  }
  await pause();
  if (Math.random() < 0.5) return void await sql`select record_fetches(${sql.json(fetches)}, 'test_1')`;
  const batch = arrive();
  const [{ claims }] = await sql`
    select record_and_claim(${sql.json(fetches)}, ${sql.json(batch.map(asArrived))}, 'test_1') as claims
  ` as unknown as [{ claims: Claim[] }];
  for (const { ticket, ref } of toFetch(batch, claims)) await finish(sql, ticket, ref);
}

const processDueEvents: Action = async (sql) => {
  const [{ due }] = await sql`select claim_due_objects('test_1', 3) as due` as unknown as [
    { due: { object: string; object_id: string; ticket: number }[] },
  ];
  for (const { object, object_id, ticket } of due) await finish(sql, ticket, { object, id: object_id });
};

/** Fetches an object, and records it, fails or crashes. */
async function finish(sql: postgres.Sql, ticket: number, ref: typeof OBJECTS[number]): Promise<void> {
  await pause();
  const chance = Math.random();
  if (chance < 0.2) return;
  if (chance < 0.4) {
    const failure = pick(["passing", "rate_limited"]);
    return void await sql`select fail_sync(${ticket}, ${ref.id}, 'failed', ${failure}, 'test_1')`;
  }
  const seen = fetchObject(ref);
  await pause();
  await sql`select record_objects(${ticket}, ${sql.json([seen])}, 'test_1')`;
}

/** Records all objects as a list, in random order. */
const list: Action = async (sql) => {
  const [{ ticket }] = await sql`select draw_ticket('test_1') as ticket` as unknown as [{ ticket: number }];
  const page = OBJECTS.map(fetchObject).sort(() => Math.random() - 0.5);
  await pause();
  await sql`select record_objects(${ticket}, ${sql.json(page)}, 'test_1')`;
};

const reconcile: Action = async (sql) => {
  const [claim] = await sql`select run_id from claim_reconcile('test_1')`;
  if (claim?.run_id == null) return;
  await enter(sql, claim.run_id, events.slice(-20));
  await sql`select release_reconcile(${claim.run_id}, 'test_1')`;
};

/** Records all objects as each page of a backfill. */
const backfill: Action = async (sql) => {
  const [claim] = await sql`select run_id, ranges from claim_backfill('test_1', true)`;
  if (claim?.run_id == null) return;
  for (const { id } of claim.ranges) {
    const page = sql.json(OBJECTS.map(fetchObject));
    await sql`select from record_backfill_page(${claim.run_id}, ${id}, ${page}, 'test_1')`;
  }
};

const enter = (sql: postgres.Sql, run_id: number, page: typeof events) =>
  sql`select record_events_page(${run_id}, ${sql.json(page.map(asArrived))}, 'test_1')`;

const letTimePass: Action = (sql) =>
  sql`
    update billing.webhook_events set lease_until = now(), due_at = now()
    where id = any (array(select id from billing.webhook_events where processed_at is null for update skip locked))
  `;

const ACTIONS: readonly Action[] = [
  deliver,
  deliver,
  deliver,
  processDueEvents,
  processDueEvents,
  list,
  reconcile,
  reconcile,
  backfill,
  letTimePass,
];

/** Records every event as a list of Stripe's events. */
async function deliverAll(sql: postgres.Sql): Promise<void> {
  const [claim] = await sql`select run_id from claim_reconcile('test_1')`;
  await enter(sql, claim?.run_id, events);
}

async function processAll(sql: postgres.Sql): Promise<void> {
  for (let batch = 0; batch < events.length; batch++) {
    await letTimePass(sql);
    const [{ due }] = await sql`select claim_due_objects('test_1', 3) as due` as unknown as [
      { due: { object: string; object_id: string; ticket: number }[] },
    ];
    if (due.length === 0) return;
    for (const { object, object_id, ticket } of due) {
      await sql`select record_objects(${ticket}, ${sql.json([fetchObject({ object, id: object_id })])}, 'test_1')`;
    }
  }
}
