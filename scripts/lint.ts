/** `npm run lint`: what a reader would trip over. */
import { runCommand } from "./local/command.ts";
import { runDeno } from "./local/run_deno.ts";

await runCommand(() => runDeno(["lint", ...Deno.args]));
