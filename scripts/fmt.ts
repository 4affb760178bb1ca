/** `npm run fmt [-- --check]`: formats everything, or says what isn't. */
import { runCommand } from "./local/command.ts";
import { runDeno } from "./local/run_deno.ts";

await runCommand(() => runDeno(["fmt", ...Deno.args]));
