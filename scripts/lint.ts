/** `npm run lint`: what a reader would trip over. */
import { runCommand } from "./lib/command.ts";
import { runDeno } from "./lib/run_deno.ts";

await runCommand(() => runDeno(["lint", ...Deno.args]));
