/** Whatever is written while a deployment moves is in the new database, or was refused. */
import { assert, assertEquals } from "@std/assert";
import { connect } from "../lib/database.ts";
import { createSteps } from "../lib/steps.ts";
import { openConnection } from "./connection.ts";
import { differences } from "./copy.ts";
import { moveDeployment } from "./move.ts";
import { commonTables } from "./tables.ts";
import { fill } from "./testing/fill.ts";
import { releaseEvents, startTwoDatabases } from "./testing/two_databases.ts";

const MOVES = Number(Deno.env.get("PROOF_MOVES") ?? 10);
/** Accepted before each move begins. */
const WRITES = 200;
const WRITERS = 4;

/** Numbers from 0 to below 1, the same for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

Deno.test("every write that was accepted during a move is in the new database, through deletions and subtransactions", async () => {
  const first = Number(Deno.env.get("PROOF_SEED") ?? Math.floor(Math.random() * 2 ** 31));
  for (let move = 0; move < MOVES; move++) await moveWhileWriting(first + move * WRITERS);
});

async function moveWhileWriting(seed: number) {
  console.log(`PROOF_SEED=${seed}`);
  await using databases = await startTwoDatabases();
  const { here, there, source, target } = databases;
  await fill(here, 200);
  let accepted = 0;
  let refused = 0;
  let isMoved = false;

  async function write(number: number) {
    const next = random(seed + number);
    const sql = connect(source.url);
    const pick = () => Math.floor(next() * 250);
    /** Calls as the server makes them, and what an owner does in a transaction of several statements. */
    const writes = [
      () =>
        sql`select claim_events(${
          sql.json([{
            id: `evt_${number}_${pick()}`,
            type: "product.updated",
            created: 1,
            object: "product",
            object_id: `prod_${pick()}`,
          }])
        }, 'test_1')`,
      () =>
        sql`select record_objects(draw_ticket('test_1'), ${
          sql.json([{ id: `prod_${pick()}`, object: "product", name: `Name ${next()}` }])
        }, 'test_1')`,
      () => sql`select claim_customer(${`user_${number}_${pick()}`}, 'test_1')`,
      () =>
        sql.begin(async (transaction) => {
          await transaction`select billing.require_deployment('test_1')`;
          await transaction.savepoint(async (nested) => {
            await nested`update billing.webhook_events set attempts = attempts + 1 where id = ${`evt_${pick()}`}`;
          });
          if (next() < 0.2) await transaction`select pg_sleep(0.05)`;
          await transaction`delete from billing.webhook_events where id = ${`evt_${number}_${pick()}`}`;
          await transaction`delete from billing.backfill_ranges where kind = ${`kind_${number}`}`;
          await transaction`insert into billing.backfill_ranges (kind) values (${`kind_${number}`})`;
          if (next() < 0.2) throw new Error("Undone");
        }),
    ];
    for (;;) {
      const each = writes[Math.floor(next() * writes.length)]!;
      try {
        await each();
        accepted++;
      } catch (error) {
        if ((error as Error).message === "Undone") continue;
        if (!/is closed/.test(String(error))) throw error;
        refused++;
        if (isMoved) break;
      }
    }
    await sql.end();
  }

  const writing = Promise.all(Array.from({ length: WRITERS }, (_, number) => write(number)));
  while (accepted < WRITES) await new Promise((resume) => setTimeout(resume, 5));
  await using resources = new AsyncDisposableStack();
  const moving = moveDeployment({ source, target, steps: createSteps(() => {}), resources });
  await Promise.race([moving, writing.then(() => moving)]);
  isMoved = true;
  await writing;
  assert(refused > 0);
  await releaseEvents(databases);

  const [a, b] = [await openConnection(source.url, "the source"), await openConnection(target.url, "the target")];
  assertEquals(await differences(a, b, await commonTables(a, b)), []);
  await Promise.all([a.end(), b.end()]);
  const [tickets] = await there`
    select last_value >= (select max(ticket) from billing.webhook_events) as sound from billing.tickets`;
  assertEquals(tickets, { sound: true });
}
