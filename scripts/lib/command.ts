/** What every command shares: how it reads its options, and how it reports a failure. */
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { Failure } from "./failure.ts";

/** Reads the command line. @throws Failure on an unknown option */
export function readArguments<Options extends ParseArgsOptionsConfig>(options: Options) {
  try {
    return parseArgs({ args: Deno.args, options, allowPositionals: true });
  } catch (cause) {
    throw new Failure(cause instanceof Error ? cause.message : String(cause));
  }
}

/** Runs a command; a {@link Failure} is shown as its message, anything else with its stack. */
export async function runCommand(command: () => Promise<number | void>): Promise<void> {
  let code: number;
  try {
    code = await command() ?? 0;
  } catch (error) {
    console.error(error instanceof Failure ? error.message : error);
    code = 1;
  }
  Deno.exit(code);
}
