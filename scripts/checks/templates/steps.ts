/** The steps of docs/06-templates.md: its blocks that name a file. The comment at the top of that page has the format. */

export interface Step {
  /** What it does, such as `insert into supabase/config.toml`. */
  readonly name: string;
  readonly path: string;
  /** The text of the file afterwards. @throws Error when the place to insert at is missing or not unique */
  apply(before: string | undefined): string;
}

const BLOCK = /<!-- (file|insert into): (\S+?)(?: (after|before): "(.+)")? -->\n+```\w*\n([\s\S]*?\n)```\n/g;

export function readSteps(page: string): Step[] {
  return [...page.matchAll(BLOCK)].map(([, kind, path = "", place, anchor = "", block = ""]) => ({
    name: `${kind} ${path}`,
    path,
    apply: kind === "file" ? () => block : (before = "") => insert(before, block, { path, place, anchor }),
  }));
}

interface Place {
  readonly path: string;
  readonly place: string | undefined;
  readonly anchor: string;
}

function insert(before: string, block: string, { path, place, anchor }: Place): string {
  const lines = before.split("\n");
  const [line, ...others] = lines.keys().filter((index) => lines[index]!.includes(anchor));
  if (line === undefined || others.length > 0) {
    throw new Error(`"${path}" has ${others.length + (line === undefined ? 0 : 1)} lines with "${anchor}": want one`);
  }
  // A whole entry stays whole: it ends where the next one begins.
  const at = place === "before" ? line : line + 1;
  return [...lines.slice(0, at), ...block.trimEnd().split("\n"), ...lines.slice(at)].join("\n");
}
