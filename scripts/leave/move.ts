/**
 * Moves a deployment from one database into another with the same migrations, while its functions are in use.
 *
 * Everything is copied while calls are taken, then what changed meanwhile, until little does. Only then the source is
 * closed, what is left is copied, the source is marked as moved and the target is opened. Closed is a time that passes by
 * itself, and beside it a lock on every table of the source, which no writer gets past and which ends with the connection:
 * so a move that fails, is interrupted or killed leaves the source open and the target closed.
 */
import { Failure } from "../lib/failure.ts";
import type { Steps } from "../lib/steps.ts";
import { type Connection, openConnection, row } from "./connection.ts";
import { type Copied, copyAll, copyChanges, differences } from "./copy.ts";
import { close, type Deployment, markMoved, open, readGate, reopen } from "./gate.ts";
import { commonTables, otherTables, type Table } from "./tables.ts";

export interface Side {
  /** A connection string of the owner of the tables; never printed. */
  readonly url: string;
  /** In messages, such as "the old database". */
  readonly what: string;
}

export interface MoveOptions {
  readonly source: Side;
  readonly target: Side;
  readonly steps: Steps;
  /** Releasing it ends the move: before the source is marked nothing has changed, after it the target is opened. */
  readonly resources: AsyncDisposableStack;
  /** Called with the seconds that the freeze is expected to take, before it. Throws to stop. */
  confirm?(seconds: number): void;
}

export interface Moved {
  /** False if the target is in use already. */
  readonly moved: boolean;
  readonly rows: number;
  /** Milliseconds in which no call was taken. */
  readonly freeze: number;
}

/** Seconds that a freeze may take without being confirmed. */
export const SHORT = 10;
/** Copies of what changed before the freeze. */
const ROUNDS = 5;
/** A round below this is short enough: the next one finds no less. */
const FEW = 200;

/** @throws Failure that says what the databases are left as */
export async function moveDeployment(options: MoveOptions): Promise<Moved> {
  const connections = new Connections(options.resources);
  try {
    return await moveOver(connections, options);
  } finally {
    await connections.end();
  }
}

async function moveOver(connections: Connections, options: MoveOptions): Promise<Moved> {
  const { source, target } = options;
  const here = await connections.open(source);
  const there = await connections.open(target);
  const { free } = await row<{ free: boolean }>(
    there,
    "select pg_try_advisory_lock(hashtext('npm run leave')) as free",
  );
  if (!free) throw new Failure(`Another move to ${target.what} is running`);

  const deployment = await readGate(here);
  if (deployment === undefined) {
    throw new Failure(`${capital(source.what)} has no deployment: there is nothing to move`);
  }
  const tables = await commonTables(here, there);
  const known = await readGate(there);
  requireSameDeployment(deployment, known, options);
  if (deployment.state === "moved") return await finish(deployment, known, here, there, tables, options);
  if (known !== undefined && known.state !== "moved") {
    throw new Failure(
      `Both databases are open, so ${target.what} may have calls that ${source.what} does not know. Nothing was changed. ` +
        `Which one is in use? Close the other: update billing.deployment set closed_until = 'infinity'`,
    );
  }

  return await new Move(options, connections, here, there, tables).run(known === undefined);
}

function requireSameDeployment(own: Deployment, other: Deployment | undefined, { source, target }: MoveOptions) {
  if (other === undefined || other.id === own.id) return;
  const isSame = own.account === other.account && own.livemode === other.livemode;
  const owner = isSame ? "another deployment of the same Stripe account" : `the Stripe account "${other.account}"`;
  throw new Failure(
    `${capital(target.what)} belongs to ${owner}, and ${source.what} to "${own.account}": nothing was changed`,
  );
}

/** The source was moved before: to this target, which is in use, or which an interrupted move left closed. */
async function finish(
  own: Deployment,
  known: Deployment | undefined,
  here: Connection,
  there: Connection,
  tables: readonly Table[],
  { source, target, steps }: MoveOptions,
): Promise<Moved> {
  if (known === undefined) {
    throw new Failure(`${capital(source.what)} was moved to another database than ${target.what}: nothing was changed`);
  }
  if (known.state !== "moved") return { moved: false, rows: 0, freeze: 0 };
  await steps.step(`Finish the interrupted move of ${own.id}`, async () => {
    const different = await differences(here, there, tables);
    if (different.length > 0) {
      throw new Failure(`Both databases are closed and differ. Nothing was changed:\n  ${different.join("\n  ")}`);
    }
    await open(there);
  });
  return { moved: true, rows: 0, freeze: 0 };
}

