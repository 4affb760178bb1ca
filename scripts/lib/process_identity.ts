/**
 * The start time of a running process, which distinguishes it from a later process with the same pid. Undefined when
 * no such process runs.
 */
export function processIdentity(pid: number): string | undefined {
  return Deno.build.os === "linux" ? startTicks(pid) : startDate(pid);
}

/** Field 22 of `/proc/<pid>/stat`; a zombie counts as gone. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function startTicks(pid: number): string | undefined {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function startDate(pid: number): string | undefined {
  const { success, stdout } = new Deno.Command("ps", {
    args: ["-o", "lstart=", "-p", String(pid)],
    env: { LC_ALL: "C" },
    stderr: "null",
  }).outputSync();
  return success ? new TextDecoder().decode(stdout).trim() || undefined : undefined;
}
