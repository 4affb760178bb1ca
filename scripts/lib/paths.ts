import { fileURLToPath } from "node:url";

/** The repository's folder, without a slash at its end. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");

/** Whatever stacks keep; ignored by git. */
export const LOCAL = `${ROOT}/.local`;

/** Everything that the stack on this port keeps. */
export const dataFolder = (port: number): string => `${LOCAL}/${port}`;

/** The home of the CLIs that we run, so that they touch no file of the user's. */
export const HOME = `${LOCAL}/home`;
