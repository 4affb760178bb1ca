/** The stacks of the test bed. */
import { emptyState as emptyClerk, newSigningKey, publicPem } from "../../packages/clerk-emulator/mod.ts";
import { createStripe, emptyState as emptyStripe, type StripeState } from "../../packages/stripe-emulator/mod.ts";
import { bundle } from "../lib/bundle.ts";
import { entryOf, functionNames } from "../lib/functions.ts";
import { listen } from "../lib/listen.ts";
import { createProcesses, type Processes } from "../lib/processes.ts";
import { LOCAL } from "../lib/paths.ts";
import {
  CLERK_PUBLISHABLE_KEY,
  PUBLISHABLE_KEY,
  STRIPE_RESTRICTED_KEY,
  STRIPE_SECRET_KEY,
} from "../lib/project_keys.ts";
import { levelOf, PERMISSIONS } from "../lib/stripe_permissions.ts";
import { missingForWebApp, webVariables } from "../lib/web_app.ts";
import type { SchemaCache } from "../stack/data_api.ts";
import type { Functions } from "../stack/functions.ts";
import type { Cluster } from "../stack/postgres.ts";
import { savePortalSettings, seedCatalog } from "../stack/stripe_cli.ts";
import { buildWebApp } from "../stack/web/build.ts";
import { addLocalUsers, listOrganizations, listUsers } from "../stack/users.ts";
import { PROJECT_URL, type TestStackFile, type TestStackOptions, type Transport } from "./client.ts";
import type { Databases } from "./databases.ts";
import { startIsolatedStack } from "./isolated_stack.ts";
import { type Pooler, startPooler } from "./pooler.ts";

/** The permissions of the documentation, as the Stripe emulator takes them. */
const DOCUMENTED = Object.fromEntries(
  PERMISSIONS.map((permission) => [permission.name.replace(/^rak_|_(read|write)$/g, ""), levelOf(permission)]),
);

/** A running stack, as the test bed's routes need it. */
export interface RunningStack {
  readonly file: TestStackFile;
  readonly functions: Functions;
  readonly database: string;
  /** Everything that the functions wrote so far. */
  logs(): string;
  stop(): Promise<void>;
}

export interface TestStackFactory {
  make(options: TestStackOptions): Promise<RunningStack>;
}

/**
 * @param databases Has the template
 * @param folder Holds the caches of the functions' Deno, for all stacks together
 * @param testbedProcesses Get the pooler, when a stack needs it
 */
export function createTestStackFactory(
  cluster: Cluster,
  databases: Databases,
  folder: string,
  testbedProcesses: Processes,
): TestStackFactory {
  // A key takes a quarter of a second; stacks that share one have different users.
  const signingKey = newSigningKey();
  const schemaCache = newSchemaCache();
  let made = 0;
  let seeded: Promise<StripeState> | undefined;
  let bundled: Promise<string> | undefined;
  let built: Promise<string> | undefined;
  let pooler: Promise<Pooler> | undefined;

  async function make(
    { transport = "data_api", env, seed = false, webhook = false, sources = false, web = false }: TestStackOptions,
  ): Promise<RunningStack> {
    const id = String(++made);
    const database = `stack_${id}`;
    const log: string[] = [];
    await using started = new AsyncDisposableStack();
    const processes = createProcesses();

    const server_url = transport === "pooler"
      ? (await (pooler ??= startPooler(cluster, folder, testbedProcesses))).url(database)
      : cluster.url("billing_server", database);
    const stripe = seed ? structuredClone(await (seeded ??= seedOnce())) : emptyStripe();
    const webFolder = web ? await (built ??= buildOnce()) : undefined;
    const bundles = sources ? undefined : await (bundled ??= bundleOnce());
    const clerk = emptyClerk(signingKey);
    addLocalUsers(clerk);
    const { stack } = started.use(
      await startIsolatedStack({
        cluster,
        databases,
        database,
        schemaCache,
        clerk,
        stripe,
        restrictedKeys: { [STRIPE_RESTRICTED_KEY]: DOCUMENTED },
        // Every journey passes with the documented permissions.
        env: { STRIPE_SECRET_KEY: STRIPE_RESTRICTED_KEY, ...databaseVariables(transport, server_url), ...env },
        webFolder,
        bundles,
        denoDir: `${folder}/deno`,
        processes,
        log: (name, line) => void log.push(`${name} | ${line}`),
      }),
    );
    started.defer(() => processes.stop());
    // As "npm start" does: the app changes plans in the portal.
    if (web) await savePortalSettings({ url: stack.file.stripe_url, secretKey: STRIPE_SECRET_KEY, processes });
    if (webhook) {
      stack.sendEvents(["*"]);
      stack.sendClerkEvents();
    }

    const running = started.move();
    return {
      file: {
        ...stack.file,
        users: await listUsers(stack.file),
        organizations: await listOrganizations(stack.file),
        id,
        clerk_jwt_key: publicPem(signingKey),
        stripe_restricted_key: STRIPE_RESTRICTED_KEY,
        server_url,
      },
      functions: stack.functions,
      database,
      logs: () => log.join("\n"),
      stop: () => running.disposeAsync(),
    };
  }

  /** Without the Data API's address and key, which a server does not have. */
  function databaseVariables(transport: Transport, server_url: string): Record<string, string | null> {
    if (transport === "data_api") return {};
    return { DATABASE_URL: server_url, SUPABASE_URL: null, SUPABASE_SECRET_KEYS: null };
  }

  /** The CLI loads the catalog once; every stack with a catalog gets a copy. */
  async function seedOnce(): Promise<StripeState> {
    const state = emptyStripe();
    const server = listen(0, (request) => api.fetch(request));
    const api = createStripe(state, { secretKey: STRIPE_SECRET_KEY });
    await seedCatalog({ url: server.url, secretKey: STRIPE_SECRET_KEY, processes: createProcesses() });
    await server.close();
    await api.close();
    return state;
  }

  /** The functions as they are deployed, which also start in two thirds of the time. */
  async function bundleOnce(): Promise<string> {
    const bundles = `${folder}/functions`;
    await bundle(functionNames().map(entryOf), bundles);
    return bundles;
  }

  /** All stacks serve the same build, which the next run uses again: it calls the project by a name, not by its port. */
  async function buildOnce(): Promise<string> {
    const missing = missingForWebApp();
    if (missing !== undefined) throw new Error(`The example app cannot be built: ${missing}`);
    const webFolder = `${LOCAL}/web`;
    const variables = webVariables({
      url: PROJECT_URL,
      publishable_key: PUBLISHABLE_KEY,
      clerk_publishable_key: CLERK_PUBLISHABLE_KEY,
      isLocalClerk: true,
    });
    Deno.mkdirSync(LOCAL, { recursive: true });
    await buildWebApp({ folder: webFolder, variables, processes: createProcesses() });
    return webFolder;
  }

  return { make };
}

/** All databases are copies of one template, so one schema is that of all. */
function newSchemaCache(): SchemaCache {
  let known: string | undefined;
  return {
    get: () => Promise.resolve(known),
    set: (_, schema) => Promise.resolve(void (known = schema)),
    delete: () => Promise.resolve(void (known = undefined)),
  };
}
