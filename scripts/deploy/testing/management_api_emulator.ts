/**
 * An emulator of Supabase's management API for one project. It records requests, and answers those of the Supabase CLI
 * and these scripts. SQL runs on the test's database.
 */
import { type Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { connect } from "../../lib/database.ts";

export const REF = "abcdefghijklmnopqrst";
export const ACCESS_TOKEN = `sbp_${"0".repeat(40)}`;

/** An uploaded function. */
export interface Upload {
  readonly slug: string;
  readonly metadata: { entrypoint_path: string; verify_jwt: boolean; import_map_path?: string };
  /** Path → text. */
  readonly files: Readonly<Record<string, string>>;
}

export interface ManagementApiEmulator {
  fetch(request: Request): Response | Promise<Response>;
  /** Method and path of every request, in order. */
  readonly requests: string[];
  readonly uploads: Upload[];
  /** Name → value. */
  readonly secrets: Map<string, string>;
  readonly issuers: string[];
  /** What it reports about each function; a test may change it. */
  readonly deployed: Map<string, { slug: string; status: string; verify_jwt: boolean }>;
  /** Names of secrets that it refuses to store. */
  readonly refusedSecrets: Set<string>;
  /** Path → status to answer with instead. */
  readonly failures: Map<string, number>;
  close(): Promise<void>;
}

export interface EmulatorOptions {
  /** The database on which SQL runs, as `postgres`. */
  readonly databaseUrl: string;
  readonly publishableKey: string;
}

export function createManagementApiEmulator({ databaseUrl, publishableKey }: EmulatorOptions): ManagementApiEmulator {
  const sql = connect(databaseUrl);
  const emulator = {
    requests: [] as string[],
    uploads: [] as Upload[],
    secrets: new Map<string, string>(),
    issuers: [] as string[],
    deployed: new Map<string, { slug: string; status: string; verify_jwt: boolean }>(),
    refusedSecrets: new Set<string>(),
    failures: new Map<string, number>(),
  };
  const app = new Hono().basePath(`/v1/projects/${REF}`);

  app.use("*", async (c, next) => {
    const path = c.req.path.slice(`/v1/projects/${REF}`.length);
    emulator.requests.push(`${c.req.method} ${path || "/"}`);
    if (c.req.header("authorization") !== `Bearer ${ACCESS_TOKEN}`) return c.json({ message: "Unauthorized" }, 401);
    const status = emulator.failures.get(path);
    if (status !== undefined) return c.json({ message: "Refused by the test" }, status as 403);
    await next();
  });
  app.get("/", (c) => c.json(PROJECT));
  app.get("/api-keys", (c) => c.json([{ id: "1", name: "default", type: "publishable", api_key: publishableKey }]));

  app.get("/functions", (c) => c.json([...emulator.deployed.values()]));
  app.post("/functions/deploy", async (c) => {
    const upload = await readUpload(c);
    emulator.uploads.push(upload);
    const { slug, metadata: { verify_jwt, entrypoint_path } } = upload;
    const made = { slug, status: "ACTIVE", verify_jwt };
    emulator.deployed.set(slug, made);
    return c.json({
      ...made,
      id: crypto.randomUUID(),
      name: slug,
      version: 1,
      created_at: 1,
      updated_at: 1,
      entrypoint_path,
    }, 201);
  });
  app.put("/functions", async (c) => c.json({ functions: await c.req.json() }));

  app.get("/secrets", async (c) => c.json(await digests(emulator.secrets)));
  app.post("/secrets", async (c) => {
    const secrets: { name: string; value: string }[] = await c.req.json();
    if (secrets.some(({ name }) => emulator.refusedSecrets.has(name))) {
      return c.json({ message: "Refused by the test" }, 400);
    }
    for (const { name, value } of secrets) emulator.secrets.set(name, value);
    return c.body(null, 201);
  });

  const integrations = () =>
    emulator.issuers.map((oidc_issuer_url, id) => ({ id: String(id), type: "oidc", oidc_issuer_url }));
  app.get("/config/auth/third-party-auth", (c) => c.json(integrations()));
  app.post("/config/auth/third-party-auth", async (c) => {
    emulator.issuers.push((await c.req.json()).oidc_issuer_url);
    return c.json(integrations().at(-1), 201);
  });

  app.post("/database/query", async (c) => {
    const { query, parameters = [] } = await c.req.json();
    try {
      // A row without columns may not arrive, so no command may count on it.
      return c.json([...await sql.unsafe(query, parameters)].filter((row) => Object.keys(row).length > 0), 201);
    } catch (error) {
      return c.json({ message: `Failed to run sql query: ${(error as Error).message}` }, 400);
    }
  });

  app.onError((error, c) =>
    error instanceof HTTPException ? error.getResponse() : c.json({ message: error.message }, 500)
  );
  return { ...emulator, fetch: (request) => app.fetch(request), close: () => sql.end() };
}

const PROJECT = {
  id: REF,
  ref: REF,
  organization_id: "test",
  organization_slug: "test",
  name: "Emulator",
  region: "eu-central-1",
  status: "ACTIVE_HEALTHY",
  created_at: "2026-01-01T00:00:00Z",
  database: { host: `db.${REF}.localhost`, version: "17.6.1.001", postgres_engine: "17", release_channel: "ga" },
};

async function readUpload(c: Context): Promise<Upload> {
  const form = await c.req.formData();
  const files = form.getAll("file").filter((file): file is File => file instanceof File);
  return {
    slug: c.req.query("slug") ?? "",
    metadata: JSON.parse(String(form.get("metadata"))),
    files: Object.fromEntries(await Promise.all(files.map(async (file) => [file.name, await file.text()]))),
  };
}

async function digests(secrets: ReadonlyMap<string, string>) {
  return await Promise.all([...secrets].map(async ([name, value]) => {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(value));
    return { name, value: new Uint8Array(digest).toHex() };
  }));
}
