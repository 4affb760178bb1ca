/** The steps of a command, each printed with its duration. */
export interface Steps {
  /** Runs an action and prints a line when it has finished. */
  step<Result>(what: string, action: () => Promise<Result>): Promise<Result>;
  /** Adds text to the line of the current step. */
  note(text: string): void;
}

/** Steps that are printed as they finish. */
export function createSteps(write: (line: string) => void = console.log): Steps {
  let notes: string[] = [];
  return {
    async step(what, action) {
      const started = performance.now();
      notes = [];
      const result = await action();
      const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(5);
      write(`${seconds} s  ${what}${notes.length === 0 ? "" : ` (${notes.join(", ")})`}`);
      return result;
    },
    note: (text) => notes.push(text),
  };
}
