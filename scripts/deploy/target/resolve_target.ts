/** What `doctor`, `stripe:switch` and `stripe:webhook` are about: a project when one is named, else the stack that runs here. */
import { Failure } from "../../lib/failure.ts";
import { exists } from "../../lib/files.ts";
import { parsePort } from "../../lib/ports.ts";
import { findStack, type StackFile } from "../../lib/stack_file.ts";
import { readServiceUrls, type ServiceUrls } from "./service_urls.ts";
import { openProject, type Project, readProjectRef, settingsOf } from "./project.ts";
import { validateVariables } from "../variables/validate_variables.ts";
import { readVariables, type VariablesFile } from "../variables/variables_file.ts";

export const OPTIONS = {
  "project-ref": { type: "string" },
  "env-file": { type: "string" },
  live: { type: "boolean", default: false },
  port: { type: "string" },
} as const;

export interface TargetOptions {
  readonly "project-ref"?: string;
  readonly "env-file"?: string;
  readonly live: boolean;
  readonly port?: string;
}

export interface HostedTarget {
  readonly project: Project;
  readonly file: VariablesFile;
  readonly endpoints: ServiceUrls;
  readonly live: boolean;
}

/**
 * The project that is named on the command line, in the shell or in the file of variables.
 *
 * @returns undefined when none is, or a port names a stack
 */
export function resolveProject(
  { "project-ref": option, "env-file": envFile, live, port }: TargetOptions,
): HostedTarget | undefined {
  if (port !== undefined) return undefined;
  const path = envFile ?? ".env";
  const known = exists(path) ? readVariables(path) : undefined;
  const settings = settingsOf(known?.all ?? {});
  const ref = readProjectRef(option, settings);
  if (ref === undefined) return undefined;
  const endpoints = readServiceUrls({ live });
  return { project: openProject(ref, settings, endpoints), file: known ?? readVariables(path), endpoints, live };
}

/** The file's key. @throws Failure when there is none, or it is a stand-in's or of the other mode */
export function requireStripeKey({ file, live }: Pick<HostedTarget, "file" | "live">): string {
  const { STRIPE_SECRET_KEY = "" } = file.secrets;
  const [refused] = validateVariables({ STRIPE_SECRET_KEY }, { live });
  if (STRIPE_SECRET_KEY === "") throw new Failure(`STRIPE_SECRET_KEY is missing in "${file.path}"`);
  if (refused !== undefined) throw new Failure(refused);
  return STRIPE_SECRET_KEY;
}

/** @throws Failure when it doesn't run */
export function resolveStack({ port }: TargetOptions): StackFile {
  const number = port === undefined ? undefined : parsePort(port);
  const stack = findStack(number);
  if (stack !== undefined) return stack;
  throw new Failure(
    `No stack runs${number === undefined ? "" : ` on port ${number}`}, and no project is named: ` +
      `start one with "npm start", or give --project-ref`,
  );
}
