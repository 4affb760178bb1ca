import { createHash } from "node:crypto";

/** The SHA-256 of a text. Line endings do not count: git may change them at a checkout. */
export const hashOf = (text: string): string => createHash("sha256").update(withLf(text)).digest("hex");

/** Whether two texts are the same apart from their line endings. */
export const isSame = (one: string, other: string): boolean => withLf(one) === withLf(other);

/** Appends a text, with the line endings that are there. */
export function append(text: string, addition: string): string {
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const end = text === "" || text.endsWith("\n") ? text : text + eol;
  const gap = end === "" ? "" : eol;
  return end + gap + addition.replaceAll("\n", eol);
}

const withLf = (text: string): string => text.replaceAll("\r\n", "\n");
