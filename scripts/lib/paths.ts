import { fileURLToPath } from "node:url";

/** The repository's folder, without a slash at its end. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");

/** The state of all stacks; ignored by git. */
export const LOCAL = `${ROOT}/.local`;

/** The state of the stack on this port. */
export const dataFolder = (port: number): string => `${LOCAL}/${port}`;

/** The home of the CLIs that the scripts run, so that they change no file of the user. */
export const HOME = `${LOCAL}/home`;
