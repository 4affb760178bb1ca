import { exists } from "../lib/files.ts";

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The browser of CHROME_PATH or of this machine; undefined without one. */
export const findBrowser = (): string | undefined =>
  [Deno.env.get("CHROME_PATH"), ...PATHS].find((path) => path && exists(path));
