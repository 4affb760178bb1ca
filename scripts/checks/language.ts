import { BANNED } from "./banned_words.ts";

/** A banned word or phrase, as `file:line: word`. */
export function findBanned(path: string, text: string, banned: readonly string[] = BANNED): string[] {
  const pattern = new RegExp(`\\b(?:${banned.join("|").replaceAll(" ", "\\s+")})\\b`, "gi");
  const found = new Set<string>();
  const add = (line: number, match: string) => found.add(`${path}:${line}: ${match.replaceAll(/\s+/g, " ")}`);

  for (const { index, 0: match } of withoutCommentMarks(text).matchAll(pattern)) {
    add(text.slice(0, index).split("\n").length, match);
  }
  for (const [index, line] of text.split("\n").entries()) {
    const words = identifierWords(line);
    if (words === line) continue;
    for (const [match] of words.matchAll(pattern)) add(index + 1, match);
  }
  for (const [match] of identifierWords(path).matchAll(pattern)) add(0, match);
  return [...found];
}

/** A phrase may continue on the next line of a comment. All offsets stay the same. */
const withoutCommentMarks = (text: string): string =>
  text.replaceAll(/\n[ \t]*(?:\*|\/\/|--|#|>)/g, (mark) => `\n${" ".repeat(mark.length - 1)}`);

/** `list_events` and `listEvents` are two words each. */
const identifierWords = (line: string): string =>
  line.replaceAll(/(?<=[a-z\d])(?=[A-Z])/g, " ").replaceAll(/(?<=\w)_(?=\w)/g, " ");
