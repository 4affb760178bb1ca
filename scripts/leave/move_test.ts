import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Failure } from "../lib/failure.ts";
import { createSteps } from "../lib/steps.ts";
import { openConnection } from "./connection.ts";
import { differences } from "./copy.ts";
import { type Moved, moveDeployment, type MoveOptions } from "./move.ts";
import { commonTables, readSequences } from "./tables.ts";
import { fill } from "./testing/fill.ts";
import { releaseEvents, startTwoDatabases, type TwoDatabases } from "./testing/two_databases.ts";

async function move(
  databases: Pick<TwoDatabases, "source" | "target">,
  more: Partial<MoveOptions> = {},
): Promise<Moved> {
  await using resources = new AsyncDisposableStack();
  const { source, target } = databases;
  return await moveDeployment({ source, target, steps: createSteps(() => {}), resources, ...more });
}

const back = ({ source, target }: TwoDatabases) => ({ source: target, target: source });

/** What differs, and the positions of the sequences of both. */
async function compare(databases: TwoDatabases) {
  const { source, target } = databases;
  await releaseEvents(databases);
  const here = await openConnection(source.url, source.what);
  const there = await openConnection(target.url, target.what);
  try {
    return {
      different: await differences(here, there, await commonTables(here, there)),
      sequences: [await readSequences(here), await readSequences(there)],
    };
  } finally {
    await Promise.all([here.end(), there.end()]);
  }
}

/** open, closed or none, of the source and of the target. */
async function gates({ here, there }: TwoDatabases): Promise<string[]> {
  const read = async (sql: typeof here) => {
    const [own] = await sql`select closed_until > now() as closed from billing.deployment`;
    return own === undefined ? "none" : own.closed ? "closed" : "open";
  };
  return [await read(here), await read(there)];
}

const draw = (sql: TwoDatabases["here"]) => sql`select draw_ticket('test_1') as ticket`;

Deno.test("a move copies every table and sequence, closes the source and opens the target", async () => {
  await using databases = await startTwoDatabases();
  const { here, there } = databases;
  await fill(here);
  const [{ ticket }] = await draw(here) as unknown as [{ ticket: string }];

  const { moved, rows } = await move(databases);
  assert(moved && rows > 100);
  assertEquals(await gates(databases), ["closed", "open"]);
  const { different, sequences } = await compare(databases);
  assertEquals(different, []);
  assertEquals(sequences[0], sequences[1]);
  assertEquals(sequences[0]!.map(({ name }) => name), ["billing.backfill_ranges_id_seq", "billing.tickets"]);
  await assertRejects(() => draw(here), Error, "is closed");
  const [{ ticket: next }] = await draw(there) as unknown as [{ ticket: string }];
  assertEquals(Number(next), Number(ticket) + 1);
  await there`insert into billing.backfill_ranges (kind) values ('price')`;
  // Generated again, and the triggers are enabled again.
  assertEquals([...await there`select name, active from stripe_products where id = 'prod_1'`].length, 1);
  await there`update stripe_products set ticket = 0, data = data || '{"name": "Old"}' where id = 'prod_1'`;
  assertEquals([...await there`select from stripe_products where name = 'Old'`], []);
});

Deno.test("a move repeated, back and there again moves what changed, and nothing a second time", async () => {
  await using databases = await startTwoDatabases();
  const { here, there } = databases;
  await fill(here);
  await move(databases);
  assertEquals((await move(databases)).moved, false);

  await there`delete from stripe_customer_mapping where clerk_user_id = 'user_3'`;
  await there`update stripe_customer_mapping set stripe_customer_id = 'cus_3' where clerk_user_id = 'user_4'`;
  await there`insert into stripe_customer_mapping (clerk_organization_id) values ('org_new')`;
  await move(back(databases));
  assertEquals(await gates(databases), ["open", "closed"]);
  assertEquals((await compare(databases)).different, []);
  assertEquals([...await here`select clerk_user_id from stripe_customer_mapping where stripe_customer_id = 'cus_3'`], [
    { clerk_user_id: "user_4" },
  ]);
  await move(databases);
  assertEquals([await gates(databases), (await compare(databases)).different], [["closed", "open"], []]);
});

