/** `npm run reset [-- --port N]`: removes the state of the stack on this port. */
import { readArguments, runCommand } from "./lib/command.ts";
import { readEnvironment } from "./lib/environment.ts";
import { exists, remove } from "./lib/files.ts";
import { lockFolder } from "./lib/folder_lock.ts";
import { dataFolder } from "./lib/paths.ts";
import { parsePort } from "./lib/ports.ts";
import { endLeftovers } from "./lib/processes.ts";

await runCommand(async () => {
  const { values } = readArguments({ port: { type: "string" } });
  readEnvironment();
  const port = parsePort(values.port);
  const folder = dataFolder(port);
  if (!exists(folder)) {
    console.log(`Nothing to reset: there is no "${folder}"`);
    return;
  }
  lockFolder(port);
  await endLeftovers(`${folder}/processes.json`);
  remove(folder);
  console.log(`Removed "${folder}": the next start creates it again`);
});
