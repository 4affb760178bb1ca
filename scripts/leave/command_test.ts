/** `npm run leave` as an operator runs it. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runCommandLine, SHELL } from "../deploy/testing/run_command_line.ts";
import { launch } from "../testbed/launched.ts";
import { fill } from "./testing/fill.ts";
import { startTwoDatabases, type TwoDatabases } from "./testing/two_databases.ts";

const variables = ({ source, target }: TwoDatabases) => ({
  OLD_DATABASE_URL: source.url,
  NEW_DATABASE_URL: target.url,
});

Deno.test("npm run leave prepares, moves, recognizes that it has moved, and returns", async () => {
  await using databases = await startTwoDatabases({}, "template0");
  const { here, there } = databases;
  await fill(here);
  await here`create table public.reports (id bigint primary key)`;
  const run = (...args: string[]) => runCommandLine("leave", args, { ...SHELL, ...variables(databases) });
  const prepared = await run("--prepare");
  assertEquals(prepared.code, 0, prepared.output);
  assertStringIncludes(prepared.output, "alter role billing_server password");
  assertStringIncludes(prepared.output, "Not moved: public.reports. See");
  await here`select draw_ticket('test_1')`;

  const moved = await run();
  assertEquals(moved.code, 0, moved.output);
  assertMatch(moved.output, /Moved \d+ rows; no call was taken for \d+\.\d s\. The new database is in use/);
  await there`select draw_ticket('test_1')`;
  assertStringIncludes((await run()).output, "Moved before: the new database is in use");
  const returned = await run("--back");
  assertEquals(returned.code, 0, returned.output);
  await here`select draw_ticket('test_1')`;
  for (const { output } of [prepared, moved, returned]) assertEquals(output.includes("postgres:postgres@"), false);
});

Deno.test("npm run leave without a connection string says which is missing, and never what it is", async () => {
  const missing = await runCommandLine("leave", [], {
    ...SHELL,
    OLD_DATABASE_URL: "postgres://a:secret@127.0.0.1:1/a",
  });
  assertEquals([missing.code, missing.output.includes("secret")], [1, false]);
  assertStringIncludes(missing.output, "NEW_DATABASE_URL is missing");
  const invalid = await runCommandLine("leave", [], { ...SHELL, OLD_DATABASE_URL: "https://secret.example.com" });
  assertEquals([invalid.code, invalid.output.includes("secret")], [1, false]);
});

Deno.test("npm run leave refuses one database as both, and an old one without the product, before it changes anything", async () => {
  await using databases = await startTwoDatabases({}, "template0");
  const { source, target, there } = databases;
  const same = new URL(source.url);
  same.searchParams.set("application_name", "another");
  const before = await runCommandLine("leave", ["--prepare"], {
    ...SHELL,
    OLD_DATABASE_URL: source.url,
    NEW_DATABASE_URL: same.href,
  });
  assertEquals(before.code, 1, before.output);
  assertStringIncludes(before.output, "are the same database");

  const swapped = await runCommandLine("leave", ["--prepare"], {
    ...SHELL,
    OLD_DATABASE_URL: target.url,
    NEW_DATABASE_URL: source.url,
  });
  assertEquals(swapped.code, 1, swapped.output);
  assertStringIncludes(swapped.output, "has no table billing.deployment");
  assertEquals([...await there`select to_regclass('billing.deployment') as found`], [{ found: null }]);
});

Deno.test("npm run leave accepts a server whose webhooks have no secrets yet, and names a file that is not there", async () => {
  await using databases = await startTwoDatabases({}, "template0");
  const configured = { database: true, stripe: true, webhook: false, clerk_webhook: false };
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => Response.json({ configured }),
  );
  const run = (...args: string[]) =>
    runCommandLine("leave", ["--server", `http://127.0.0.1:${server.addr.port}`, ...args], {
      ...SHELL,
      ...variables(databases),
    });
  const missingFile = await run("--env-file", "/nowhere/.env.server");
  assertEquals(missingFile.code, 1, missingFile.output);
  assertStringIncludes(missingFile.output, 'There is no file "/nowhere/.env.server"');
  assertStringIncludes(missingFile.output, "it refuses Clerk's events");
  assertStringIncludes((await run()).output, "The server has no STRIPE_WEBHOOK_SECRET");
});

Deno.test("npm run leave stopped with Ctrl-C in the freeze opens the source; killed, it leaves it closed for a minute", async (t) => {
  await using databases = await startTwoDatabases();
  const { here, there } = databases;
  await fill(here);
  for (const signal of ["SIGINT", "SIGKILL"] as const) {
    await t.step(signal, async () => {
      await using command = launch("leave", [], { env: variables(databases) });
      await command.prints("Copy and compare all rows");
      // An operator who writes, so that the freeze waits.
      await here.begin(async (transaction) => {
        await transaction`update billing.webhook_events set attempts = attempts + 1 where attempts > 0`;
        await transaction`insert into billing.backfill_ranges (kind) values ('product')`;
        while (
          (await there`select from pg_stat_activity where query like 'lock table%' and wait_event_type = 'Lock'`)
            .length === 0
        ) {
          await new Promise((resume) => setTimeout(resume, 20));
        }
        if (signal === "SIGINT") {
          command.kill(signal);
          await command.prints("Stopped. Run it again");
        } else {
          const pids = await findLeave(command.pid);
          for (const pid of pids) Deno.kill(pid, signal);
          command.kill(signal);
        }
        await command.ended;
      });
      const [gate] = await here`
        select closed_until = '-infinity' as open, closed_until < now() + interval '61 seconds' as passes
        from billing.deployment`;
      assertEquals(gate, { open: signal === "SIGINT", passes: true });
    });
  }
});

/** The processes that a launched command has started. */
async function findLeave(launcher: number): Promise<number[]> {
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "pid=", "--ppid", String(launcher)] }).output();
  return new TextDecoder().decode(stdout).split("\n").map(Number).filter((pid) => pid > 0);
}
