import { Failure } from "../lib/failure.ts";

/**
 * Asks the operator at the terminal for a yes.
 *
 * @throws Failure without a terminal, or with any other answer
 */
export function confirm(question: string): void {
  if (!Deno.stdin.isTerminal()) throw new Failure("Not a terminal. Pass --yes to confirm");
  const answer = prompt(`${question} [y/N]`)?.trim().toLowerCase();
  if (answer !== "y" && answer !== "yes") throw new Failure("Nothing was changed");
}
