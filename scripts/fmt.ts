/** `npm run fmt [-- --check]`: formats everything, or lists what is not formatted. */
import { runCommand } from "./lib/command.ts";
import { runDeno } from "./lib/run_deno.ts";

await runCommand(() => runDeno(["fmt", ...Deno.args]));
