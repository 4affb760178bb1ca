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

/** The project reference, if one is given. @throws Failure when it is malformed */
export function readProjectRef(option: string | undefined, settings: Settings): string | undefined {
  const ref = option ?? settings("SUPABASE_PROJECT_REF");
  if (ref === undefined || /^[a-z]{20}$/.test(ref)) return ref;
  throw new Failure(
    `Invalid project reference "${ref}": expected the 20 lowercase letters in the URL of the project's dashboard`,
  );
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
    databaseUrl: settings("SUPABASE_DB_URL"),
    api,
    database: hostedDatabase(api),
  };
}
