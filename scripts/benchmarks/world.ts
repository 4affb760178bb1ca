/** What the sections share: one PostgreSQL, one stack of the usual size, the load generator, the bundles. */
import { remove } from "../lib/files.ts";
import { startTestbed } from "../testbed/testbed.ts";
import { startBenchStack, type TestStack } from "./bench_stack.ts";
import { parentOf } from "./cpu_time.ts";
import { fillCustomers } from "./fill_customers.ts";
import { type Loader, startLoader } from "./load/loader.ts";
import { createServers, type Program, type Server, type Servers } from "./server.ts";
import type { Sizes } from "./sizes.ts";

/** What is deployed, and the plain functions, by name. */
export const FUNCTIONS = ["stripe-products", "stripe-prices", "stripe-customer", "health"] as const;

export const ours = (name: string): Program => ({ entry: `supabase/functions/${name}/index.ts`, imports: true });
export const plain = (name: string): Program => ({ entry: `scripts/benchmarks/plain/${name}/index.ts`, imports: true });
export const reference = (name: "empty" | "same_bytes" | "replay"): Program => ({
  entry: `scripts/benchmarks/references/${name}.ts`,
  imports: false,
});

export interface World {
  readonly sizes: Sizes;
  readonly loader: Loader;
  readonly postmaster: number;
  /** A stack with a few products, and a few users who have a customer. */
  readonly stack: TestStack;
  /** Some of those users. */
  readonly customers: readonly string[];
  /** For files, gone at the end. */
  readonly folder: string;
  readonly servers: Servers;
  /** Takes what has to be ended even when the measurement is broken off. */
  readonly resources: AsyncDisposableStack;
  /** Another stack, with this many products. */
  startStack(name: string, products: number, webhookEvents?: readonly string[]): Promise<TestStack>;
  /** Says what is being done. */
  progress(words: string): void;
}

/** @param resources Takes what has to be ended. */
export async function createWorld(
  sizes: Sizes,
  resources: AsyncDisposableStack,
  progress: (words: string) => void,
): Promise<World> {
  progress("Starting PostgreSQL and a stack");
  const testbed = await startTestbed(resources);
  const { processes } = testbed;
  const folder = await Deno.makeTempDir({ prefix: "bench-" });
  resources.defer(() => remove(folder));
  const servers = createServers();
  resources.defer(() => servers.stop());
  const denoDir = `${folder}/deno`;
  const startStack = (name: string, products: number, webhookEvents?: readonly string[]) => {
    return startBenchStack({ testbed, processes, denoDir, name, products, webhookEvents });
  };

  const stack = resources.use(await startStack("bench", sizes.products[0]));
  const [{ pid } = { pid: 0 }] = await stack.sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  return {
    sizes,
    loader: await startLoader(processes),
    postmaster: parentOf(pid) ?? pid,
    stack,
    customers: await makeCustomers(stack, sizes.mappings[0], servers),
    folder,
    servers,
    resources,
    startStack,
    progress,
  };
}

/** Fills mapping and mirror after the pattern of a customer that the function itself creates. */
export async function makeCustomers(stack: TestStack, count: number, servers: Servers): Promise<string[]> {
  await using server = await servers.start(ours("stripe-customer"), stack.env);
  await firstAnswer(server, "POST", "/stripe-customer", await stack.signIn(stack.createUser()));
  return await fillCustomers(stack.sql, count);
}

/** Asks once, until a catalog that is being filled is there. @throws Error on any other refusal */
export async function firstAnswer(server: Server, method: string, path: string, token: string): Promise<Response> {
  for (;;) {
    const response = await fetch(server.url + path, { method, headers: { authorization: `Bearer ${token}` } });
    if (response.ok) return response;
    const said = await response.text();
    if (!said.includes("catalog_filling")) throw new Error(`${method} ${path} answered ${response.status}: ${said}`);
  }
}
