/** `npm run check`: the types of the scripts and of the functions, each under its own configuration. */
import { runCommand } from "./lib/command.ts";
import { runDeno } from "./lib/run_deno.ts";

const FUNCTIONS = ["--config=supabase/functions/deno.json", "--node-modules-dir=manual"];

await runCommand(async () => {
  const scripts = await runDeno(["check", "--quiet", "scripts", "packages"]);
  const functions = await runDeno(["check", "--quiet", ...FUNCTIONS, "supabase/functions"]);
  return scripts || functions;
});
