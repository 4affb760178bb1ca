import { ROOT } from "../../lib/paths.ts";

export interface CommandResult {
  readonly code: number;
  /** Standard output, then standard error. */
  readonly output: string;
}

/** The least that a command needs of the environment. */
export const SHELL: Readonly<Record<string, string>> = {
  PATH: Deno.env.get("PATH") ?? "",
  HOME: Deno.env.get("HOME") ?? "",
};

/** Runs `npm run <name> -- <args>` as npm does, with this environment only. */
export async function runCommandLine(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = SHELL,
): Promise<CommandResult> {
  const { code, stdout, stderr } = await new Deno.Command("node", {
    args: ["--", "scripts/run.mjs", name, ...args],
    cwd: ROOT,
    clearEnv: true,
    env,
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, output: text.decode(stdout) + text.decode(stderr) };
}
