/**
 * Tickets across a crash of PostgreSQL, on a cluster that writes its log to disk as a production database does.
 *
 * The sequence's entry in the log covers 32 values. One transaction writes it and stays open, so nothing but the
 * transaction under test makes the log reach the disk; the next crash loses what did not.
 */
import { assert, assertEquals } from "@std/assert";
import { connect } from "../lib/database.ts";
import { CLERK_DOMAIN } from "../lib/project_keys.ts";
import { pushMigrations } from "../lib/supabase_cli.ts";
import { openTemporaryFolder } from "../lib/temporary_folder.ts";
import { startCluster } from "./postgres.ts";

const SETTINGS = { fsync: "on", synchronous_commit: "on", wal_writer_delay: "10s", autovacuum: "off" };

/** Every kind of transaction that hands out a ticket and may write nothing else. */
const DRAWS = {
  draw_ticket: `select draw_ticket('test_1') as ticket`,
  find_own_object: `select ticket from find_own_object('user_1', 'subscription', 'sub_1', 'test_1')`,
  begin_checkout: `select (begin_checkout('user_1', 'price_1', 'owner', 'test_1') ->> 'ticket')::bigint as ticket`,
};

const OBJECTS = [
  { id: "cus_1", object: "customer" },
  { id: "sub_1", object: "subscription", customer: "cus_1", status: "active", items: { data: [] } },
  { id: "prod_1", object: "product", active: true, metadata: {} },
  {
    ...{ id: "price_1", object: "price", product: "prod_1", active: true, currency: "usd", type: "recurring" },
    ...{ unit_amount: 100, billing_scheme: "per_unit", recurring: { interval: "month", usage_type: "licensed" } },
  },
];

Deno.test("no ticket that was handed out is drawn again after a crash of the database", async (t) => {
  await using resources = new AsyncDisposableStack();
  const { folder, processes } = await openTemporaryFolder(resources);
  const start = () => startCluster({ folder: `${folder}/postgres`, settings: SETTINGS, processes, log() {} });
  let cluster = await start();
  await pushMigrations({ databaseUrl: cluster.url("postgres"), clerkDomain: CLERK_DOMAIN, processes });

  const run = async <Row>(statement: string): Promise<Row> => {
    const sql = connect(cluster.url("supabase_admin"));
    try {
      return (await sql.unsafe(statement))[0] as Row;
    } finally {
      await sql.end();
    }
  };
  await run(`select confirm_account('acct_test', 'test_1')`);
  await run(`select record_objects(draw_ticket('test_1'), '${JSON.stringify(OBJECTS)}', 'test_1')`);
  await run(`insert into stripe_customer_mapping (clerk_user_id, stripe_customer_id) values ('user_1', 'cus_1')`);
  await run(DRAWS.begin_checkout);

  /** The ticket that a statement draws right before a crash, and the next after it. */
  async function drawAndCrash(draw: string): Promise<{ handedOut: number; next: number }> {
    const other = connect(cluster.url("supabase_admin"));
    // After a checkpoint the next value of a sequence is written to the log.
    await other.unsafe("checkpoint");
    await other.unsafe(`begin; select nextval('billing.tickets')`);
    const { ticket } = await run<{ ticket: string }>(draw);
    const [pid] = Deno.readTextFileSync(`${folder}/postgres/postmaster.pid`).split("\n");
    // Its immediate shutdown: what is in memory only is lost.
    Deno.kill(Number(pid), "SIGQUIT");
    await cluster.ended;
    await other.end({ timeout: 0 }).catch(() => {});
    cluster = await start();
    const { next } = await run<{ next: string }>(`select nextval('billing.tickets') as next`);
    return { handedOut: Number(ticket), next: Number(next) };
  }

  await t.step("one that a bare nextval drew is, so the crash loses what is not on disk", async () => {
    const { handedOut, next } = await drawAndCrash(`select nextval('billing.tickets') as ticket`);
    assertEquals(next, handedOut - 1);
  });

  for (const [name, draw] of Object.entries(DRAWS)) {
    await t.step(`one of ${name} is not`, async () => {
      const { handedOut, next } = await drawAndCrash(draw);
      assert(handedOut > 0 && next > handedOut, `${handedOut} was handed out, then ${next} was drawn`);
    });
  }
});
