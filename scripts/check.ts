/** `npm run check`: the types of the scripts, of the functions and of the example app, each under its own configuration. */
import { runCommand } from "./lib/command.ts";
import { exists } from "./lib/files.ts";
import { runDeno } from "./lib/run_deno.ts";
import { WEB_APP } from "./lib/web_app.ts";

const FUNCTIONS = ["--config=supabase/functions/deno.json", "--node-modules-dir=manual"];
/** The compiler of the app's own version. */
const TSC = `${WEB_APP}/node_modules/typescript/bin/tsc`;

await runCommand(async () => {
  const scripts = await runDeno(["check", "--quiet", "scripts", "packages"]);
  const functions = await runDeno(["check", "--quiet", ...FUNCTIONS, "supabase/functions"]);
  const app = exists(TSC) ? await runDeno(["run", "--allow-all", TSC, "--project", WEB_APP]) : 0;
  return scripts || functions || app;
});
