/** The protocol and its assumption, as one search uses them. */
import { ALL_GUARDS, type Guards } from "./guards.ts";

export interface Assumptions {
  /**
   * How many changes a read may be behind the last change whose event was delivered or listed. A change without such an
   * event may be visible to one read and not to the next.
   */
  readsAreBehind: number;
}

export interface Rules {
  guards: Guards;
  assumptions: Assumptions;
}

/** The protocol guarantees nothing where the assumption does not hold. */
const ASSUMPTIONS: Assumptions = { readsAreBehind: 0 };

export const RULES: Rules = { guards: ALL_GUARDS, assumptions: ASSUMPTIONS };
