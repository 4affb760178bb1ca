import { Failure } from "./failure.ts";

/**
 * Prompts the operator to type a word.
 *
 * @throws Failure when there is no terminal, or when the input differs
 */
export function requireConfirmation(word: string, warning: string): void {
  if (!Deno.stdin.isTerminal()) {
    throw new Failure(`${warning}\nNot a terminal. Pass --yes to confirm`);
  }
  const typed = prompt(`${warning}\nType "${word}" to continue:`)?.trim();
  if (typed !== word) throw new Failure("Not confirmed. Nothing was changed");
}
