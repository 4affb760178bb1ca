/**
 * A project to deploy to, made of emulators: the management API, a test stack's functions, Clerk and Stripe. Commands run
 * as an operator runs them, and reach nothing outside this machine.
 */
import { listen } from "../../lib/listen.ts";
import { connect, readSql } from "../../lib/database.ts";
import { CLERK_SECRET_KEY, STRIPE_SECRET_KEY } from "../../lib/project_keys.ts";
import { type CommandResult, runCommandLine, SHELL } from "./run_command_line.ts";
import { refuseCall } from "./restricted_key.ts";
import { startTestStack, type TestStack } from "./test_stack.ts";
import {
  ACCESS_TOKEN,
  createManagementApiEmulator,
  type ManagementApiEmulator,
  REF,
} from "./management_api_emulator.ts";
import { EMULATORS } from "../target/service_urls.ts";
import { forwardToProject } from "./forward_to_project.ts";

/** The file of variables for a test project; the keys belong to no account. */
export const VARIABLES: Readonly<Record<string, string>> = {
  STRIPE_SECRET_KEY: "sk_test_51Fixture",
  CLERK_PUBLISHABLE_KEY: `pk_test_${btoa("fixture.clerk.accounts.dev$")}`,
  CLERK_SECRET_KEY: "sk_test_fixture",
  // The issuer of the Clerk emulator's tokens.
  CLERK_ISSUER: "https://local.clerk.accounts.dev",
  ALLOWED_ORIGINS: "http://localhost:3000,https://app.example.com",
  CATALOG_REFRESH_SECONDS: "60",
  RECONCILE_SECRET: "reconcile_fixture_00000000000000000000000",
};

/** A key of the same account that has the documented permissions only. */
export const RESTRICTED_KEY = "rk_test_51Fixture";

export interface DeployFixture extends AsyncDisposable {
  readonly stack: TestStack;
  readonly project: ManagementApiEmulator;
  /** The project's database, empty at first, as `postgres`. */
  readonly databaseUrl: string;
  sql(query: string): Promise<Record<string, unknown>[]>;
  /** Secret key → account, at Stripe. */
  readonly accounts: Map<string, string>;
  /** Runs `npm run <name> -- --project-ref … --env-file …` with these variables in the file. */
  run(name: string, options?: RunOptions): Promise<CommandResult>;
  /** The project's URL. */
  readonly url: string;
  /** Calls Stripe with the key of the file's account. */
  stripe(method: string, path: string, form?: Record<string, string>): Promise<any>;
  /** The environment for a program that has to find the emulators. */
  readonly env: Readonly<Record<string, string>>;
}

export interface RunOptions {
  readonly args?: string[];
  /** In the file, over {@link VARIABLES}; an empty value counts as missing. */
  readonly variables?: Readonly<Record<string, string>>;
  /** In the shell, over the fixture's {@link DeployFixture.env}. */
  readonly env?: Readonly<Record<string, string>>;
}

/** @param migrated Whether the project's database is the stack's; otherwise it is empty. */
export async function createDeployFixture({ migrated = false } = {}): Promise<DeployFixture> {
  await using started = new AsyncDisposableStack();
  const { RECONCILE_SECRET = "", ALLOWED_ORIGINS = "" } = VARIABLES;
  const stack = started.use(await startTestStack({ seed: true, env: { RECONCILE_SECRET, ALLOWED_ORIGINS } }));
  const databaseUrl = migrated ? stack.database_url : await emptyDatabase(stack, started);
  const project = createManagementApiEmulator({ databaseUrl, publishableKey: stack.publishable_key });
  started.defer(() => project.close());
  const accounts = new Map([[VARIABLES.STRIPE_SECRET_KEY ?? "", "acct_fixture"], [RESTRICTED_KEY, "acct_fixture"]]);
  const sql = connect(databaseUrl);
  started.defer(() => sql.end());

  function serve(handler: (request: Request) => Response | Promise<Response>): string {
    const server = listen(0, handler);
    started.defer(() => server.close());
    return server.url;
  }
  const folder = await Deno.makeTempDir({ prefix: "fixture-" });
  started.defer(() => Deno.remove(folder, { recursive: true }));
  const profile = `${folder}/profile.json`;
  const api = serve(project.fetch);
  Deno.writeTextFileSync(
    profile,
    JSON.stringify({ name: "fixture", api_url: api, dashboard_url: api, project_host: "fixture.localhost" }),
  );
  const url = serve((request) => forwardToProject(request, stack, project.secrets));
  const env = {
    ...SHELL,
    SUPABASE_PROFILE: profile,
    SUPABASE_ACCESS_TOKEN: ACCESS_TOKEN,
    SUPABASE_DB_URL: `${databaseUrl}?sslmode=disable`,
    [EMULATORS]: JSON.stringify({
      project: url,
      stripe: serve((request) => forwardToStripe(request, accounts, stack)),
      clerk: serve((request) => forwardToClerk(request, stack)),
    }),
  };

  const running = started.move();
  return {
    stack,
    project,
    databaseUrl,
    accounts,
    env,
    url,
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

/** Like a new hosted project's: without migrations. */
async function emptyDatabase({ database_url }: TestStack, started: AsyncDisposableStack): Promise<string> {
  const name = `deploy_${crypto.randomUUID().replaceAll("-", "")}`;
  const as = (role: string, database: string) => {
    const url = new URL(database_url);
    return Object.assign(url, { username: role, password: role, pathname: `/${database}` }).href;
  };
  const admin = connect(as("supabase_admin", "postgres"));
  await admin`create database ${admin(name)} template template0 owner postgres`;
  started.defer(async () => {
    await admin`drop database ${admin(name)} with (force)`;
    await admin.end();
  });
  const inside = connect(as("supabase_admin", name));
  await inside.unsafe(readSql("database.sql"));
  await inside.unsafe(readSql("newer_privileges.sql"));
  await inside.end();
  return as("postgres", name);
}

/** The Stripe emulator has one account and one secret key, so accounts and keys are mapped here. */
async function forwardToStripe(
  request: Request,
  accounts: ReadonlyMap<string, string>,
  { stripe_url }: TestStack,
): Promise<Response> {
  const id = accounts.get(request.headers.get("authorization")?.slice("Bearer ".length) ?? "");
  const { pathname, search } = new URL(request.url);
  if (id === undefined) {
    const error = { type: "invalid_request_error", message: "Invalid API Key provided" };
    return Response.json({ error }, { status: 401 });
  }
  const key = request.headers.get("authorization") ?? "";
  const refused = key.startsWith("Bearer rk_") ? refuseCall(request.method, pathname, id) : undefined;
  if (refused !== undefined) return refused;
  if (pathname === "/v1/account") return Response.json({ id, object: "account" });
  const headers = new Headers(request.headers);
  headers.set("authorization", `Bearer ${STRIPE_SECRET_KEY}`);
  return await fetch(stripe_url + pathname + search, { method: request.method, headers, body: request.body });
}

/** The Clerk emulator has one secret key, so the file's key is mapped here. */
async function forwardToClerk(request: Request, { clerk_url }: TestStack): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const headers = new Headers(request.headers);
  if (headers.get("authorization") === `Bearer ${VARIABLES.CLERK_SECRET_KEY}`) {
    headers.set("authorization", `Bearer ${CLERK_SECRET_KEY}`);
  }
  return await fetch(clerk_url + pathname + search, { method: request.method, headers, body: request.body });
}
