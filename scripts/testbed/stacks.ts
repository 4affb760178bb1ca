/** The stacks of the test bench: each with a database, a Clerk and a Stripe of its own, all on free ports. */
import { emptyState as emptyClerk, newSigningKey, publicPem } from "../../packages/clerk-emulator/mod.ts";
import { environmentOf } from "../lib/environment.ts";
import type { Functions } from "../stack/functions.ts";
import type { Cluster } from "../stack/postgres.ts";
import { createProcesses } from "../lib/processes.ts";
import { startStack } from "../stack/stack.ts";
import type { StackFile } from "../lib/stack_file.ts";
import { listen } from "../lib/listen.ts";
import { STRIPE_SECRET_KEY } from "../lib/project_keys.ts";
import { seedCatalog } from "../stack/stripe_cli.ts";
import { createStripe, emptyState as emptyStripe, type StripeState } from "../../packages/stripe-emulator/mod.ts";
import { addLocalUsers, listOrganizations, listUsers } from "../stack/users.ts";
import type { Databases } from "./databases.ts";

export const TEMPLATE = "template_migrated";

/** What a test may ask for. */
export interface TestStackOptions {
  /** For the functions, over the defaults; null takes a variable away. */
  readonly env?: Readonly<Record<string, string | null>>;
  /** Whether Stripe has the seed catalog; default false, an empty account. */
  readonly seed?: boolean;
  /** Whether Stripe sends its events to `stripe-webhook`, all of them; default false. */
  readonly webhook?: boolean;
  /** Whether functions start again when their files change; default false. */
  readonly watch?: boolean;
}

/** `stack.json`, and what only a test wants to know. */
export interface TestStackFile extends StackFile {
  readonly id: string;
  /** The Clerk instance's public key, for `CLERK_JWT_KEY`. */
  readonly clerk_jwt_key: string;
}

export interface TestStack {
  readonly file: TestStackFile;
  readonly functions: Functions;
  readonly database: string;
  /** Everything that the functions wrote so far. */
  logs(): string;
  stop(): Promise<void>;
}

export interface TestStackFactory {
  make(wish: TestStackOptions): Promise<TestStack>;
}

/**
 * @param databases Has the template.
 * @param folder Where the functions' Deno keeps its caches, for all stacks together.
 */
export function createTestStackFactory(cluster: Cluster, databases: Databases, folder: string): TestStackFactory {
  // A key takes a quarter of a second; stacks that share one are told apart by their users.
  const signingKey = newSigningKey();
  let made = 0;
  let seeded: Promise<StripeState> | undefined;

  async function make({ env, seed = false, webhook = false, watch = false }: TestStackOptions): Promise<TestStack> {
    const id = String(++made);
    const database = `stack_${id}`;
    await using started = new AsyncDisposableStack();
    const processes = createProcesses();
    const log: string[] = [];

    const stripe = seed ? structuredClone(await (seeded ??= seedOnce())) : emptyStripe();
    await databases.copy(TEMPLATE, database);
    started.defer(() => databases.drop(database));
    started.defer(() => processes.stop());
    const clerk = emptyClerk(signingKey);
    addLocalUsers(clerk);
    const stack = await startStack({
      environment: environmentOf({}, "the test bench"),
      database: { postgres: cluster.url("postgres", database), authenticator: cluster.url("authenticator", database) },
      ports: { gateway: 0, clerk: 0, stripe: 0 },
      clerk,
      stripe,
      env,
      watch,
      denoDir: `${folder}/deno`,
      processes,
      log: (name, line) => void log.push(`${name} | ${line}`),
    });
    started.defer(() => stack.stop());
    if (webhook) stack.sendEvents(["*"]);

    const running = started.move();
    return {
      file: {
        ...stack.file,
        users: await listUsers(stack.file),
        organizations: await listOrganizations(stack.file),
        id,
        clerk_jwt_key: publicPem(signingKey),
      },
      functions: stack.functions,
      database,
      logs: () => log.join("\n"),
      stop: () => running.disposeAsync(),
    };
  }

  /** The CLI loads the catalog once; every stack that wants it gets a copy. */
  async function seedOnce(): Promise<StripeState> {
    const state = emptyStripe();
    const server = listen(0, (request) => api.fetch(request));
    const api = createStripe(state, { secretKey: STRIPE_SECRET_KEY });
    await seedCatalog({ url: server.url, secretKey: STRIPE_SECRET_KEY, processes: createProcesses() });
    await server.close();
    await api.close();
    return state;
  }

  return { make };
}
