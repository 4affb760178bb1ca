/** The one reader of files of variables, such as `.env`: a file is read as its author meant it, or refused. */
import { VARIABLES } from "../../supabase/functions/_shared/contract/variables.ts";
import { Failure } from "./failure.ts";
import { exists } from "./files.ts";

/** One assignment, or an empty line or comment; its last group is an unquoted value with its comment. */
const STATEMENT =
  /[ \t]*(?:(?:#[^\n]*)?|(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*(?:(?:"([^"]*)"|'([^']*)'|`([^`]*)`)[ \t]*(?:#[^\n]*)?|([^\n]*)))(?:\n|$)/y;

/** An assignment inside a quoted value: the quote was not closed. A line of base64 ends with its `=`. */
const SWALLOWED = /^[ \t]*(?:export[ \t]+)?[A-Za-z_]\w*[ \t]*=[^=\n]/m;

/** Control characters, and those that no editor shows, such as a zero-width space. */
// deno-lint-ignore no-control-regex
const INVISIBLE = /[\0-\x08\x0b-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060\ufeff]/;

/** @returns undefined when there is no such file @throws Failure when it cannot be read without guessing */
export function readEnvFile(path: string): Record<string, string> | undefined {
  return exists(path) ? parseEnvFile(decode(Deno.readFileSync(path), path), path) : undefined;
}

/**
 * The text of a file, with its byte order mark.
 *
 * @throws Failure when it is not UTF-8. PowerShell writes UTF-16, on which the Supabase CLI fails in the same folder.
 */
export function decode(bytes: Uint8Array, path: string): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {
    // Refused below, like a text with zero bytes, which is UTF-16 without a byte order mark.
  }
  throw new Failure(`"${path}" is not a text in UTF-8: save it in this encoding`);
}

/**
 * The variables in a text: `NAME=value`, optionally after `export`, with or without quotes. As in Node, `\n` is a line
 * break in double quotes, and a quoted value may have several lines.
 *
 * @throws Failure that names the variable or the line, never a value
 */
export function parseEnvFile(text: string, path: string): Record<string, string> {
  const lines = text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n");
  const variables: Record<string, string> = {};
  for (let at = 0; at < lines.length; at = STATEMENT.lastIndex) {
    STATEMENT.lastIndex = at;
    const [, name, double, single, backtick, bare] = STATEMENT.exec(lines) ?? refuseLine(lines, at, path);
    if (name === undefined) continue;
    const value = double?.replaceAll("\\n", "\n") ?? single ?? backtick ?? unquoted(bare ?? "");
    const problem = problemOf(value, { isQuoted: bare === undefined }) ?? repetition(variables[name], value);
    if (problem !== undefined) throw new Failure(`${name} in "${path}" ${problem}`);
    variables[name] = value;
  }
  return variables;
}

/** A comment begins with `#` after a space. */
const unquoted = (value: string): string => value.replace(/(^|[ \t])#.*$/, "").trim();

function problemOf(value: string, { isQuoted }: { isQuoted: boolean }): string | undefined {
  if (INVISIBLE.test(value)) return "contains an invisible character: type it again";
  if (/^[“”„«‘’‚]/.test(value)) return `begins with a typographic quote: use "`;
  if (isQuoted) return SWALLOWED.test(value) ? "has no closing quote" : undefined;
  // Node ends the value at this character and the Supabase CLI does not.
  if (value.includes("#")) return `contains "#": put the value into single quotes`;
  return /^["'`]/.test(value) ? "has no closing quote, or text after it" : undefined;
}

/** An empty line of `.env.example` may stay above the value. */
const repetition = (before: string | undefined, value: string): string | undefined =>
  before ? before === value ? undefined : "is set twice: remove one of the two" : undefined;

function refuseLine(lines: string, at: number, path: string): never {
  const line = lines.slice(at).split("\n", 1)[0] ?? "";
  const number = lines.slice(0, at).split("\n").length;
  const name = Object.keys(VARIABLES).find((name) => new RegExp(`\\b${name}\\b`).test(line));
  throw new Failure(
    `Line ${number} of "${path}"${name === undefined ? "" : ` (${name})`} is not NAME=value. ` +
      "Put quotes around a value of several lines",
  );
}
