/** Ends a schedule whose invariant is violated. Each model has a subclass for its invariants. */
export class Violation<Invariant extends string> {
  constructor(readonly invariant: Invariant) {}
}

/** The invariant whose violation ends the run, if any. */
export function violationOf<Invariant extends string>(run: () => void): Invariant | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof Violation) return error.invariant;
    throw error;
  }
}
