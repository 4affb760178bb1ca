/** What the sections share: PostgreSQL, one stack of the default size, the load generator and the servers. */
import { type Build, build } from "../deploy/steps/build.ts";
import { connect } from "../lib/database.ts";
import { remove } from "../lib/files.ts";
import { startTestbed, type Testbed } from "../testbed/testbed.ts";
import { type BenchmarkStack, startBenchmarkStack } from "./benchmark_stack.ts";
import { parentOf } from "./cpu_time.ts";
import { fillCustomers } from "./fill_customers.ts";
import { type LoadGenerator, startLoadGenerator } from "./load/load_generator.ts";
import { ours } from "./programs.ts";
import { createServers, type Server, type Servers } from "./server.ts";
import type { Sizes } from "./sizes.ts";

export interface BenchmarkContext {
  readonly sizes: Sizes;
  readonly generateLoad: LoadGenerator;
  /** PostgreSQL's parent process. */
  readonly postmaster: number;
  /** A stack with few products and few customers. */
  readonly stack: BenchmarkStack;
  /** Ids of users that have a customer on that stack. */
  readonly customers: readonly string[];
  /** A temporary folder. */
  readonly folder: string;
  readonly servers: Servers;
  /** Disposed at the end, even when the benchmark is interrupted. */
  readonly resources: AsyncDisposableStack;
  /** Starts another stack with this many products. */
  startStack(name: string, products: number, webhookEvents?: readonly string[]): Promise<BenchmarkStack>;
  /** Creates an empty database on the same PostgreSQL. @returns The connection string of its owner */
  createDatabase(name: string): Promise<string>;
  /** The functions as they are deployed to the platform, bundled once for all sections. */
  build(): Promise<Build>;
  /** Reports what is being measured. */
  progress(message: string): void;
}

/** @param resources Receives everything that is started. */
export async function createContext(
  sizes: Sizes,
  resources: AsyncDisposableStack,
  progress: (message: string) => void,
): Promise<BenchmarkContext> {
  progress("Starting PostgreSQL and a stack");
  const testbed = await startTestbed(resources);
  const { processes } = testbed;
  const folder = await Deno.makeTempDir({ prefix: "benchmark-" });
  resources.defer(() => remove(folder));
  const servers = createServers();
  resources.defer(() => servers.stop());
  const denoDir = `${folder}/deno`;
  const startStack = (name: string, products: number, webhookEvents?: readonly string[]) => {
    return startBenchmarkStack({ testbed, processes, denoDir, name, products, webhookEvents });
  };

  let built: Promise<Build> | undefined;
  const buildOnce = async () => {
    progress("Bundling the functions");
    const result = await build(`benchmark-${Deno.pid}`, { driver: false });
    resources.defer(() => remove(result.folder));
    return result;
  };

  const stack = resources.use(await startStack("benchmark", sizes.products[0]));
  const [{ pid } = { pid: 0 }] = await stack.sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  return {
    sizes,
    generateLoad: await startLoadGenerator(processes),
    postmaster: parentOf(pid) ?? pid,
    stack,
    customers: await createCustomers(stack, sizes.mappings[0], servers),
    folder,
    servers,
    resources,
    startStack,
    createDatabase: (name) => createDatabase(testbed, name),
    build: () => built ??= buildOnce(),
    progress,
  };
}

async function createDatabase({ cluster }: Testbed, name: string): Promise<string> {
  const admin = connect(cluster.url("supabase_admin"));
  try {
    await admin`create database ${admin(name)} template template0`;
  } finally {
    await admin.end();
  }
  return cluster.url("supabase_admin", name);
}

/** Creates one customer by calling the function, then copies its rows. @returns Ids of some of the users */
export async function createCustomers(stack: BenchmarkStack, count: number, servers: Servers): Promise<string[]> {
  await using server = await servers.start(ours("stripe-customer"), stack.env);
  await firstAnswer(server, "POST", "/stripe-customer", await stack.signIn(stack.createUser()));
  return await fillCustomers(stack.sql, count);
}

/** Sends a request, and repeats it while the catalog is being filled. @throws Error on any other error */
export async function firstAnswer(server: Server, method: string, path: string, token: string): Promise<Response> {
  for (;;) {
    const response = await fetch(server.url + path, { method, headers: { authorization: `Bearer ${token}` } });
    if (response.ok) return response;
    const body = await response.text();
    if (!body.includes("catalog_filling")) throw new Error(`${method} ${path} answered ${response.status}: ${body}`);
  }
}
