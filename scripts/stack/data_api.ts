/**
 * Supabase's Data API over a local PostgreSQL: `@supabase/lite`, and the parts of PostgREST that it leaves out.
 * README.md lists the differences that remain.
 */
import { App } from "@supabase/lite";
import { PostgresConnection } from "@supabase/lite/postgres";
import { within } from "../lib/within.ts";
import { surviveCutConnections, unlessCut } from "./cut_connections.ts";
import { isConnectionLost, isUnknownToLite, statusOf } from "./sql_state.ts";

export interface DataApi {
  /** Answers `/rest/v1/…`; the bearer is a token signed with the secret that the API was opened with. */
  fetch(request: Request): Promise<Response>;
  close(): Promise<void>;
}

export interface DataApiOptions {
  /** The migrated database, as `authenticator`; its schema is read once. */
  readonly url: string;
  /** Signs the tokens that say which role a request has. */
  readonly jwtSecret: string;
  readonly publishableKey: string;
  readonly secretKey: string;
  /** The maximum number of connections. */
  readonly connections?: number;
  /** Holds the schema for other Data APIs of equal databases; default each reads its own, which takes a tenth of a second. */
  readonly schemaCache?: SchemaCache;
}

/** The text of one schema. */
export interface SchemaCache {
  get(): Promise<string | undefined>;
  set(key: string, schema: string): Promise<void>;
  delete(): Promise<void>;
}

/** Opens the API. @throws Error when the database cannot be read */
export async function createDataApi(options: DataApiOptions): Promise<DataApi> {
  const { url, jwtSecret, publishableKey, secretKey, connections = 10 } = options;
  surviveCutConnections();
  const connection = new HostedConnection(url, connections, options.schemaCache);
  const app = new App({
    connection: connection as any,
    auth: { enabled: false, jwt_secret: jwtSecret, publishable_key: publishableKey, secret_key: secretKey },
    api: { enabled: true, schemas: ["public"] },
    options: { server: { disableStudio: true, disableFallback: true } },
  } as any);
  await app.init();
  // Otherwise the first request reads it, and others would share what one database has become until then.
  await connection.introspect({ useCache: true });
  await connection.readTimeouts();
  const inProgress = new Set<Promise<Response>>();
  return {
    async fetch(request) {
      const answer = unlessCut(Promise.resolve(app.fetch(request, { peerAddress: null })), connectionLost);
      inProgress.add(answer);
      try {
        return await answer;
      } finally {
        inProgress.delete(answer);
      }
    },
    async close() {
      await within(CLOSING_TIME, Promise.allSettled(inProgress));
      await connection.close();
    },
  };
}

/** Milliseconds that the requests in progress may take when the API is closed. */
const CLOSING_TIME = 1_000;

/** lite passes the JSON text of an rpc argument to the driver, which would quote it again. */
const JSON_TYPE = {
  serialize: (value: unknown) => typeof value === "string" && /^\s*[[{]/.test(value) ? value : JSON.stringify(value),
  parse: JSON.parse,
};

class HostedConnection extends (PostgresConnection as any) {
  #timeouts = new Map<string, string>();

  constructor(url: string, max: number, schemaCache?: SchemaCache) {
    super({
      url,
      schemaCache,
      postgresOptions: {
        max,
        types: { json: { to: 114, from: [114], ...JSON_TYPE }, jsonb: { to: 3802, from: [3802], ...JSON_TYPE } },
      },
    });
    // Otherwise lite grants all rights to the API roles, and does not switch roles while no table has row-level security.
    this.rlsState = "active";
    this.#prepareStatements();
  }

  /** As PostgREST does by default: an unnamed statement with arguments takes a round trip more. */
  #prepareStatements() {
    const reserve = this.driver.reserve;
    this.driver.reserve = async () => {
      const connection = await reserve();
      const { unsafe } = connection;
      connection.unsafe = (text: string, values: unknown[]) => unsafe(text, values, { prepare: values.length > 0 });
      return connection;
    };
  }

  /** The driver may never settle a statement on a closed connection. */
  async close() {
    await this.driver.end({ timeout: 1 });
  }

  /** PostgREST applies the settings of the role that it switches to; `set role` alone does not. */
  async readTimeouts() {
    const roles: { rolname: string; rolconfig: string[] | null }[] = await this.kysely
      .selectFrom("pg_roles").select(["rolname", "rolconfig"]).execute();
    for (const { rolname, rolconfig } of roles) {
      const timeout = rolconfig?.find((setting) => setting.startsWith("statement_timeout="));
      if (timeout) this.#timeouts.set(rolname, timeout.slice("statement_timeout=".length));
    }
  }

  /** In one statement, as PostgREST does; lite sends one for each setting. */
  async applyJwtSessionContext(transaction: any, context: any) {
    const { auth } = context;
    const role = auth?.role || "anon";
    await set(transaction, {
      role,
      "request.jwt.claim.sub": String(auth?.uid ?? ""),
      "request.jwt.claim.role": role,
      "request.jwt.claims": auth?.jwt && typeof auth.jwt === "object" ? JSON.stringify(auth.jwt) : undefined,
      statement_timeout: this.#timeouts.get(role),
    });
  }

  async applyRpcRequestGucs(transaction: any, { method, path, requestHeaders = {} }: any) {
    await set(transaction, {
      "response.status": "",
      "response.headers": "",
      "request.method": method,
      "request.path": path,
      "request.headers": JSON.stringify(requestHeaders),
    });
  }

  /** lite maps few SQLSTATEs; the others become an error in PostgREST's own form, with PostgREST's status. */
  normalizeDbError(error: any) {
    const { code, message, detail = null, hint = null } = error;
    // lite writes every database error to the console: one line is enough.
    const inspected = { [Symbol.for("Deno.customInspect")]: () => `Data API | ${code}: ${message}` };
    if (isConnectionLost(error)) {
      return {
        ...inspected,
        ...asPostgrestError(503, { code: "PGRST001", message: CONNECTION_LOST, details: message }),
      };
    }
    if (!isUnknownToLite(code)) return Object.assign(error, inspected);
    return { ...inspected, ...asPostgrestError(statusOf(code), { code, message, details: detail, hint }) };
  }
}

/** Sets the settings that have a value, in their order, until the end of the transaction. */
async function set(transaction: any, settings: Readonly<Record<string, string | undefined>>) {
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  await transaction.selectNoFrom((build: any) =>
    given.map(([name, value]) => build.fn("set_config", [build.val(name), build.val(value), build.val(true)]).as(name))
  ).execute();
}

const CONNECTION_LOST = "Database client error. Retrying the connection.";

const connectionLost = () =>
  Response.json({ code: "PGRST001", message: CONNECTION_LOST, details: null, hint: null }, { status: 503 });

/** The error of a function that raises SQLSTATE `PGRST` to choose its response. https://docs.postgrest.org/en/stable/references/errors.html */
const asPostgrestError = (status: number, body: Record<string, unknown>) => ({
  code: "PGRST",
  message: JSON.stringify({ details: null, hint: null, ...body }),
  detail: JSON.stringify({ status, headers: {} }),
});
