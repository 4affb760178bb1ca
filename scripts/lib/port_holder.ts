/** The process that listens on a port, as `"node" (pid 123)`; undefined where neither `lsof` nor `ss` shows it. */
export async function portHolder(port: number): Promise<string | undefined> {
  for (const [command, args, pattern] of commands(port)) {
    try {
      const { stdout } = await new Deno.Command(command, { args, stderr: "null" }).output();
      const [, first, second] = new TextDecoder().decode(stdout).match(pattern) ?? [];
      if (first && second) return command === "lsof" ? `"${second}" (pid ${first})` : `"${first}" (pid ${second})`;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

const commands = (port: number): [string, string[], RegExp][] => [
  ["lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"], /^p(\d+)\nc(.+)$/m],
  ["ss", ["-Hltnp", `sport = :${port}`], /"([^"]+)",pid=(\d+)/],
];