/**
 * Call before anything is changed.
 *
 * @returns The tables of the old one that are not the product's, which stay there
 * @throws Failure when both are one database, or the old one has no migrations
 */
export async function requireTwoDatabases(old: Side, young: Side): Promise<string[]> {
  const here = await openConnection(old.url, old.what);
  try {
    const there = await openConnection(young.url, young.what);
    try {
      // Two connection strings may name one database in different ways; an advisory lock belongs to the database.
      const lock = crypto.getRandomValues(new BigInt64Array(1))[0]!.toString();
      await here.query("select pg_advisory_lock($1)", [lock]);
      const { free } = await row<{ free: boolean }>(there, "select pg_try_advisory_lock($1) as free", [lock]);
      if (!free) throw new Failure("OLD_DATABASE_URL and NEW_DATABASE_URL are the same database: nothing was changed");
    } finally {
      await there.end();
    }
    const { migrated } = await row<{ migrated: boolean }>(
      here,
      "select to_regclass('billing.deployment') is not null as migrated",
    );
    if (!migrated) {
      throw new Failure(
        "The old database has no table billing.deployment: OLD_DATABASE_URL is not the product's. Nothing was changed",
      );
    }
    return await otherTables(here);
  } finally {
    await here.end();
  }
}

/**
 * Binds a new database to the deployment of the old one, closed. Otherwise a server that waits for it would bind it to a
 * deployment of its own. Does nothing to a database that belongs to one.
 */
export async function reserve(source: Side, target: Side): Promise<void> {
  const here = await openConnection(source.url, source.what);
  try {
    const there = await openConnection(target.url, target.what);
    try {
      if (await readGate(here) !== undefined && await readGate(there) === undefined) await bind(here, there);
    } finally {
      await there.end();
    }
  } finally {
    await here.end();
  }
}

async function bind(here: Connection, there: Connection): Promise<void> {
  const own = await row<Record<string, unknown>>(here, "select id, livemode, stripe_account from billing.deployment");
  await there.query(
    "insert into billing.deployment (id, livemode, stripe_account, closed_until) values ($1, $2, $3, 'infinity')",
    [own.id, own.livemode, own.stripe_account],
  );
}

/** The connections of a move, which can be cut from outside. */
class Connections {
  #open: { client: Connection; side: Side; pid: number }[] = [];

  constructor(resources: AsyncDisposableStack) {
    resources.defer(() => this.cut());
  }

  async open(side: Side): Promise<Connection> {
    const client = await openConnection(side.url, side.what);
    const { pid } = await row<{ pid: number }>(client, "select pg_backend_pid() as pid");
    this.#open.push({ client, side, pid });
    return client;
  }

  async end(): Promise<void> {
    for (const { client } of this.#open.splice(0)) await client.end().catch(() => {});
  }

  /** Ends what they do, and with it their locks. A backend notices a closed connection only when it writes to it. */
  async cut(): Promise<void> {
    const cut = this.#open.splice(0);
    for (const { client } of cut) destroy(client);
    for (const { side, pid } of cut) {
      const other = await openConnection(side.url, side.what).catch(() => undefined);
      await other?.query("select pg_terminate_backend($1)", [pid]).catch(() => {});
      await other?.end().catch(() => {});
    }
  }
}

/** Ends a connection without waiting for its statement. */
function destroy(client: Connection) {
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}

class Move {
  /** What has to be undone or completed: see {@link settle}. */
  #state: "open" | "closed" | "marked" | "done" = "open";
  #stopped = false;
  #work: Promise<unknown> = Promise.resolve();

