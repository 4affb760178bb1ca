/** The variables of a server beside a test stack, with whose database and emulators it works. */
import { freePort } from "../../lib/ports.ts";
import { functionVariables, type TestStackFile, type Transport } from "../../testbed/client.ts";

export type Variables = Readonly<Record<string, string>>;

/** How the server reaches the database. */
export const DATABASES = {
  "the Data API": "data_api",
  "DATABASE_URL": "driver",
} satisfies Record<string, Transport>;

/** With a port of its own. */
export const serverVariables = (stack: TestStackFile, transport: Transport): Variables & { PORT: string } => ({
  ...functionVariables(stack, transport),
  PORT: String(freePort()),
});

/** Writes a file of variables. @returns Its path */
export function writeVariables(variables: Variables): string {
  const file = Deno.makeTempFileSync({ suffix: ".env" });
  Deno.writeTextFileSync(file, Object.entries(variables).map(([name, value]) => `${name}='${value}'\n`).join(""));
  return file;
}
