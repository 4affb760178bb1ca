/** The Supabase project that a command is about, and how it is reached. */
import { Failure } from "../../lib/failure.ts";
import { type Database, hostedDatabase } from "./database.ts";
import type { ServiceUrls } from "./service_urls.ts";
import { type ManagementApi, openManagementApi } from "./management_api.ts";

export interface Project {
  readonly ref: string;
  readonly url: string;
  readonly accessToken: string;
  /** Of the role `postgres`; without it the CLI asks Supabase for a login of its own. */
  readonly databasePassword: string | undefined;
  /** Where `db push` shall go when the CLI's own way to the database is closed, as without IPv6. */
  readonly databaseUrl: string | undefined;
  readonly api: ManagementApi;
  readonly database: Database;
}

/** Settings that are the scripts' and not the functions': from the shell, or else from the file of variables. */
export type Settings = (name: string) => string | undefined;

export const settingsOf = (file: Readonly<Record<string, string>>): Settings => (name) =>
  (Deno.env.get(name) ?? file[name])?.trim() || undefined;

/** The reference that was given, if one was. @throws Failure when it cannot be one */
export function readProjectRef(option: string | undefined, settings: Settings): string | undefined {
  const ref = option ?? settings("SUPABASE_PROJECT_REF");
  if (ref === undefined || /^[a-z]{20}$/.test(ref)) return ref;
  throw new Failure(
    `"${ref}" is no project reference: it has 20 lowercase letters and is in the project's dashboard address`,
  );
}

/** @throws Failure naming what is missing */
export function openProject(ref: string | undefined, settings: Settings, endpoints: ServiceUrls): Project {
  const accessToken = settings("SUPABASE_ACCESS_TOKEN");
  if (ref === undefined) {
    throw new Failure("The project is not named: give --project-ref, or set SUPABASE_PROJECT_REF");
  }
  if (accessToken === undefined) {
    throw new Failure(
      "SUPABASE_ACCESS_TOKEN is missing: make one at https://supabase.com/dashboard/account/tokens and export it",
    );
  }
  const api = openManagementApi(endpoints.managementApi, ref, accessToken);
  return {
    ref,
    url: endpoints.projectUrl(ref),
    accessToken,
    databasePassword: settings("SUPABASE_DB_PASSWORD"),
    databaseUrl: settings("SUPABASE_DB_URL"),
    api,
    database: hostedDatabase(api),
  };
}
