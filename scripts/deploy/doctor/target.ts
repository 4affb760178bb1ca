/** What the doctor checks: a project or the local stack. */
import type { Database } from "../target/database.ts";
import type { ManagementApi } from "../target/management_api.ts";
import type { VariablesFile } from "../variables/variables_file.ts";

export interface DoctorTarget {
  readonly url: string;
  readonly database: Database;
  /** The variables that the functions should have. */
  readonly variables: Readonly<Record<string, string>>;
  readonly stripeUrl: string;
  readonly clerkUrl: string;
  readonly clerkIssuer: string;
  readonly keySetUrl: string;
  /** The project's publishable key. */
  publishableKey(): Promise<string>;
  /** The instruction that restores migrations, variables and functions. */
  readonly repair: string;
  /** The options after `npm run <command>` that select this target, starting with ` -- `; or empty. */
  readonly options: string;
  /** Set for a hosted project only. */
  readonly hosted?: Hosted;
  /** A session token from the operator, for an instance that creates no test sessions. */
  readonly token?: string;
}

export interface Hosted {
  readonly ref: string;
  readonly api: ManagementApi;
  readonly file: VariablesFile;
  /** The problems of the file. */
  readonly problems: readonly string[];
}
