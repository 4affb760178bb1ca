/** The variables of an `.env.example`, and how missing ones are added to another. */
import { append } from "./text.ts";

export interface Variable {
  readonly name: string;
  /** The comment lines above it and the line itself. */
  readonly text: string;
}

/** Every variable of our own `.env.example`. */
export function readVariables(text: string): Variable[] {
  return [...text.matchAll(/^((?:#.*\n)*)([A-Z][A-Z0-9_]*)=.*$/gm)].map(([whole, , name]) => ({
    name: name ?? "",
    text: whole,
  }));
}

/** The variables that an `.env.example` lacks; one that is commented out is there. */
export function missingVariables(text: string, variables: readonly Variable[]): Variable[] {
  const present = new Set(
    [...text.matchAll(/^\ufeff?[ \t]*(?:#[ \t]*)?(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=/gm)].map(([, name]) =>
      name
    ),
  );
  return variables.filter(({ name }) => !present.has(name));
}

/** Appends variables with their comments. */
export function addVariables(text: string, variables: readonly Variable[]): string {
  if (variables.length === 0) return text;
  return append(text, variables.map((variable) => variable.text).join("\n\n") + "\n");
}
