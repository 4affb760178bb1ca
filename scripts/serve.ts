/** `npm run serve [-- --env-file FILE]`: all endpoints in one process, without Supabase's Edge Functions. */
import { readArguments, runCommand } from "./lib/command.ts";
import { readEnvFile } from "./lib/env_file.ts";
import { Failure } from "./lib/failure.ts";
import { ROOT } from "./lib/paths.ts";
import { PERMISSIONS } from "./server/permissions.ts";

const FUNCTIONS = "supabase/functions";

await runCommand(async () => {
  const { values: { "env-file": file } } = readArguments({ "env-file": { type: "string" } });
  const variables = file === undefined ? {} : readEnvFile(file);
  if (variables === undefined) throw new Failure(`There is no file "${file}"`);

  const server = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      `--config=${FUNCTIONS}/deno.json`,
      "--node-modules-dir=manual",
      "--cached-only",
      "--no-prompt",
      ...PERMISSIONS,
      `${FUNCTIONS}/_server/main.ts`,
    ],
    cwd: ROOT,
    // The process's own variables count, as with Node's --env-file.
    env: { ...variables, ...Deno.env.toObject() },
    stdin: "null",
  }).spawn();
  // Both names of a stop mean the same to the server; its own terminal, where it has one, has sent it a Ctrl-C already.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, () => server.kill("SIGTERM"));
  }
  return (await server.status).code;
});
