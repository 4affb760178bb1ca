/** The example app: where it is, and what it is built with. */
import { exists } from "./files.ts";
import { ROOT } from "./paths.ts";
import type { StackFile } from "./stack_shape.ts";

export const WEB_APP = `${ROOT}/examples/web`;

/** The path of the web server at which Clerk's Frontend API answers, as the `proxyUrl` of the app. */
export const CLERK_PROXY = "/__clerk";

/** The packages that building and serving need. */
const PACKAGES = ["vite", "react", "@clerk/react", "@clerk/clerk-js", "@clerk/ui"];

/** What this copy of the repository lacks, or undefined where the app can be built. */
export function missingForWebApp(root = ROOT): string | undefined {
  if (!exists(`${root}/examples/web/package.json`)) return "no examples/web";
  const folders = [`${root}/examples/web/node_modules`, `${root}/node_modules`];
  const absent = PACKAGES.find((name) => !folders.some((folder) => exists(`${folder}/${name}/package.json`)));
  return absent === undefined ? undefined : `${absent} is not installed`;
}

/** The file that runs vite. */
export function viteFile(): string {
  const [inApp, hoisted] = [`${WEB_APP}/node_modules/vite`, `${ROOT}/node_modules/vite`];
  return `${exists(inApp) ? inApp : hoisted}/bin/vite.js`;
}

/** The app's variables; Clerk's own service needs no proxy. */
export const webVariables = (
  { url, publishable_key, clerk_publishable_key, isLocalClerk }:
    & Pick<StackFile, "url" | "publishable_key" | "clerk_publishable_key">
    & { isLocalClerk: boolean },
): Record<string, string> => ({
  VITE_SUPABASE_URL: url,
  VITE_SUPABASE_PUBLISHABLE_KEY: publishable_key,
  VITE_CLERK_PUBLISHABLE_KEY: clerk_publishable_key,
  VITE_CLERK_PROXY_URL: isLocalClerk ? CLERK_PROXY : "",
});
