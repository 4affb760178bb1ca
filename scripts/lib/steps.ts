/** The visible steps of a command, each with the time it took. */
export interface Steps {
  /** Does something, and says that it is done. Extra words may be given by what was done. */
  step<Result>(what: string, action: () => Promise<Result>): Promise<Result>;
  /** Adds a word to the line of the step under way. */
  note(words: string): void;
}

/** Steps that are written to standard output as they end. */
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
    note: (words) => notes.push(words),
  };
}
