import { Failure } from "../../lib/failure.ts";

/**
 * Asks the person at the terminal to type a word.
 *
 * @throws Failure when nobody is there, or something else is typed
 */
export function requireConfirmation(word: string, question: string): void {
  if (!Deno.stdin.isTerminal()) {
    throw new Failure(`${question} Nobody is here to answer: give --yes, if you mean it`);
  }
  const typed = prompt(`${question}\nType ${word} to go on:`)?.trim();
  if (typed !== word) throw new Failure("Nothing was changed");
}
