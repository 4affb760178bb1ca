/** What every command shares: how it reads its options, and how it reports a failure. */
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { Failure } from "./failure.ts";
import { helpOf } from "./help.ts";

/** Reads the command line. @throws Failure on an unknown option, or one without its value */
export function readArguments<Options extends ParseArgsOptionsConfig>(options: Options) {
  try {
    return parseArgs({ args: Deno.args, options, allowPositionals: true });
  } catch (cause) {
    // Node adds how a file whose name begins with a dash is passed.
    const [problem] = (cause instanceof Error ? cause.message : String(cause)).split(". ");
    throw new Failure(`${problem}: "-- --help" shows how this command is called`);
  }
}

/** Runs a command, or prints its help for `--help`; a {@link Failure} is shown as its message, anything else with its stack. */
export async function runCommand(command: () => Promise<number | void>): Promise<void> {
  if (Deno.args.includes("--help") || Deno.args.includes("-h")) {
    console.log(helpOf(await Deno.readTextFile(new URL(Deno.mainModule))));
    Deno.exit(0);
  }
  let code: number;
  try {
    code = await command() ?? 0;
  } catch (error) {
    console.error(error instanceof Failure ? error.message : error);
    code = 1;
  }
  Deno.exit(code);
}
