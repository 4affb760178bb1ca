/** The Supabase project that a command works on, and how it is reached. */
import { Failure } from "../../lib/failure.ts";
import { type Database, hostedDatabase } from "./database.ts";
import { type ManagementApi, openManagementApi } from "./management_api.ts";
import type { ServiceUrls } from "./service_urls.ts";

export interface Project {
  readonly ref: string;
  readonly url: string;
  readonly accessToken: string;
  /** Of the role `postgres`. Without it the Supabase CLI requests a temporary login. */
  readonly databasePassword: string | undefined;
  /** The connection string for `db push`, for networks on which the CLI's default connection fails (no IPv6). */
  readonly databaseUrl: string | undefined;
  readonly api: ManagementApi;
  readonly database: Database;
}

/** Reads a setting of the scripts (not of the functions): from the shell, otherwise from the file of variables. */
export type Settings = (name: string) => string | undefined;

export const settingsOf = (file: Readonly<Record<string, string>>): Settings => (name) =>
  (Deno.env.get(name) ?? file[name])?.trim() || undefined;

/**
 * The project reference, if one is given.
 *
 * @param file The file's own reference
 * @throws Failure when it is malformed, or when only the shell says that the file is sent to another project
 */
export function readProjectRef(
  option: string | undefined,
  settings: Settings,
  file: string | undefined,
): string | undefined {
  const ref = option ?? settings("SUPABASE_PROJECT_REF");
  if (option === undefined && file && file !== ref) {
    throw new Failure(
      `SUPABASE_PROJECT_REF is "${ref}" in the shell and "${file}" in the file: unset it, or pass --project-ref`,
    );
  }
  if (ref === undefined || /^[a-z]{20}$/.test(ref)) return ref;
  throw new Failure(
    `Invalid project reference "${ref}": expected the 20 lowercase letters in the URL of the project's dashboard`,
  );
}

/**
 * The connection string, which names its project in the host (`db.<ref>.supabase.co`) or, at a pooler, in the user
 * (`postgres.<ref>`). https://supabase.com/docs/guides/database/connecting-to-postgres
 *
 * @throws Failure when it is another project's
 */
function requireDatabaseOf(ref: string, url: string | undefined): string | undefined {
  const { hostname = "", username = "" } = URL.parse(url ?? "") ?? {};
  const [, named] = hostname.match(/^db\.([a-z]{20})\.supabase\.\w+$/) ?? username.match(/\.([a-z]{20})$/) ?? [];
  if (named === undefined || named === ref) return url;
  throw new Failure(`SUPABASE_DB_URL is of project ${named}, not of ${ref}: unset it, or copy it again`);
}

/** @throws Failure when the access token is missing */
export function openProject(
  { ref, settings, urls }: { readonly ref: string; readonly settings: Settings; readonly urls: ServiceUrls },
): Project {
  const accessToken = settings("SUPABASE_ACCESS_TOKEN");
  if (accessToken === undefined) {
    throw new Failure(
      "SUPABASE_ACCESS_TOKEN is missing. Create one at https://supabase.com/dashboard/account/tokens and export it",
    );
  }
  const api = openManagementApi(urls.managementApi, ref, accessToken);
  return {
    ref,
    url: urls.projectUrl(ref),
    accessToken,
    databasePassword: settings("SUPABASE_DB_PASSWORD"),
    databaseUrl: requireDatabaseOf(ref, settings("SUPABASE_DB_URL")),
    api,
    database: hostedDatabase(api),
  };
}
