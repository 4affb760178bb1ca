/** `npm run lint`: the linter. */
import { runCommand } from "./lib/command.ts";
import { runDeno } from "./lib/run_deno.ts";

await runCommand(() => runDeno(["lint", ...Deno.args]));
