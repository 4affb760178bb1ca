/** `npm run client:pack -- FILE`: writes the client as a package that npm installs. */
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { packClient } from "./client/pack.ts";
import { readArguments, runCommand } from "./lib/command.ts";
import { Failure } from "./lib/failure.ts";

await runCommand(async () => {
  const { positionals: [file] } = readArguments({});
  if (file === undefined) {
    throw new Failure('Name the file to write: npm run client:pack -- "../my-app/billing-client.tgz"');
  }
  if (!existsSync(dirname(resolve(file)))) throw new Failure(`There is no folder "${dirname(file)}"`);
  await packClient(resolve(file));
  console.log(`Wrote "${file}". Install it with "npm install ${file}"`);
});
