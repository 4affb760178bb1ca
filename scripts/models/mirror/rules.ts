/** What holds in a search: in the protocol and in the world. */
import { ALL_GUARDS, type Guards } from "./guards.ts";

/** What the protocol takes for granted. Where it does not hold, it promises nothing. */
export interface Assumptions {
  /**
   * How many changes of an object a read may be behind the last one whose event was delivered or listed. What no event
   * has told of yet may be seen or not, by one read and not by the next.
   */
  readsAreBehind: number;
}

export interface Rules {
  guards: Guards;
  assumptions: Assumptions;
}

export const ASSUMPTIONS: Assumptions = { readsAreBehind: 0 };

export const RULES: Rules = { guards: ALL_GUARDS, assumptions: ASSUMPTIONS };