  constructor(
    readonly options: MoveOptions,
    readonly connections: Connections,
    readonly here: Connection,
    readonly there: Connection,
    readonly tables: readonly Table[],
  ) {
    // Before the connections are cut, because it was added after them.
    options.resources.defer(() => this.#stop());
  }

  async run(isFirst: boolean): Promise<Moved> {
    const work = this.#run(isFirst);
    this.#work = work.catch(() => {});
    return await work;
  }

  /** Interrupts the copying. Once the source is being marked, the rest takes milliseconds and is completed. */
  async #stop() {
    this.#stopped = true;
    if (this.#state === "open" || this.#state === "closed") await this.connections.cut();
    await this.#work;
  }

  async #run(isFirst: boolean): Promise<Moved> {
    const { source, target, steps, confirm } = this.options;
    if (isFirst) await bind(this.here, this.there);
    const first = await steps.step(`Copy and compare all rows, while ${source.what} is in use`, async () => {
      const copied = await this.#round(() => copyAll(this.here, this.there, this.tables));
      for (const { name } of this.tables) await this.there.query(`vacuum (analyze) ${name}`);
      steps.note(`${copied.rows} rows`);
      return copied;
    });

    const { threshold, seconds } = await steps.step("Copy what has changed meanwhile", async () => {
      let last = first;
      let seconds = 0;
      const sent: number[] = [];
      do {
        const started = performance.now();
        last = await this.#round(() => copyChanges(this.here, this.there, this.tables, last.threshold));
        seconds = (performance.now() - started) / 1000;
        sent.push(last.rows);
      } while (sent.length < ROUNDS && last.rows > FEW);
      steps.note(`${sent.join(", ")} rows`);
      return { threshold: last.threshold, seconds };
    });
    // The freeze does what the last round did.
    confirm?.(seconds);

    const started = performance.now();
    return await steps.step(`Freeze, copy the rest, open ${target.what}`, async () => {
      const total = await this.#freeze(threshold);
      const freeze = performance.now() - started;
      steps.note(`${total} rows, no call was taken for ${(freeze / 1000).toFixed(1)} s`);
      return { moved: true, rows: total, freeze };
    }).catch((error) => {
      if (this.#state === "marked") throw new Failure(`${stopReason(error)}\n${BOTH_CLOSED(target)}`, { cause: error });
      throw error;
    });
  }

  async #round(copy: () => Promise<Copied>): Promise<Copied> {
    await this.here.query("begin isolation level repeatable read, read only");
    const copied = await this.#intoClosed(copy);
    await this.here.query("commit");
    return copied;
  }

  /** One transaction of the target, which stays closed: the row that was copied may say otherwise. */
  async #intoClosed(copy: () => Promise<Copied>): Promise<Copied> {
    await this.there.query("begin");
    try {
      const copied = await copy();
      await markMoved(this.there);
      await this.there.query("commit");
      return copied;
    } catch (error) {
      await this.there.query("rollback").catch(() => {});
      throw error;
    }
  }

  async #freeze(threshold: string): Promise<number> {
    const { source } = this.options;
    try {
      this.#state = "closed";
      await close(this.here);
      await this.here.query("begin isolation level repeatable read");
      await this.here.query(`set local lock_timeout = '10s'`);
      await this.here.query(`lock table ${this.tables.map(({ name }) => name).join(", ")} in share mode`);
      const { total } = await this.#intoClosed(() => copyChanges(this.here, this.there, this.tables, threshold));
      await markMoved(this.here);
      if (this.#stopped) throw new Failure("Stopped");
      this.#state = "marked";
      await this.here.query("commit").catch((error) => this.#requireMarked(error));
      await this.#open();
      this.#state = "done";
      return total;
    } catch (error) {
      if (this.#state !== "closed") throw error;
      await this.#reopen();
      throw new Failure(`${stopReason(error)}\nNothing was moved: ${source.what} takes calls again`, { cause: error });
    }
  }

  /** The connection was cut during the commit: the mark says whether it was made. */
  async #requireMarked(error: unknown) {
    const client = await openConnection(this.options.source.url, this.options.source.what);
    try {
      if ((await readGate(client))?.state === "moved") return;
    } finally {
      await client.end();
    }
    this.#state = "closed";
    throw error;
  }

  async #open() {
    await open(this.there).catch(async () => {
      const { url, what } = this.options.target;
      const client = await openConnection(url, what);
      await open(client).finally(() => client.end());
    });
  }

  async #reopen() {
    const { url, what } = this.options.source;
    await this.connections.cut();
    const client = await openConnection(url, what);
    try {
      await reopen(client);
    } finally {
      await client.end();
    }
    this.#state = "open";
  }
}

const BOTH_CLOSED = ({ what }: Side) =>
  `Both databases are closed, and the copy is complete: run this again to open ${what}`;

const stopReason = (error: unknown) => error instanceof Error ? error.message : String(error);

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
