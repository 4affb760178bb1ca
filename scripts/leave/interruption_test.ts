/** A move that is stopped anywhere leaves one of the two databases open: the source before its mark, else the target. */
import { assertEquals } from "@std/assert";
import type { Steps } from "../lib/steps.ts";
import { moveDeployment } from "./move.ts";
import { fill } from "./testing/fill.ts";
import { startTwoDatabases } from "./testing/two_databases.ts";

/** Where a move is stopped: when a statement with this text runs on one of the databases, or before the freeze. */
const PLACES = [
  "pg_snapshot_xmin",
  "copy (select",
  "disable trigger",
  "hashtextextended",
  "vacuum",
  "close_deployment",
  "lock table",
  "incoming",
  "setval",
  "open_deployment",
];

for (const place of PLACES) {
  Deno.test(`a move that is stopped at "${place}" leaves exactly one database open, and the next one moves`, async () => {
    await using databases = await startTwoDatabases();
    const { here, there, source, target } = databases;
    await fill(here, 50);
    let isStopped = false;
    const silent: Steps = { step: (_, action) => action(), note() {} };
    {
      await using resources = new AsyncDisposableStack();
      const moving = moveDeployment({ source, target, steps: silent, resources });
      const ended = moving.then(() => true, () => true);
      // Its last statement is the one that runs, or ran last.
      while (!isStopped) {
        const [found] = await here`
          select pid from pg_stat_activity where application_name = 'npm run leave' and query like ${`%${place}%`}
            and datname in (current_database(), ${new URL(target.url).pathname.slice(1)})`;
        isStopped = found !== undefined || await Promise.race([ended, Promise.resolve(false)]);
      }
      // Disposing is what Ctrl-C does.
      await resources.disposeAsync();
      await moving.catch(() => {});
    }
    const isOpen = async (sql: typeof here) =>
      (await sql`select from billing.deployment where closed_until <= now()`).length === 1;
    const gates = [await isOpen(here), await isOpen(there)];
    assertEquals(gates.filter(Boolean).length, 1, JSON.stringify(gates));

    await using resources = new AsyncDisposableStack();
    await moveDeployment({ source, target, steps: silent, resources });
    assertEquals([await isOpen(here), await isOpen(there)], [false, true]);
  });
}
