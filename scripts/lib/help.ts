/** The help of a command: the comment at the head of its file, which begins with how it is called. */
export function helpOf(source: string): string {
  const [, comment = ""] = source.match(/^\/\*\*([\s\S]*?)\*\//) ?? [];
  return comment.replaceAll(/^\s*\* ?/gm, "").replaceAll("`", "").trim();
}
