/**
 * A project to deploy to that is made of stand-ins: the management API, the bench's functions, Clerk and Stripe.
 * Commands run as a person types them, and reach nothing outside this machine.
 */
import { listen } from "../../lib/listen.ts";
import { connect, readSql } from "../../lib/database.ts";
import { ROOT } from "../../lib/paths.ts";
import { CLERK_SECRET_KEY, STRIPE_SECRET_KEY } from "../../lib/project_keys.ts";
import { type Stack, startStack } from "./test_stack.ts";
import { ACCESS_TOKEN, createManagementApi, REF, type StandIn } from "./management_api.ts";
import { passToProject } from "./project.ts";

/** What a file of variables for a test project holds; the keys are nobody's. */
export const VARIABLES: Readonly<Record<string, string>> = {
  STRIPE_SECRET_KEY: "sk_test_51Rig",
  CLERK_PUBLISHABLE_KEY: `pk_test_${btoa("rig.clerk.accounts.dev$")}`,
  CLERK_SECRET_KEY: "sk_test_rig",
  // The instance whose tokens the bench's Clerk makes.
  CLERK_ISSUER: "https://local.clerk.accounts.dev",
  ALLOWED_ORIGINS: "http://localhost:3000,https://app.example.com",
  CATALOG_REFRESH_SECONDS: "60",
  RECONCILE_SECRET: "reconcile_rig_0000000000000000000000000",
};

export interface Ended {
  readonly code: number;
  readonly said: string;
}

export interface Rig extends AsyncDisposable {
  readonly stack: Stack;
  readonly project: StandIn;
  /** The project's database, empty at first, as `postgres`. */
  readonly databaseUrl: string;
  sql(query: string): Promise<Record<string, unknown>[]>;
  /** Secret key → account, at Stripe. */
  readonly accounts: Map<string, string>;
  /** Runs `npm run <name> -- --project-ref … --env-file …` with these variables in the file. */
  run(name: string, options?: RunOptions): Promise<Ended>;
  /** Where the project answers. */
  readonly url: string;
  /** Asks Stripe, as the account of the file's key. */
  stripe(method: string, path: string, form?: Record<string, string>): Promise<any>;
  /** The environment for any program that shall find the stand-ins. */
  readonly env: Readonly<Record<string, string>>;
}

export interface RunOptions {
  readonly args?: string[];
  /** In the file, over the usual ones; an empty one is as good as none. */
  readonly variables?: Readonly<Record<string, string>>;
  /** In the shell, over the usual ones. */
  readonly env?: Readonly<Record<string, string>>;
}

