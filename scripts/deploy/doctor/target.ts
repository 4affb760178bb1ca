/** What the doctor looks at: a project, or the stack on this machine. */
import type { Database } from "../target/database.ts";
import type { ManagementApi } from "../target/management_api.ts";
import type { VariablesFile } from "../variables/variables_file.ts";

export interface Target {
  readonly url: string;
  readonly database: Database;
  /** What the functions are meant to have. */
  readonly variables: Readonly<Record<string, string>>;
  readonly stripeUrl: string;
  readonly clerkUrl: string;
  readonly clerkIssuer: string;
  readonly keySetUrl: string;
  /** The project's own public key. */
  publishableKey(): Promise<string>;
  /** What to type so that migrations, variables and functions are there again. */
  readonly repair: string;
  /** What to type behind `npm run <command>` so that it is about the same; with the dashes before it, or empty. */
  readonly options: string;
  /** Only a hosted project has these. */
  readonly hosted?: Hosted;
  /** A session token that somebody brought, for an instance that gives out none. */
  readonly token?: string;
}

export interface Hosted {
  readonly ref: string;
  readonly api: ManagementApi;
  readonly file: VariablesFile;
  /** What is wrong with the file. */
  readonly problems: readonly string[];
}
