/** A stack with a database, a Clerk and a Stripe emulator of its own, on free ports: for tests and benchmarks. */
import type { ClerkState } from "../../packages/clerk-emulator/mod.ts";
import type { StripeState } from "../../packages/stripe-emulator/mod.ts";
import { type Environment, environmentOf } from "../lib/environment.ts";
import type { Processes } from "../lib/processes.ts";
import type { Cluster } from "../stack/postgres.ts";
import { type Stack, type StackOptions, startStack } from "../stack/stack.ts";
import { type Databases, TEMPLATE } from "./databases.ts";

export interface IsolatedStackOptions {
  readonly cluster: Cluster;
  readonly databases: Databases;
  /** The name of its database, which is a copy of the migrated template. */
  readonly database: string;
  /** Default its Data API reads the schema itself. */
  readonly schemaCache?: StackOptions["schemaCache"];
  readonly clerk: ClerkState;
  readonly stripe: StripeState;
  readonly restrictedKeys?: StackOptions["restrictedKeys"];
  /** Variables of the functions, over the defaults; null unsets one. */
  readonly env?: Readonly<Record<string, string | null>>;
  /** The build of the example app, to serve it; default nothing is served. */
  readonly webFolder?: string;
  readonly bundles?: StackOptions["bundles"];
  readonly denoDir: string;
  readonly processes: Processes;
  /** Receives each line that a function writes. */
  log?(name: string, line: string): void;
}

export interface IsolatedStack extends AsyncDisposable {
  readonly stack: Stack;
  readonly environment: Environment;
}

/** Disposing of it stops the stack and drops its database; its processes belong to the caller. */
export async function startIsolatedStack(
  { cluster, databases, database, log = () => {}, ...options }: IsolatedStackOptions,
): Promise<IsolatedStack> {
  await using started = new AsyncDisposableStack();
  const environment = environmentOf({}, "the test bed");
  await databases.copy(TEMPLATE, database);
  started.defer(() => databases.drop(database));
  const stack = await startStack({
    ...options,
    environment,
    databaseUrl: (role) => cluster.url(role, database),
    ports: { gateway: 0, clerk: 0, stripe: 0, web: 0 },
    watch: false,
    log,
  });
  started.defer(() => stack.stop());
  const running = started.move();
  return { stack, environment, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
