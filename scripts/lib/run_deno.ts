import { ROOT } from "./paths.ts";

/** Runs a command of this Deno in the terminal, in the repository's folder. @returns Its exit code */
export async function runDeno(args: string[]): Promise<number> {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    // The script stops when its launcher exits.
    env: { LAUNCHER_PID: String(Deno.pid) },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  return code;
}
