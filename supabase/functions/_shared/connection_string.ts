import * as z from "zod/mini";

/** How to connect to a PostgreSQL. */
export interface ServerSettings {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Undefined: the driver reads PGPASSWORD or ~/.pgpass, as psql does. */
  readonly password: string | undefined;
  readonly database: string;
  /** Whether the connection is encrypted, and the server's certificate and name are verified. */
  readonly tls: boolean;
  /** The file of the certificates to trust, in place of the public ones. */
  readonly rootCertificate: string | undefined;
}

/**
 * A connection string: `postgres://user:password@host:port/database?sslmode=verify-full&sslrootcert=file`; other
 * parameters have no effect. https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 */
export const connectionString = () => z.pipe(z.string(), z.transform(settingsOf));

function settingsOf(text: string, { issues }: { issues: unknown[] }): ServerSettings {
  const refuse = (message: string) => {
    issues.push({ code: "custom", message });
    return z.NEVER;
  };
  const url = URL.parse(text);
  const parameter = (name: string) => url?.searchParams.get(name) ?? undefined;
  const socket = parameter("host")?.startsWith("/") ? parameter("host") : undefined;
  const parts = [url?.hostname, url?.username, url?.password, url?.pathname.slice(1)];
  const [host, user, password, database] = parts.map((part) => decode(part ?? ""));
  const isComplete = (socket ?? host) && user && password !== undefined && database;
  if (!/^postgres(ql)?:\/\//.test(text) || !isComplete) {
    return refuse("is not a connection string (postgres://user:password@host:5432/database)");
  }
  const address = socket ?? host!.replace(/^\[|\]$/g, "");
  const sslmode = parameter("sslmode") ?? "disable";
  const isLocal = socket !== undefined || /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(address);
  if (sslmode !== "verify-full" && !(sslmode === "disable" && isLocal)) {
    return refuse("must have sslmode=verify-full: another mode does not verify the server");
  }
  return {
    host: address,
    port: Number(url?.port || 5432),
    user,
    password: password || undefined,
    database,
    tls: sslmode === "verify-full",
    rootCertificate: parameter("sslrootcert"),
  };
}

/** The text of a part of a URL; undefined when it is not one, such as a password with a `%` of its own. */
function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
