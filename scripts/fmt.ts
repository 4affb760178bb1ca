/** `npm run fmt [-- --check]`: formats everything, or says what isn't. */
import { runCommand } from "./lib/command.ts";
import { runDeno } from "./lib/run_deno.ts";

await runCommand(() => runDeno(["fmt", ...Deno.args]));
