/** A warning about changes in the project that git has not recorded; none where there is no git or no repository. */
export async function uncommittedChanges(project: string): Promise<string | undefined> {
  let said: string;
  try {
    const { success, stdout } = await new Deno.Command("git", {
      args: ["status", "--porcelain", "--", "."],
      cwd: project,
      stdin: "null",
      stderr: "null",
    }).output();
    if (!success) return undefined;
    said = new TextDecoder().decode(stdout).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  if (said === "") return undefined;
  return `The project has uncommitted changes (${said.split("\n").length}): commit them first, to see these alone`;
}
