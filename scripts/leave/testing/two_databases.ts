/** A stack's database, and an empty one with the same migrations beside it. */
import { connect } from "../../lib/database.ts";
import { createTestStack, type TestStack, type TestStackOptions } from "../../testbed/client.ts";
import type { Side } from "../move.ts";

export interface TwoDatabases extends AsyncDisposable {
  readonly stack: TestStack;
  readonly source: Side;
  readonly target: Side;
  /** Runs SQL as the owner of both. */
  readonly here: ReturnType<typeof connect>;
  readonly there: ReturnType<typeof connect>;
}

/** @param template The database that the second one is a copy of; "template0" is empty */
export async function startTwoDatabases(
  options: TestStackOptions = {},
  template: "template_migrated" | "template0" = "template_migrated",
): Promise<TwoDatabases> {
  await using started = new AsyncDisposableStack();
  const stack = started.use(await createTestStack(options));
  const here = connect(stack.database_url);
  started.defer(() => here.end());
  const name = `plain_${crypto.randomUUID().slice(0, 8)}`;
  await here.unsafe(`create database ${name} template ${template}`);
  started.defer(async () => void await here.unsafe(`drop database ${name} with (force)`));
  const url = new URL(stack.database_url);
  url.pathname = name;
  const there = connect(url.href);
  started.defer(() => there.end());
  const running = started.move();
  return {
    stack,
    source: { url: stack.database_url, what: "the old database" },
    target: { url: url.href, what: "the new database" },
    here,
    there,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Ends what opening a database releases, in both, so that they can be compared. */
export async function releaseEvents({ here, there }: TwoDatabases): Promise<void> {
  for (const sql of [here, there]) {
    await sql`
      update billing.webhook_events set lease_until = '-infinity', due_at = 'epoch' where processed_at is null`;
  }
}