Deno.test("a move that fails in the middle leaves the target as it was and the source open", async () => {
  await using databases = await startTwoDatabases();
  const { here, there } = databases;
  await fill(here);
  await move(databases);
  await there`update billing.webhook_events set last_error = 'Changed' where id = 'evt_2'`;
  // Before the freeze, and within it.
  await here.unsafe(`alter table stripe_customers add constraint broken check (id <> 'cus_7') not valid`);
  await assertRejects(() => move(back(databases)), Error, "broken");
  assertEquals(await gates(databases), ["closed", "open"]);
  assertEquals((await compare(databases)).different.length, 1, "The target has the earlier copy");
  await here`alter table stripe_customers drop constraint broken`;

  const failing = move(back(databases), {
    confirm: () => {
      throw new Failure("Not confirmed");
    },
  });
  await assertRejects(() => failing, Failure, "Not confirmed");
  assertEquals(await gates(databases), ["closed", "open"]);
  await there`select claim_customer('user_next', 'test_1')`;
});

Deno.test("a move into a database of another account, of another deployment or in use changes nothing", async () => {
  await using databases = await startTwoDatabases();
  const { here, there } = databases;
  await fill(here);
  await there`select confirm_account('acct_other', 'test_1')`;
  await assertRejects(() => move(databases), Failure, `belongs to the Stripe account "acct_other"`);
  await there`update billing.deployment set stripe_account = 'acct_1LocalStripe00000'`;
  await assertRejects(() => move(databases), Failure, "another deployment of the same Stripe account");
  const [own] = await here`select id from billing.deployment`;
  await there`update billing.deployment set id = ${own!.id}`;
  await assertRejects(() => move(databases), Failure, "Both databases are open");
  assertEquals(await gates(databases), ["open", "open"]);
  assertEquals([...await there`select from stripe_customer_mapping`], []);
  await here`alter table billing.drift add column more text`;
  await assertRejects(() => move(databases), Failure, "billing.drift differs");
});

Deno.test("a move that was interrupted after the source was closed for ever is finished by the next one", async () => {
  await using databases = await startTwoDatabases();
  const { here, there } = databases;
  await fill(here);
  await move(databases);
  await releaseEvents(databases);
  await there`update billing.deployment set closed_until = 'infinity'`;
  const { moved } = await move(databases);
  assertEquals([moved, await gates(databases)], [true, ["closed", "open"]]);

  await there`update billing.deployment set closed_until = 'infinity'`;
  await there`update billing.webhook_events set attempts = 9 where id = 'evt_2'`;
  await assertRejects(() => move(databases), Failure, "billing.webhook_events");
  assertEquals(await gates(databases), ["closed", "closed"]);
});

Deno.test("a move waits for the calls in progress, and refuses those that waited for it", async () => {
  await using databases = await startTwoDatabases();
  const { here, there, source } = databases;
  await fill(here);
  const caller = await openConnection(source.url, "the caller");
  const late = await openConnection(source.url, "the late caller");
  await caller.query("begin; select public.claim_customer('user_slow', 'test_1')");
  const moving = move(databases);
  // The move waits, and a call that begins meanwhile waits behind it.
  const isWaiting = async () =>
    (await here`select from pg_stat_activity where wait_event_type = 'Lock' and query like '%close_deployment%'`)
      .length > 0;
  while (!await isWaiting()) await new Promise((resume) => setTimeout(resume, 10));
  const waiting = late.query("select public.claim_customer('user_late', 'test_1')").then(() => "accepted", String);
  await caller.query("commit");
  await moving;
  assertMatch(await waiting, /is closed/);
  await Promise.all([caller.end(), late.end()]);
  const known =
    await there`select clerk_user_id from stripe_customer_mapping where clerk_user_id in ('user_slow', 'user_late')`;
  assertEquals([...known], [{ clerk_user_id: "user_slow" }]);
});
