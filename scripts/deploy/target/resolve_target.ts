/** The project or local stack that a command works on: a project when one is named, otherwise the running stack. */
import { Failure } from "../../lib/failure.ts";
import { exists } from "../../lib/files.ts";
import { parsePort } from "../../lib/ports.ts";
import { findStack, type StackFile } from "../../lib/stack_file.ts";
import { validateVariables } from "../variables/validate_variables.ts";
import { readVariables, type VariablesFile } from "../variables/variables_file.ts";
import { openProject, type Project, readProjectRef, type Settings, settingsOf } from "./project.ts";
import { readServiceUrls, type ServiceUrls } from "./service_urls.ts";

export const PROJECT_OPTIONS = {
  "project-ref": { type: "string" },
  "env-file": { type: "string" },
  live: { type: "boolean", default: false },
} as const;

export const TARGET_OPTIONS = { ...PROJECT_OPTIONS, port: { type: "string" } } as const;

export interface TargetOptions {
  readonly "project-ref"?: string;
  readonly "env-file"?: string;
  readonly live: boolean;
  readonly port?: string;
}

/** A project by its reference, before anything of it is opened. */
export interface NamedProject {
  readonly ref: string;
  readonly file: VariablesFile;
  readonly settings: Settings;
  readonly urls: ServiceUrls;
  readonly live: boolean;
}

export interface HostedTarget extends Pick<NamedProject, "file" | "urls" | "live"> {
  readonly project: Project;
}

/** The file of variables. @throws Failure when it does not exist */
export const readVariablesFile = ({ "env-file": path = ".env" }: Pick<TargetOptions, "env-file">): VariablesFile =>
  readVariables(path);

/**
 * The project that the command line, the shell or the file of variables names.
 *
 * @returns undefined when none does, or when a port selects a local stack
 * @throws Failure when the reference is malformed or the file does not exist
 */
export function findProject(options: TargetOptions): NamedProject | undefined {
  const { "project-ref": option, "env-file": path = ".env", live, port } = options;
  if (port !== undefined) return undefined;
  const all = exists(path) ? readVariables(path).all : {};
  const settings = settingsOf(all);
  const ref = readProjectRef(option, settings, all.SUPABASE_PROJECT_REF);
  if (ref === undefined) return undefined;
  return { ref, settings, urls: readServiceUrls({ live }), file: readVariables(path), live };
}

/** The named project, opened. @returns undefined as {@link findProject} @throws Failure without an access token */
export function resolveProject(options: TargetOptions): HostedTarget | undefined {
  const named = findProject(options);
  return named && { ...named, project: openProject(named) };
}

/** @param hint Ends the message. @throws Failure when no project is named */
export function requireProject(options: TargetOptions, hint = ""): HostedTarget {
  const target = resolveProject(options);
  if (target !== undefined) return target;
  throw new Failure(`No project is named. Pass --project-ref or set SUPABASE_PROJECT_REF${hint}`);
}

/** The file's Stripe key. @throws Failure when it is missing, an emulator's, or of the other mode */
export function requireStripeKey({ file, live }: Pick<NamedProject, "file" | "live">): string {
  const { STRIPE_SECRET_KEY = "" } = file.secrets;
  const [problem] = validateVariables({ STRIPE_SECRET_KEY }, { live });
  if (STRIPE_SECRET_KEY === "") throw new Failure(`STRIPE_SECRET_KEY is missing in "${file.path}"`);
  if (problem !== undefined) throw new Failure(problem);
  return STRIPE_SECRET_KEY;
}

/** The running local stack. @throws Failure when none runs */
export function resolveStack({ port }: Pick<TargetOptions, "port">): StackFile {
  const number = port === undefined ? undefined : parsePort(port);
  const stack = findStack(number);
  if (stack !== undefined) return stack;
  throw new Failure(
    `No stack is running${number === undefined ? "" : ` on port ${number}`} and no project is named. ` +
      `Start a stack with "npm start", or pass --project-ref`,
  );
}