/** @param migrated Whether the project's database is the stack's own; else it is an empty one. */
export async function createRig({ migrated = false } = {}): Promise<Rig> {
  await using made = new AsyncDisposableStack();
  const { RECONCILE_SECRET = "" } = VARIABLES;
  const stack = made.use(await startStack({ seed: true, env: { RECONCILE_SECRET } }));
  const databaseUrl = migrated ? stack.database_url : await emptyDatabase(stack, made);
  const project = createManagementApi({ databaseUrl, publishableKey: stack.publishable_key });
  made.defer(() => project.close());
  const accounts = new Map([[VARIABLES.STRIPE_SECRET_KEY ?? "", "acct_rig"]]);
  const sql = connect(databaseUrl);
  made.defer(() => sql.end());

  function serve(handler: (request: Request) => Response | Promise<Response>): string {
    const server = listen(0, handler);
    made.defer(() => server.close());
    return server.url;
  }
  const folder = await Deno.makeTempDir({ prefix: "rig-" });
  made.defer(() => Deno.remove(folder, { recursive: true }));
  const profile = `${folder}/profile.json`;
  const api = serve(project.fetch);
  Deno.writeTextFileSync(
    profile,
    JSON.stringify({ name: "rig", api_url: api, dashboard_url: api, project_host: "rig.localhost" }),
  );
  const env = {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: Deno.env.get("HOME") ?? "",
    SUPABASE_PROFILE: profile,
    SUPABASE_ACCESS_TOKEN: ACCESS_TOKEN,
    SUPABASE_URL: serve((request) => passToProject(request, stack, project.secrets)),
    SUPABASE_DB_URL: `${databaseUrl}?sslmode=disable`,
    STRIPE_API_URL: serve((request) => answerAsStripe(request, accounts, stack)),
    CLERK_API_URL: serve((request) => passToClerk(request, stack)),
  };

  const running = made.move();
  return {
    stack,
    project,
    databaseUrl,
    accounts,
    env,
    url: env.SUPABASE_URL,
    async stripe(method, path, form) {
      const headers = { authorization: `Bearer ${STRIPE_SECRET_KEY}` };
      const body = form && new URLSearchParams(form);
      return await (await fetch(stack.stripe_url + path, { method, headers, body })).json();
    },
    sql: async (query) => [...await sql.unsafe(query)],
    async run(name, { args = [], variables = {}, env: more = {} } = {}) {
      const file = await Deno.makeTempFile({ dir: folder, suffix: ".env" });
      const lines = Object.entries({ ...VARIABLES, ...variables }).map(([key, value]) => `${key}="${value}"`);
      Deno.writeTextFileSync(file, lines.join("\n"));
      return await runCommandLine(name, ["--project-ref", REF, "--env-file", file, ...args], { ...env, ...more });
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Runs a command as npm does, with nothing of this process's environment. */
export async function runCommandLine(name: string, args: string[], env: Record<string, string>): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command("node", {
    args: ["--", "scripts/run.mjs", name, ...args],
    cwd: ROOT,
    clearEnv: true,
    env,
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, said: text.decode(stdout) + text.decode(stderr) };
}

/** As a new hosted project's: no migrations yet. */
async function emptyDatabase({ database_url }: Stack, made: AsyncDisposableStack): Promise<string> {
  const name = `rig_${crypto.randomUUID().replaceAll("-", "")}`;
  const as = (role: string, database: string) => {
    const url = new URL(database_url);
    return Object.assign(url, { username: role, password: role, pathname: `/${database}` }).href;
  };
  const admin = connect(as("supabase_admin", "postgres"));
  await admin`create database ${admin(name)} template template0 owner postgres`;
  made.defer(async () => {
    await admin`drop database ${admin(name)} with (force)`;
    await admin.end();
  });
  const inside = connect(as("supabase_admin", name));
  await inside.unsafe(readSql("database.sql"));
  await inside.unsafe(readSql("newer_privileges.sql"));
  await inside.end();
  return as("postgres", name);
}

/** The bench's Stripe knows one account and its own secret key only. */
async function answerAsStripe(
  request: Request,
  accounts: ReadonlyMap<string, string>,
  { stripe_url }: Stack,
): Promise<Response> {
  const id = accounts.get(request.headers.get("authorization")?.slice("Bearer ".length) ?? "");
  const { pathname, search } = new URL(request.url);
  if (id === undefined) {
    const error = { type: "invalid_request_error", message: "Invalid API Key provided" };
    return Response.json({ error }, { status: 401 });
  }
  if (pathname === "/v1/account") return Response.json({ id, object: "account" });
  const headers = new Headers(request.headers);
  headers.set("authorization", `Bearer ${STRIPE_SECRET_KEY}`);
  return await fetch(stripe_url + pathname + search, { method: request.method, headers, body: request.body });
}

/** The bench's Clerk knows its own secret key only. */
async function passToClerk(request: Request, { clerk_url }: Stack): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const headers = new Headers(request.headers);
  if (headers.get("authorization") === `Bearer ${VARIABLES.CLERK_SECRET_KEY}`) {
    headers.set("authorization", `Bearer ${CLERK_SECRET_KEY}`);
  }
  return await fetch(clerk_url + pathname + search, { method: request.method, headers, body: request.body });
}
